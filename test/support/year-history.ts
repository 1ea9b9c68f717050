import type { Json } from '../../src/core/change.ts';
import type { Trial } from '../../src/core/trial.ts';
import { valuesOf } from './year-trials.ts';

/** One changed value of one trial. Its index in `history` is its age. */
export type Fact = {
  trial: string;
  facet: string;
  subject: string;
  before: Json;
  after: Json;
  /** The run that read it, and the run that holds it. */
  run: number;
  heldBy: number | null;
  state: 'pending' | 'held' | 'released' | 'discarded';
  /** An admin discarded it as an error of the registry; a return from such a value is silently discarded. */
  isMistake: boolean;
  position: number;
  readAt: number;
};

const transitionOf = ({ before, after }: Fact) => `status.status.${before}.${after}`;

export type Held = { run: number; facet: string; count: number };

/**
 * All known changes of trials in order, and which of them may be reported: C12 in one simple list. A run's changes of a
 * facet are held if 50 trials changed it without a new update date, or if at least 5 changed it and all of them lost it.
 */
export class YearHistory {
  /** The last read state of every trial. */
  readonly trials = new Map<string, Trial>();
  readonly facts: Fact[] = [];
  horizon = 0;
  #runs = 0;

  /** The silent baseline. */
  begin(trials: Iterable<Trial>): void {
    for (const trial of trials) this.trials.set(trial.id, trial);
  }

  /** Applies one run. Returns the changes that it releases. */
  read(trials: Trial[], readAt: number): Fact[] {
    this.#runs += 1;
    const run = this.#runs;
    const silent = new Set<Fact>();
    const fresh: Fact[] = [];
    for (const trial of trials) {
      const before = this.trials.get(trial.id);
      this.trials.set(trial.id, trial);
      const rest = { trial: trial.id, run, readAt };
      const made: Pick<Fact, 'facet' | 'subject' | 'before' | 'after'>[] = [];
      if (!before) {
        made.push({
          facet: 'registration',
          subject: 'registration/registered',
          before: null,
          after: trial.status,
        });
      } else {
        const was = valuesOf(before);
        for (const [subject, after] of valuesOf(trial)) {
          const old = was.get(subject) ?? null;
          const facet = subject.split('/')[0] ?? '';
          if (old !== after) made.push({ facet, subject, before: old, after });
        }
      }
      for (const one of made) {
        const state = { state: 'pending' as const, heldBy: null, isMistake: false, position: 0 };
        const fact: Fact = { ...rest, ...one, ...state };
        if (before?.lastUpdatePostedOn === trial.lastUpdatePostedOn) silent.add(fact);
        fresh.push(fact);
        this.facts.push(fact);
      }
    }
    this.#discardReturns();
    const facets = Map.groupBy(
      fresh.filter(({ state, facet }) => state === 'pending' && facet !== 'registration'),
      ({ facet }) => facet,
    );
    for (const changed of facets.values()) {
      const count = (wanted: (fact: Fact) => boolean) =>
        new Set(changed.filter(wanted).map(({ trial }) => trial)).size;
      const all = count(() => true);
      const emptied = count(({ facet, after }) => facet === 'dates' && after === null);
      if ((emptied >= 5 && emptied === all) || count((fact) => silent.has(fact)) >= 50) {
        for (const fact of changed) Object.assign(fact, { state: 'held', heldBy: run });
      }
    }
    this.#wait();
    return this.#release(this.facts);
  }

  /** The held changes as an admin sees them. */
  held(): Held[] {
    const held = this.facts.filter(({ state }) => state === 'held');
    return [...Map.groupBy(held, ({ heldBy, facet }) => `${heldBy} ${facet}`).values()].flatMap((facts) => {
      const [first] = facts;
      return first ? [{ run: first.heldBy ?? 0, facet: first.facet, count: facts.length }] : [];
    });
  }

