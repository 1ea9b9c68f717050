import type { DigestTrial } from '../../../core/digests/digest.ts';
import { linkNumber } from '../../../core/digests/stored-digest.ts';
import type { ConditionMatch } from '../../../core/matching/topics.ts';
import { type Exclusion, isExcludable, keyOfExclusion } from '../../../core/subscriptions/exclusions.ts';
import { sayReason } from '../../../core/wording/digest/reasons.ts';
import { sayWay } from '../../../core/wording/digest/ways.ts';
import { quoteRegistry } from '../../../core/wording/values.ts';
import { findDigest } from '../../../db/digests/sent-digests.ts';
import { type Followed, listFollowed } from '../../../db/subscribers/followed.ts';
import { changeExclusions, type ExclusionAct } from '../../../use-cases/subscriptions/change-exclusions.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { describeSubscription } from '../../shared/describe-subscription.ts';
import { makeDerivedLink, readDerivedLink } from '../derived-link.ts';
import { digestsRetainedSince } from '../digest-page.ts';
import { explainLink } from '../manage-trouble.ts';

/** A trial of a digest, whose reader asks why it came. */
type Asked = {
  subscriberId: number;
  generation: number;
  timezone: string;
  trial: DigestTrial;
  /** The followed conditions that brought it, each with the way, as far as they are followed today. */
  conditions: { followed: Followed; way: ConditionMatch }[];
};

/** Says why a trial of a digest came, and what its reader can leave out. Changes nothing (E4). */
export async function showMisfit(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const asked = await findAsked(request, deps);
  return 'trial' in asked ? showAsked(request, deps, asked, null) : asked;
}

/** Leaves out what does not fit, or takes that back, and shows the page as it is then. */
export async function changeMisfit(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const asked = await findAsked(request, deps);
  if (!('trial' in asked)) return asked;
  const kind = field(request.form, 'act') === 'include' ? 'include' : 'exclude';
  const of = chosen(asked, field(request.form, 'choice'));
  const reader = { id: asked.subscriberId, generation: asked.generation };
  const outcome = await changeExclusions(deps, reader, { kind, of });
  const after = await findAsked(request, deps);
  return 'trial' in after ? showAsked(request, deps, after, outcome === 'changed' ? kind : outcome) : after;
}

async function findAsked(request: PageRequest, deps: WebDeps): Promise<Asked | PageResponse> {
  const { token = '', n = '' } = request.params;
  const link = await readDerivedLink(deps, 'digest', token);
  if (!link) return explainLink(request, 'cut-off');
  const digest = await findDigest(deps.db, link, digestsRetainedSince(request.now));
  const trial = digest?.content.trials.find((told, at) => linkNumber(told, at) === parseId(n));
  if (!digest || !trial) return { ...explainLink(request, 'gone'), status: 200 };
  const living = new Map((await listFollowed(deps.db, digest.subscriberId)).map((one) => [one.id, one]));
  const conditions = trial.reasons.flatMap(({ subscriptionId, match }) => {
    const followed = living.get(subscriptionId);
    return followed?.kind === 'condition' && match.by !== 'trial' ? { followed, way: match } : [];
  });
  const { timezone } = digest.content;
  return {
    ...{ subscriberId: digest.subscriberId, generation: link.generation },
    timezone,
    trial,
    conditions,
  };
}

/** What a choice leaves out: the trial, with its records in other registries, or a way of one condition. */
function chosen({ trial, conditions }: Asked, choice: string): ExclusionAct['of'] {
  if (choice !== 'trial')
    return conditions.flatMap(({ followed, way }) =>
      String(followed.id) === choice && isExcludable(way, followed)
        ? { subscriptionId: followed.id, exclusions: [way] }
        : [],
    );
  const ids = [trial.card, ...(trial.elsewhere ?? []).map(({ card }) => card)].map(({ id }) => id);
  return conditions.map(({ followed, way }) => ({
    subscriptionId: followed.id,
    exclusions: ids.map((id): Exclusion => ({ ...way, trial: id })),
  }));
}

function showAsked(
  request: PageRequest,
  deps: WebDeps,
  asked: Asked,
  done: 'exclude' | 'include' | 'nothing' | 'full' | null,
): PageResponse {
  const { wording } = request;
  const { trial, conditions, timezone, subscriberId, generation } = asked;
  const { card, reasons } = trial;
  const isOut = (choice: string) => {
    const of = chosen(asked, choice);
    return of.every(({ subscriptionId, exclusions }) => {
      const stored =
        conditions.find(({ followed }) => followed.id === subscriptionId)?.followed.exclusions ?? [];
      const keys = new Set(stored.map(keyOfExclusion));
      return exclusions.every((one) => keys.has(keyOfExclusion(one)));
    });
  };
  const ways = conditions.filter(({ followed, way }) => isExcludable(way, followed));
  const manage = makeDerivedLink(deps.keys, 'manage', { id: subscriberId, generation });
  return {
    page: 'misfit',
    title: wording.say('misfit.title'),
    status: done === 'full' ? 422 : 200,
    view: {
      action: request.path,
      done,
      id: card.id,
      name: quoteRegistry(wording, card.title, 300) || wording.say('card.no-title'),
      path: `/trials/${encodeURIComponent(card.id)}`,
      why: [...new Set(reasons.map((reason) => sayReason(wording, reason, timezone)))],
      isFollowed: reasons.some(({ kind }) => kind === 'trial'),
      isAsked: conditions.length > 0,
      isOut: isOut('trial'),
      ways: ways.map(({ followed, way }) => ({
        choice: String(followed.id),
        name: describeSubscription(wording, followed),
        way: sayWay(wording, way),
        isOut: isOut(String(followed.id)),
      })),
      manageUrl: `/manage/${manage}`,
    },
  };
}
