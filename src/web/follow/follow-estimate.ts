import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Instant } from '../../core/trial.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { estimateYear, type Volume, type VolumeChoice } from '../shared/year-volume.ts';
import { facetsToNotify, type Wishes } from './follow-fields.ts';
import type { Offers } from './follow-offer-types.ts';

/** The emails that the choices would have caused; `isMany`: so many that the form proposes less. */
export type EstimateView = Volume & { isMany: boolean };

/** M1c: above this, the form proposes filters, weekly mails or a narrower term. */
const manyTrialsAWeek = 20;

/** Estimates the emails that the ticked choices would have caused; null without a stored history. */
export async function estimateTicked(
  deps: WebDeps,
  ticked: Offers['ticked'],
  wishes: Omit<Wishes, 'follow'>,
  filters: SubscriptionFilters,
  now: Instant,
): Promise<EstimateView | null> {
  const choices = ticked.map((one): VolumeChoice => choiceOf(one, wishes, filters));
  const { hour, zone: timezone } = wishes;
  const clock = { hour, timezone, begin: trialsBegin(ticked, now), now };
  const [volume] = (await estimateYear(deps.db, choices, clock, [wishes.cap])) ?? [];
  return volume ? { ...volume, isMany: volume.trialsAWeek > manyTrialsAWeek } : null;
}

function choiceOf(
  { kind, understood }: Offers['ticked'][number],
  wishes: Omit<Wishes, 'follow'>,
  filters: SubscriptionFilters,
): VolumeChoice {
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
