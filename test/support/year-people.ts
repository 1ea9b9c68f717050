import type { Json } from '../../src/core/change.ts';
import type { Frequency } from '../../src/core/schedule.ts';
import { dueAfter, isNight, morningAfter } from './year-calendar.ts';
import type { Fact, YearHistory } from './year-history.ts';
import { beginSilence, type NoteTimes } from './year-notes.ts';

/** A subscription in the model. `cursor` is null until the registry has been read for it. */
export type Follow = {
  id: number;
  kind: 'trial' | 'condition';
  words: string;
  facets: string[];
  frequency: Frequency;
  weekday: number;
  state: 'active' | 'paused' | 'ended';
  cursor: number | null;
  dueAt: number | null;
  /** The position at which each facet was chosen. */
  starts: Map<string, number>;
};

export type Person = {
  email: string;
  zone: string;
  hour: number;
  lastDigestAt: number;
  clockChangedAt: number | null;
  follows: Follow[];
  /** The last position reported to this person, by trial and subject. */
  told: Map<string, number>;
  times: NoteTimes;
};

/** One line that a mail must contain. */
export type Telling = { trial: string; subject: string; before: Json; after: Json };

/** Deliberate errors of the model, to show that the comparison detects them. */
export type ModelFault = 'forgets-chains' | 'tells-each-way' | 'pause-forgets' | 'wakes-at-night';

/** The simplest model of who is owed what: a pile of changes for each person. */
export class YearPeople {
  readonly people = new Map<string, Person>();
  readonly #history: YearHistory;
  readonly #fault: ModelFault | null;

  constructor(history: YearHistory, fault: ModelFault | null) {
    this.#history = history;
    this.#fault = fault;
  }

  /** The active subscriptions. */
  active(person: Person): Follow[] {
    return person.follows.filter(({ state }) => state === 'active');
  }

  /** The next instant at which somebody is due or checked. */
  nextDueAt(): number {
    const times = [...this.people.values()].flatMap((person) => [
      ...this.active(person).map(({ dueAt }) => dueAt ?? Number.POSITIVE_INFINITY),
      person.times.lookAt ?? Number.POSITIVE_INFINITY,
    ]);
    return Math.min(...times);
  }

  nextTime(person: Person, follow: Follow, after: number, notBefore = 0): number | null {
    if (follow.frequency === 'immediate') return null;
    const weekday = follow.frequency === 'weekly' ? follow.weekday : null;
    return dueAfter({ zone: person.zone, hour: person.hour, weekday }, after, notBefore);
  }

  isAbout(follow: Follow, trial: string): boolean {
    if (follow.kind === 'trial') return follow.words === trial;
    return this.#history.trials.get(trial)?.conditions.some((c) => c.toLowerCase() === follow.words) ?? false;
  }

  /** A release wakes immediate subscriptions that match it, whatever their facets. */
  wake(released: Fact[], now: number): void {
    const trials = new Set(released.map(({ trial }) => trial));
    for (const person of this.people.values()) {
      for (const follow of this.active(person)) {
        if (follow.frequency !== 'immediate' || follow.cursor === null) continue;
        if ([...trials].some((trial) => this.isAbout(follow, trial)))
          follow.dueAt = Math.min(follow.dueAt ?? now, now);
      }
    }
  }

  /** The facets that a follower of trials or conditions wants. */
  wants(follow: Follow, fact: Fact): boolean {
    if (!this.isAbout(follow, fact.trial) || !follow.facets.includes(fact.facet)) return false;
    if (fact.facet === 'registration') return follow.kind === 'condition';
    return !(follow.kind === 'condition' && fact.subject === 'status/status' && fact.after === 'UNKNOWN');
  }

  /** The digests that are due now. */
  plan(now: number): Map<string, Telling[]> {
    const mails = new Map<string, Telling[]>();
    for (const person of this.people.values()) {
      const due: Follow[] = [];
      for (const follow of this.active(person)) {
        if (follow.dueAt === null || follow.dueAt > now) continue;
        if (follow.cursor === null) follow.dueAt = this.nextTime(person, follow, now);
        else if (this.#isTooEarly(person, follow, now)) follow.dueAt = morningAfter(person.zone, now);
        else due.push(follow);
      }
      const tellings = this.#owed(person, due);
      for (const follow of due) {
        follow.cursor = this.#history.horizon;
        follow.dueAt = this.nextTime(person, follow, now);
      }
      if (tellings.length === 0) continue;
      mails.set(person.email, tellings);
      person.lastDigestAt = now;
    }
    return mails;
  }

  #isTooEarly(person: Person, follow: Follow, now: number): boolean {
    return follow.frequency === 'immediate' && isNight(person.zone, now) && this.#fault !== 'wakes-at-night';
  }

  #owed(person: Person, due: Follow[]): Telling[] {
    if (this.#fault === 'tells-each-way' && due.length > 1)
      return due.flatMap((follow) => this.#owed(person, [follow]));
    const untold = this.#history.facts.filter(
      (fact) =>
        fact.state === 'released' &&
        fact.position > (person.told.get(`${fact.trial} ${fact.subject}`) ?? 0) &&
        due.some((follow) => fact.position > (follow.cursor ?? 0) && this.wants(follow, fact)),
    );
    for (const { position } of untold) person.times.settled.add(position);
    const tellings: Telling[] = [];
    for (const [trial, facts] of Map.groupBy(untold, (fact) => fact.trial)) {
      const isNew = facts.some(({ facet }) => facet === 'registration');
      for (const [subject, chain] of Map.groupBy(facts, (fact) => fact.subject)) {
        const inOrder = chain.toSorted((a, b) => a.position - b.position);
        const first = inOrder[0];
        const last = inOrder.at(-1);
        if (!first || !last) continue;
        const registered = subject === 'registration/registered';
        if (!registered && first.before === last.after) continue;
        if (this.#fault === 'forgets-chains' && chain.length > 1) continue;
        if (this.#fault !== 'tells-each-way') person.told.set(`${trial} ${subject}`, last.position);
        // A new trial is reported with its current values, which include later changes.
        if (registered || !isNew) tellings.push({ trial, subject, before: first.before, after: last.after });
      }
    }
    return tellings;
  }

  /** The registry was read for a subscription: changes released from now on are reported. */
  startWatching(person: Person, follow: Follow, now: number): void {
    beginSilence(person, now);
    follow.cursor = this.#history.horizon;
    follow.starts = new Map(follow.facets.map((facet) => [facet, this.#history.horizon]));
  }

  chooseFacets(follow: Follow, facets: string[]): void {
    const starts = new Map<string, number>();
    for (const facet of facets) {
      const start = follow.starts.get(facet) ?? follow.cursor;
      if (start !== null) starts.set(facet, start);
    }
    Object.assign(follow, { facets, starts });
  }

  /** A person pauses: their owed changes wait. */
  pause(follow: Follow): void {
    follow.state = 'paused';
  }

  resume(person: Person, follow: Follow, now: number): void {
    follow.state = 'active';
    if (this.#fault === 'pause-forgets' && follow.cursor !== null) follow.cursor = this.#history.horizon;
    follow.dueAt = this.nextTime(person, follow, now) ?? now;
    beginSilence(person, now);
  }
}