  /** The first transition of statuses that a run itself holds; empty if it holds none. */
  transitionsOf(run: number): string[] {
    const first = this.facts.find(
      (fact) => fact.state === 'held' && fact.heldBy === run && fact.run <= run && fact.facet === 'status',
    );
    return first ? [transitionOf(first)] : [];
  }

  /**
   * Applies an admin's decision about a run, one of its facets, or transitions of statuses. Returns the released
   * changes; null if it must wait for another.
   */
  decide(decision: 'release' | 'discard', run: number, part: string | string[] | null): Fact[] | null {
    const before = this.facts.map(({ state, heldBy, isMistake }) => ({ state, heldBy, isMistake }));
    const held = this.facts.filter((fact) => fact.state === 'held' && fact.heldBy === run);
    // Of a trial's facet all or nothing: what the run itself holds has to be among the transitions.
    const isMeant = (fact: Fact) =>
      !Array.isArray(part)
        ? part === null || fact.facet === part
        : fact.facet === 'status' &&
          held.every(
            (one) =>
              one.trial !== fact.trial ||
              one.facet !== 'status' ||
              one.run > run ||
              part.includes(transitionOf(one)),
          );
    const meant = held.filter(isMeant);
    for (const fact of meant) {
      if (decision === 'discard' && fact.run === run)
        Object.assign(fact, { state: 'discarded', isMistake: true });
      else Object.assign(fact, { state: 'pending', heldBy: null });
    }
    this.#wait();
    if (decision === 'discard') this.#discardReturns();
    const released = this.#release(meant);
    if (decision === 'discard' || released.length > 0) return released;
    this.facts.forEach((fact, at) => {
      Object.assign(fact, before[at]);
    });
    return null;
  }

  /** The last value released before a position. */
  valueAt(trial: string, subject: string, position: number): Json {
    const own = this.facts.filter((fact) => fact.trial === trial && fact.subject === subject);
    const released = own.filter((fact) => fact.state === 'released');
    const last = released.filter((fact) => fact.position <= position).at(-1);
    if (last) return last.after;
    const next = released[0] ?? own[0];
    const today = this.trials.get(trial);
    return next ? next.before : today ? (valuesOf(today).get(subject) ?? null) : null;
  }

  /** The status that a mail may show, which is never a held one. */
  shownStatus(trial: string): Json {
    const held = this.facts.find(
      (fact) => fact.trial === trial && fact.facet === 'status' && fact.state === 'held',
    );
    return held ? held.before : (this.trials.get(trial)?.status ?? null);
  }

  isHeldSince(instant: number): boolean {
    return this.facts.some(({ state, readAt }) => state === 'held' && readAt < instant);
  }

  /** A change that follows a held one waits with it. */
  #wait(): void {
    const holders = new Map<string, number>();
    for (const fact of this.facts) {
      const key = `${fact.trial} ${fact.facet}`;
      const holder = holders.get(key);
      if (fact.state === 'pending' && holder !== undefined)
        Object.assign(fact, { state: 'held', heldBy: holder });
      else if (fact.state === 'held' && holder === undefined) holders.set(key, fact.heldBy ?? 0);
    }
  }

  /** A return to the value before an error is not news, unless the subject was reported since. */
  #discardReturns(): void {
    for (const [at, fact] of this.facts.entries()) {
      if (fact.state !== 'pending') continue;
      const earlier = this.facts
        .slice(0, at)
        .filter(({ trial, subject }) => trial === fact.trial && subject === fact.subject);
      for (const one of earlier.toReversed()) {
        if (one.state !== 'discarded') break;
        if (one.isMistake && one.before === fact.after) fact.state = 'discarded';
      }
    }
  }

  #release(among: Fact[]): Fact[] {
    const released = this.facts.filter((fact) => fact.state === 'pending' && among.includes(fact));
    for (const fact of released) {
      this.horizon += 1;
      Object.assign(fact, { state: 'released', position: this.horizon });
    }
    return released;
  }
}
