import { registryName } from '../../../core/registries.ts';
import { sayWay } from '../../../core/wording/digest/ways.ts';
import { quoteRegistry } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import { listMisfits, peopleAtLeast } from '../../../db/admin/misfits.ts';
import type { Db } from '../../../db/connect.ts';
import {
  listDisagreements,
  type MatchAudit,
  type MatchAuditKey,
  readTitles,
} from '../../../db/ingest/match-audits.ts';
import { field } from '../../http/page-response.ts';
import type { WebActions } from '../../http/web-deps.ts';
import { adminPage } from '../guard.ts';

const auditsAtOnce = 50;

/**
 * Followed conditions where the registry's own search and our matching differ, the largest difference first, one page
 * at a time (P9).
 */
export const showDisagreements = adminPage(async ({ wording, query }, { db, config, actions }) => {
  const before = readKey(field(query, 'before'));
  const audits = await listDisagreements(db, { before, limit: auditsAtOnce + 1 });
  const shown = audits.slice(0, auditsAtOnce);
  const titles = await findTitles(db, shown);
  const last = shown.at(-1);
  const { say } = wording;
  return {
    page: 'admin-disagreements',
    title: wording.say('admin.disagreements.title'),
    view: {
      misfits: (before === null ? await listMisfits(db) : []).map((one) => ({
        term: one.term === null ? say('admin.misfits.words') : quoteRegistry(wording, one.term),
        way: sayWay(wording, one),
        people: say('admin.misfits.people', { people: one.people, trials: one.trials }),
      })),
      misfitsFrom: peopleAtLeast,
      audits: shown.map((one) =>
        viewAudit(wording, one, { titles, actions, timezone: config.defaultTimezone }),
      ),
      newestPath: before === null ? null : '/admin/disagreements',
      olderPath:
        audits.length > auditsAtOnce && last ? `/admin/disagreements?before=${writeKey(last)}` : null,
    },
  };
});

type Compared = MatchAudit & { registry: string };

function viewAudit(
  wording: Wording,
  one: Compared,
  { titles, actions, timezone }: { titles: Map<string, string>; actions: WebActions; timezone: string },
) {
  const { say } = wording;
  const { both, registryOnly, localOnly, registry } = one;
  const link = (id: string) => ({
    id,
    title: titles.has(`${registry} ${id}`)
      ? quoteRegistry(wording, titles.get(`${registry} ${id}`) ?? '')
      : null,
    path: `/trials/${encodeURIComponent(id)}`,
    recordUrl: actions.recordUrl(registry, id),
  });
  // Samples found only by the registry come first.
  const theirs = one.samples.slice(0, registryOnly).map(link);
  const ours = one.samples.slice(registryOnly).map(link);
  const counts = { both, theirs: registryOnly, ours: localOnly, registry: registryName(registry) };
  return {
    term: quoteRegistry(wording, one.term),
    agrees: registryOnly + localOnly === 0,
    counts: say('admin.disagreements.counts', counts),
    when: say('admin.disagreements.when', { when: wording.moment(one.auditedAt, timezone) }),
    groups: [
      { name: say('admin.disagreements.theirs', { registry: registryName(registry) }), trials: theirs },
      { name: say('admin.disagreements.ours'), trials: ours },
    ].filter(({ trials }) => trials.length > 0),
  };
}

/** The titles of the stored samples, by "registry id". */
async function findTitles(db: Db, audits: Compared[]): Promise<Map<string, string>> {
  const titles = new Map<string, string>();
  for (const [registry, some] of Map.groupBy(audits, (one) => one.registry)) {
    const ids = [...new Set(some.flatMap(({ samples }) => samples))];
    for (const [id, title] of await readTitles(db, registry, ids)) titles.set(`${registry} ${id}`, title);
  }
  return titles;
}

function writeKey({ registryOnly, localOnly, conceptId, registry }: Compared): string {
  return encodeURIComponent(`${registryOnly + localOnly}.${registry}.${conceptId}`);
}

/** The audit above the page; null if the text is invalid. */
function readKey(text: string): MatchAuditKey | null {
  const [, weight, registry, conceptId] = /^(\d{1,9})\.(\w{1,30})\.(\w{1,30})$/.exec(text) ?? [];
  if (weight === undefined || registry === undefined || conceptId === undefined) return null;
  return { weight: Number(weight), registry, conceptId };
}
