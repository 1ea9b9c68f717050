import { describe, expect, it } from 'vitest';
import { warningsFor } from '../../../src/core/digests/warnings.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { makeCard } from '../../support/trial-samples.ts';

const now = '2026-11-21T08:00:00.000Z';
const kinds = (over: Parameters<typeof makeCard>[0]) =>
  warningsFor(makeCard(over), now).map(({ kind }) => kind);
const completion = (date: string) => ({
  completionDate: { date, precision: date.length === 7 ? 'month' : 'day', type: 'ESTIMATED' } as const,
});

describe('warnings of a record', () => {
  it('D4: a record past its completion date is warned of, from the next day or month on', () => {
    expect(kinds(completion('2026-11-20'))).toEqual(['past-completion']);
    expect(kinds(completion('2026-11-21'))).toEqual([]);
    expect(kinds(completion('2026-11'))).toEqual([]);
    expect(kinds(completion('2026-10'))).toEqual(['past-completion']);
    expect(
      kinds({ completionDate: null, primaryCompletionDate: { date: '2020', precision: 'year', type: null } }),
    ).toEqual(['past-primary-completion']);
    expect(kinds({ completionDate: null, primaryCompletionDate: null })).toEqual([]);
  });

  it('D4: a record not confirmed for more than a year is warned of, and one never confirmed', () => {
    expect(kinds({ verifiedOn: '2025-11' })).toEqual([]);
    expect(warningsFor(makeCard({ verifiedOn: '2025-10-31' }), now)).toEqual([
      { kind: 'unverified', date: '2025-10-31', months: 13 },
    ]);
    expect(kinds({ verifiedOn: null })).toEqual(['never-verified']);
  });

  it('D4: a trial that ended is not warned of: nobody has to confirm it any more', () => {
    const ended = ['COMPLETED', 'TERMINATED', 'WITHDRAWN', 'WITHHELD'];
    for (const status of trialStatuses)
      expect([status, kinds({ status, verifiedOn: '2010-01', ...completion('2010-01') }).length]).toEqual([
        status,
        ended.includes(status) ? 0 : 2,
      ]);
  });
});
