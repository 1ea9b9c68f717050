import type { Change, Facet } from '../change.ts';
import type { Topic } from '../matching/topics.ts';
import { cappedUntil, type Frequency, isCapFull, nextDueAt } from '../schedule.ts';
import { type Filterable, passesFilters, type SubscriptionFilters } from '../subscriptions/filters.ts';
import type { Instant } from '../trial.ts';
import { netChanges } from './net.ts';

/** A possible subscription: the parts that decide what it tells, and when. */
export type EstimateChoice = {
  kind: 'trial' | 'condition';
  topics: readonly Topic[];
  facets: readonly Facet[];
  filters: SubscriptionFilters;
  frequency: Frequency;
  /** Trials that the person said do not fit. */
  leftOut?: ReadonlySet<number>;
};

/** A change that was released in the examined period. */
export type EstimatedChange = {
  trialId: number;
  position: number;
  change: Change;
  topics: readonly Topic[];
  otherTopics: readonly Topic[] | null;
  releasedAt: Instant;
};

/**
 * The estimate for some choices. `days`: the length of the examined period, limited by the history that
 * exists.
 */
export type Estimate = { mails: number; trials: number; days: number; trialsAWeek: number };

const dayMs = 24 * 3_600_000;

/**
 * Estimates the mails that the changes of a period would have made for one person with all these choices, and
 * the number of trials in them. Each change is reported once, by the choice that is due first; changes that
 * cancel within one mail are not reported (D1). With a limit, what does not go waits for the next mail. Filters see trials in their present state; an unknown trial
 * passes.
 */
export function estimateMails(input: {
  choices: readonly EstimateChoice[];
  changes: readonly EstimatedChange[];
  trials: ReadonlyMap<number, Filterable>;
  hour: number;
  timezone: string;
  since: Instant;
  now: Instant;
  /** The most mails in 7 days; null or absent for no limit. */
  cap?: number | null;
}): Estimate {
  const mails = new Map<Instant, Mail>();
  const due = createDueTimes(input.hour, input.timezone);
  for (const released of input.changes.toSorted((a, b) => a.position - b.position)) {
    const dueAt = input.choices
      .filter((choice) => isTold(choice, released, input.trials.get(released.trialId)))
      .map((choice) => due(choice.frequency, released.releasedAt))
      .sort()[0];
    if (dueAt === undefined) continue;
    mails.set(dueAt, joinMails(mails.get(dueAt), new Map([[released.trialId, [released.change]]])));
  }
  const told = tellMails(mails, input).filter((trials) => trials.length > 0);
  const days = Math.max(0, (Date.parse(input.now) - Date.parse(input.since)) / dayMs);
  const trials = new Set(told.flat()).size;
  return {
    mails: told.length,
    trials,
    days: Math.floor(days),
    trialsAWeek: (trials * 7) / Math.max(days, 1),
  };
}

/** The changes of a mail by trial. */
type Mail = ReadonlyMap<number, readonly Change[]>;

function joinMails(one: Mail = new Map(), other: Mail): Mail {
  const joined = new Map(one);
  for (const [id, changes] of other) joined.set(id, [...(joined.get(id) ?? []), ...changes]);
  return joined;
}

/** The trials that each mail tells, in the order of time, if a limit puts off some. What still waits makes none. */
function tellMails(
  mails: ReadonlyMap<Instant, Mail>,
  { cap = null, hour, timezone, now }: { cap?: number | null; hour: number; timezone: string; now: Instant },
): number[][] {
  const told: number[][] = [];
  const toldAts: Instant[] = [];
  const tell = (at: Instant, mail: Mail) => {
    const trials = [...mail].flatMap(([id, changes]) => (netChanges(changes).length > 0 ? id : []));
    told.push(trials);
    if (trials.length > 0) toldAts.push(at);
  };
  let waiting = null as { at: Instant; mail: Mail } | null;
  for (const [dueAt, mail] of [...mails].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (waiting && waiting.at < dueAt) {
      tell(waiting.at, waiting.mail);
      waiting = null;
    }
    const recent = cap === null ? [] : toldAts.slice(-cap);
    if (waiting) waiting = { ...waiting, mail: joinMails(waiting.mail, mail) };
    else if (cap !== null && isCapFull(cap, recent, timezone, dueAt))
      waiting = { at: cappedUntil(cap, recent, { hour, timezone }, dueAt), mail };
    else tell(dueAt, mail);
  }
  if (waiting && waiting.at <= now) tell(waiting.at, waiting.mail);
  return told;
}

/** Due times are the same for all changes released together, so each is computed once. */
function createDueTimes(hour: number, timezone: string) {
  const known = new Map<string, Instant>();
  return (frequency: Frequency, after: Instant): Instant => {
    const key = `${frequency} ${after}`;
    const dueAt = known.get(key) ?? nextDueAt({ frequency, weekday: 1, hour, timezone, after });
    known.set(key, dueAt);
    return dueAt;
  };
}

/** Whether a choice would tell a change, by the rules of composing. */
function isTold(choice: EstimateChoice, released: EstimatedChange, trial: Filterable | undefined): boolean {
  const { change, topics, otherTopics } = released;
  const reaches = (others: readonly Topic[]) => others.some((topic) => choice.topics.includes(topic));
  const isPresence = change.kind === 'removed' || change.kind === 'returned';
  const isMembership = change.kind === 'registered' || change.kind === 'entered' || change.kind === 'left';
  if (!reaches(topics) || choice.leftOut?.has(released.trialId)) return false;
  if (choice.kind === 'trial') return !isMembership && (isPresence || choice.facets.includes(change.facet));
  if (isPresence || !choice.facets.includes(change.facet)) return false;
  if (isMembership && otherTopics && reaches(otherTopics)) return false;
  if (change.kind === 'status' && change.after === 'UNKNOWN') return false;
  return trial === undefined || passesFilters(trial, choice.filters).passes;
}
