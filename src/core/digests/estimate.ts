import type { Change, Facet } from '../change.ts';
import type { Topic } from '../matching/topics.ts';
import { type Frequency, nextDueAt } from '../schedule.ts';
import { type Filterable, passesFilters, type SubscriptionFilters } from '../subscriptions/filters.ts';
import type { Instant } from '../trial.ts';
import { netChanges } from './net.ts';

/** Something that may be followed, as far as it decides what is told of it, and when. */
export type EstimateChoice = {
  kind: 'trial' | 'condition';
  topics: readonly Topic[];
  facets: readonly Facet[];
  filters: SubscriptionFilters;
  frequency: Frequency;
};

/** A change that was released in the time looked at. */
export type EstimatedChange = {
  trialId: number;
  position: number;
  change: Change;
  topics: readonly Topic[];
  otherTopics: readonly Topic[] | null;
  releasedAt: Instant;
};

/** What choices would have meant. `days`: how long the time looked at was, at most as long as there is history. */
export type Estimate = { mails: number; trials: number; days: number; trialsAWeek: number };

const dayMs = 24 * 3_600_000;

/**
 * How many mails about how many trials the changes of a time would have made, if all of this had been followed by one
 * person: each change told once, by the choice that is due first, and what cancels out within one mail told by none (D1).
 * Trials stand for their present state where filters ask for it; one that is not known passes.
 */
export function estimateMails(input: {
  choices: readonly EstimateChoice[];
  changes: readonly EstimatedChange[];
  trials: ReadonlyMap<number, Filterable>;
  hour: number;
  timezone: string;
  since: Instant;
  now: Instant;
}): Estimate {
  const mails = new Map<Instant, Map<number, Change[]>>();
  const due = createDueTimes(input.hour, input.timezone);
  for (const released of input.changes.toSorted((a, b) => a.position - b.position)) {
    const dueAt = input.choices
      .filter((choice) => isTold(choice, released, input.trials.get(released.trialId)))
      .map((choice) => due(choice.frequency, released.releasedAt))
      .sort()[0];
    if (dueAt === undefined) continue;
    const mail = mails.get(dueAt) ?? new Map<number, Change[]>();
    mails.set(dueAt, mail);
    mail.set(released.trialId, [...(mail.get(released.trialId) ?? []), released.change]);
  }
  const told = [...mails.values()]
    .map((mail) => [...mail].flatMap(([id, changes]) => (netChanges(changes).length > 0 ? id : [])))
    .filter((trials) => trials.length > 0);
  const days = Math.max(0, (Date.parse(input.now) - Date.parse(input.since)) / dayMs);
  const trials = new Set(told.flat()).size;
  return {
    mails: told.length,
    trials,
    days: Math.floor(days),
    trialsAWeek: (trials * 7) / Math.max(days, 1),
  };
}

/** Due times are the same for all that is released together: worked out once each. */
function createDueTimes(hour: number, timezone: string) {
  const known = new Map<string, Instant>();
  return (frequency: Frequency, after: Instant): Instant => {
    const key = `${frequency} ${after}`;
    const dueAt = known.get(key) ?? nextDueAt({ frequency, weekday: 1, hour, timezone, after });
    known.set(key, dueAt);
    return dueAt;
  };
}

/** Whether a choice is told of a change, by the rules that digests are composed by. */
function isTold(choice: EstimateChoice, released: EstimatedChange, trial: Filterable | undefined): boolean {
  const { change, topics, otherTopics } = released;
  const reaches = (others: readonly Topic[]) => others.some((topic) => choice.topics.includes(topic));
  const isPresence = change.kind === 'removed' || change.kind === 'returned';
  const isMembership = change.kind === 'registered' || change.kind === 'entered' || change.kind === 'left';
  if (!reaches(topics)) return false;
  if (choice.kind === 'trial') return !isMembership && (isPresence || choice.facets.includes(change.facet));
  if (isPresence || !choice.facets.includes(change.facet)) return false;
  if (isMembership && otherTopics && reaches(otherTopics)) return false;
  if (change.kind === 'status' && change.after === 'UNKNOWN') return false;
  return trial === undefined || passesFilters(trial, choice.filters).passes;
}
