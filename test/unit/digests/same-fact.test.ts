import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { changesTold } from '../../../src/core/digests/elsewhere.ts';
import { isSameFact, isToldElsewhere } from '../../../src/core/digests/same-fact.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { statusBucket } from '../../../src/core/weight.ts';
import { makeCard, makeDigest, reasonTrial } from '../../support/trial-samples.ts';

const status = (before: string, after: string, whyStopped?: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
  ...(whyStopped ? { whyStopped } : {}),
});
const date = (day: string, type: string | null = 'ESTIMATED', kind = 'completion-date'): Change => ({
  facet: 'dates',
  kind,
  before: null,
  after: { date: day, precision: 'day', type },
});
const results = (after: string): Change => ({
  facet: 'results',
  kind: 'results-posted',
  before: null,
  after,
});

describe('a fact that two registries tell', () => {
  it('X8: is the same for a status of one group, an equal date and posted results', () => {
    const same: [Change, Change][] = [
      [status('RECRUITING', 'ACTIVE_NOT_RECRUITING'), status('RECRUITING', 'ENROLLING_BY_INVITATION')],
      [status('ACTIVE_NOT_RECRUITING', 'COMPLETED'), status('RECRUITING', 'COMPLETED')],
      [date('2027-03-01'), date('2027-03-01', null)],
      [results('2026-11-02'), results('2026-11-09')],
    ];
    for (const [one, other] of same) expect([one, isSameFact(one, other)]).toEqual([one, true]);
    const different: [Change, Change][] = [
      [status('RECRUITING', 'TERMINATED'), status('RECRUITING', 'COMPLETED')],
      [status('SUSPENDED', 'RECRUITING'), status('NOT_YET_RECRUITING', 'RECRUITING')],
      [status('RECRUITING', 'SUSPENDED', 'A death.'), status('RECRUITING', 'SUSPENDED')],
      [status('RECRUITING', 'UNKNOWN'), status('RECRUITING', 'UNKNOWN')],
      [date('2027-03-01'), date('2027-03-02')],
      [date('2027-03-01', 'ACTUAL'), date('2027-03-01')],
      [date('2027-03-01'), date('2027-03-01', 'ESTIMATED', 'start-date')],
      [{ ...results('2026-11-02'), kind: 'results-updated' }, results('2026-11-02')],
    ];
    for (const [one, other] of different) expect([one, isSameFact(one, other)]).toEqual([one, false]);
  });

  it('X8: is judged by what was told last: a pause, a resumption and a pause are three facts', () => {
    const paused = status('RECRUITING', 'SUSPENDED');
    const resumed = status('SUSPENDED', 'RECRUITING');
    const told = (...changes: Change[]) =>
      changes.map((change, n) => ({ at: `2026-11-0${n + 1}T09:00:00.000Z`, change }));
    expect(isToldElsewhere(paused, told(paused))).toBe(true);
    expect(isToldElsewhere(paused, told(paused, resumed))).toBe(false);
    expect(isToldElsewhere(paused, told(paused, resumed, paused))).toBe(true);
    expect(isToldElsewhere(paused, [])).toBe(false);
  });

  it('X8: no status of another group is ever taken for it', () => {
    const anyStatus = fc.constantFrom(...trialStatuses);
    const prove = (isSame: typeof isSameFact) =>
      fc.assert(
        fc.property(anyStatus, anyStatus, anyStatus, anyStatus, (a, b, c, d) => {
          const same = isSame(status(a, b), status(c, d));
          expect(same && statusBucket(b) !== statusBucket(d)).toBe(false);
        }),
      );
    prove(isSameFact);
    expect(() => prove((one, other) => one.facet === other.facet)).toThrow();
  });
});

describe('linked records in one digest', () => {
  const nct = makeCard({ id: 'NCT09900001', status: 'SUSPENDED' });
  const eu = makeCard({ registry: 'ctis', id: '2024-512345-67-00', status: 'SUSPENDED' });
  const isrctn = makeCard({ registry: 'isrctn', id: 'ISRCTN76463425' });
  const paused = status('RECRUITING', 'SUSPENDED');
  const other = { ...reasonTrial, subscriptionId: 7 };

  it('X8: are one card with a line for each; the same fact is said once, and every other one is kept', () => {
    const { trials } = makeDigest([
      { card: eu, changes: [paused, date('2028-05-01')], reasons: [other], linked: [nct] },
      { card: makeCard({ id: 'NCT09900009' }) },
      { card: nct, changes: [paused], linked: [eu, isrctn] },
    ]);
    expect(trials.map(({ card }) => card.id)).toEqual(['NCT09900009', nct.id]);
    expect(trials[1]?.reasons.map(({ subscriptionId }) => subscriptionId)).toEqual([1, 7]);
    expect(trials[1]?.elsewhere).toEqual([
      { card: eu, changes: [date('2028-05-01')], folded: [], agrees: true },
      { card: isrctn, changes: [], folded: [] },
    ]);
    expect(changesTold(trials, 'ctis', eu.id)).toContainEqual(paused);
    expect(changesTold(trials, 'isrctn', isrctn.id)).toEqual([]);
    expect(changesTold(trials, 'ctgov', 'NCT09900008')).toBeNull();
  });

  it('X8: records that contradict each other stand side by side', () => {
    const { trials } = makeDigest([
      { card: nct, changes: [paused], linked: [eu] },
      {
        card: { ...eu, status: 'RECRUITING' },
        changes: [status('NOT_YET_RECRUITING', 'RECRUITING')],
        linked: [nct],
      },
    ]);
    expect(trials).toHaveLength(1);
    expect([trials[0], ...(trials[0]?.elsewhere ?? [])].map((one) => one?.changes[0]?.after)).toEqual([
      'RECRUITING',
      'SUSPENDED',
    ]);
  });
});
