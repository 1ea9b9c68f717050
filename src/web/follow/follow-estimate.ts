import { type EstimateChoice, estimateMails } from '../../core/digests/estimate.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import { listReleasedForEstimate, loadFilterable, readHistoryBegin } from '../../db/catalog/estimates.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { facetsToNotify, type Wishes } from './follow-fields.ts';
import type { Offers } from './follow-offer-types.ts';

/**
 * The mails that the choices would have caused. `isShort`: the stored history is shorter than the period; `atLeast`:
 * there were too many changes to count.
 */
export type EstimateView = {
  mails: number;
  trials: number;
  days: number;
  isShort: boolean;
  atLeast: boolean;
  isMany: boolean;
};

const daysLookedAt = 30;
const dayMs = 24 * 3_600_000;
/** Most changes to evaluate; beyond that the result is clear. */
const changesAtMost = 4_000;
/** M1c: above this, the form proposes filters, weekly mails or a narrower term. */
const manyTrialsAWeek = 20;

/** Estimates the mails that the ticked choices would have caused in the last 30 days; null without a stored history. */
export async function estimateTicked(
  deps: WebDeps,
  ticked: Offers['ticked'],
  wishes: Omit<Wishes, 'follow'>,
  filters: SubscriptionFilters,
  now: Instant,
): Promise<EstimateView | null> {
  const begin = await readHistoryBegin(deps.db);
  if (ticked.length === 0 || begin === null) return null;
  const earliest = new Date(Date.parse(now) - daysLookedAt * dayMs).toISOString();
  const since = [begin, earliest, trialsBegin(ticked, now)].sort().at(-1) ?? earliest;
  const choices = ticked.map((one): EstimateChoice => choiceOf(one, wishes, filters));
  const topics = choices.flatMap((choice) => choice.topics);
  const changes = await listReleasedForEstimate(deps.db, topics, since, changesAtMost);
  const isFiltered = Object.keys(filters).length > 0 && ticked.some(({ kind }) => kind === 'condition');
  const ids = isFiltered ? [...new Set(changes.map(({ trialId }) => trialId))] : [];
  const trials = await loadFilterable(deps.db, ids);
  const { hour, zone: timezone } = wishes;
  const atLeast = changes.length >= changesAtMost;
  const oldest = changes[0]?.releasedAt;
  const from = atLeast && oldest !== undefined ? oldest : since;
  const {
    mails,
    trials: told,
    days,
    trialsAWeek,
  } = estimateMails({ choices, changes, trials, hour, timezone, since: from, now });
  // Less than a day of history is too little.
  if (days === 0 && !atLeast) return null;
  return {
    mails,
    trials: told,
    days: Math.max(days, 1),
    isShort: days < daysLookedAt,
    atLeast,
    isMany: trialsAWeek > manyTrialsAWeek,
  };
}

function choiceOf(
  { kind, understood }: Offers['ticked'][number],
  wishes: Omit<Wishes, 'follow'>,
  filters: SubscriptionFilters,
): EstimateChoice {
  const { topics } = understood;
  if (kind === 'trial')
    return { kind, topics, facets: wishes.trial_facets, filters: {}, frequency: wishes.trial_frequency };
  const facets = facetsToNotify(
    wishes.condition_facets,
    filters.country !== undefined || filters.place !== undefined,
  );
  return { kind, topics, facets, filters, frequency: wishes.condition_frequency };
}

/** If only trials are followed, the history begins when the first of them was stored. */
function trialsBegin(ticked: Offers['ticked'], now: Instant): Instant {
  if (ticked.some(({ kind }) => kind === 'condition')) return '';
  return ticked.map(({ watchedSince }) => watchedSince ?? now).sort()[0] ?? '';
}
