import { type Estimate, type EstimateChoice, estimateMails } from '../../core/digests/estimate.ts';
import { addMs, dayMs } from '../../core/instants.ts';
import type { Exclusion } from '../../core/subscriptions/exclusions.ts';
import type { Instant } from '../../core/trial.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { listReleasedForEstimate, loadFilterable, readHistoryBegin } from '../../db/catalog/estimates.ts';
import { findLeftOut } from '../../db/catalog/left-out.ts';
import type { Db } from '../../db/connect.ts';

/** A followed or possible subscription, with what it leaves out. */
export type VolumeChoice = EstimateChoice & {
  id?: number;
  conceptId?: string | null;
  conceptTerm?: string | null;
  phrases?: string[];
  exclusions?: readonly Exclusion[] | null;
};

/**
 * The emails that the stored changes would have meant, and since when: over a year, since our history began, or as far
 * back as the changes go that are counted.
 */
export type Volume = Estimate & { since: Instant; covers: 'year' | 'history' | 'newest' };

const daysInYear = 365;
/** The most changes to evaluate, and the most if their trials have to be read: a page stays quick. */
const changesAtMost = 4_000;
const readAtMost = 1_000;

/**
 * Estimates the emails of the last 12 months for these choices together, once for each weekly limit. `begin`: if it is
 * later, when the history of what is followed begins. Null if less than a day is known.
 */
export async function estimateYear(
  db: Db,
  choices: readonly VolumeChoice[],
  clock: { hour: number; timezone: string; begin?: Instant; now: Instant },
  caps: readonly (number | null)[],
): Promise<Volume[] | null> {
  const { hour, timezone, now } = clock;
  const first = await readHistoryBegin(db);
  if (choices.length === 0 || first === null) return null;
  const begin = [first, clock.begin ?? first].toSorted().at(-1) ?? first;
  const yearAgo = addMs(now, -daysInYear * dayMs);
  const isRead = choices.some(
    ({ filters, exclusions }) => Object.keys(filters).length > 0 || (exclusions?.length ?? 0) > 0,
  );
  const limit = isRead ? readAtMost : changesAtMost;
  const topics = choices.flatMap((one) => one.topics);
  const since = [begin, yearAgo].toSorted().at(-1) ?? yearAgo;
  const changes = await listReleasedForEstimate(db, topics, since, limit);
  const isCut = changes.length >= limit;
  const from = (isCut && changes[0]?.releasedAt) || since;
  const covers = isCut ? 'newest' : begin > yearAgo ? 'history' : 'year';
  const ids = isRead ? [...new Set(changes.map(({ trialId }) => trialId))] : [];
  const trials = await loadFilterable(db, ids);
  const followed = choices.map((one, n) => ({
    ...{ id: n, conceptId: null, conceptTerm: null, phrases: [], exclusions: null },
    ...one,
  }));
  const leftOut = await findLeftOut(db, followed, ids);
  const asked = followed.map((one) => ({ ...one, leftOut: leftOut.get(one.id) ?? new Set<number>() }));
  const volumes = caps.map((cap) => ({
    ...estimateMails({ choices: asked, changes, trials, hour, timezone, since: from, now, cap }),
    ...({ since: from, covers } as const),
  }));
  // Less than a day of history is too little.
  return volumes.some(({ days }) => days === 0) && !isCut ? null : volumes;
}

/** How many emails it would have meant, since when. */
export function sayVolume(
  wording: Wording,
  { mails, trials, since, covers }: Volume,
  timezone: string,
): string {
  return wording.say('volume.would', { mails, trials, covers, date: wording.dayOf(since, timezone) });
}
