import { registryIds } from '../../../core/registries.ts';
import { keyOfExclusion } from '../../../core/subscriptions/exclusions.ts';
import { sayWay } from '../../../core/wording/digest/ways.ts';
import { quoteRegistry } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { Db } from '../../../db/connect.ts';
import { readTitles } from '../../../db/ingest/match-audits.ts';
import { type Followed, listFollowed } from '../../../db/subscribers/followed.ts';
import { changeExclusions } from '../../../use-cases/subscriptions/change-exclusions.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { reportDone } from '../manage-session.ts';

/** Something that a subscription leaves out, in words, with the key by which its owner takes it back. */
export type LeftOut = { key: string; name: string; path: string | null };

/** What a subscription leaves out because its owner said that it does not fit, the latest first. */
export async function describeExclusions(
  db: Db,
  wording: Wording,
  { exclusions }: Pick<Followed, 'exclusions'>,
): Promise<LeftOut[]> {
  if (!exclusions) return [];
  const ids = exclusions.flatMap(({ trial }) => trial ?? []);
  const titles = new Map<string, string>();
  for (const registry of ids.length > 0 ? registryIds : [])
    for (const [id, title] of await readTitles(db, registry, ids)) titles.set(id, title);
  return exclusions.toReversed().map((one) => ({
    key: keyOfExclusion(one),
    name: one.trial === undefined ? sayWay(wording, one) : nameTrial(wording, one.trial, titles),
    path: one.trial === undefined ? null : `/trials/${encodeURIComponent(one.trial)}`,
  }));
}

function nameTrial(wording: Wording, id: string, titles: ReadonlyMap<string, string>): string {
  const title = titles.get(id);
  return wording.say('misfit.one.trial', { id, title: title ? quoteRegistry(wording, title, 300) : 'none' });
}

/** Takes back one of the things that a subscription leaves out. */
export async function includeAgain(
  { form, params }: PageRequest,
  deps: WebDeps,
  subscriberId: number,
): Promise<PageResponse> {
  const key = field(form, 'exclusion');
  const one = (await listFollowed(deps.db, subscriberId)).find(({ id }) => String(id) === params.id);
  if (!one) return { notFound: true };
  const exclusions = (one.exclusions ?? []).filter((stored) => keyOfExclusion(stored) === key);
  const reader = { id: subscriberId, generation: null };
  const act = { kind: 'include', of: [{ subscriptionId: one.id, exclusions }] } as const;
  const outcome = await changeExclusions(deps, reader, act);
  return reportDone(outcome === 'changed' ? 'saved' : 'nothing');
}
