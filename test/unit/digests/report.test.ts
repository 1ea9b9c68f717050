import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { groupOf } from '../../../src/core/digests/report.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { writeCsv } from '../../../src/web/http/csv.ts';
import { readPauseDate } from '../../../src/web/manage/manage-dates.ts';
import { hostileText } from '../../support/trial-samples.ts';

const change = (parts: Partial<Change>): Change => ({
  facet: 'status',
  kind: 'status',
  before: null,
  after: null,
  ...parts,
});
const day = (date: string) => ({ date, precision: 'day', type: 'ESTIMATED' });

describe('the sections of a report', () => {
  it('D2: a status stands by its code: open, or closed, paused, stopped and finished', () => {
    const groups = Object.groupBy(trialStatuses, (after) => groupOf(change({ after })));
    expect(groups).toEqual({
      opened: ['RECRUITING', 'AVAILABLE'],
      closed: [
        'ACTIVE_NOT_RECRUITING',
        'COMPLETED',
        'ENROLLING_BY_INVITATION',
        'SUSPENDED',
        'TERMINATED',
        'WITHDRAWN',
        'NO_LONGER_AVAILABLE',
        'TEMPORARILY_NOT_AVAILABLE',
        'APPROVED_FOR_MARKETING',
      ],
      other: ['NOT_YET_RECRUITING', 'WITHHELD', 'UNKNOWN'],
    });
  });

  it('C5: only a date that moved to later has slipped', () => {
    const moved = (before: string | null, after: string | null) =>
      groupOf(
        change({
          facet: 'dates',
          kind: 'completion-date',
          before: before === null ? null : day(before),
          after: after === null ? null : day(after),
        }),
      );
    expect(moved('2027-01-01', '2027-06-01')).toBe('slipped');
    expect(moved('2027-06-01', '2027-01-01')).toBe('other');
    expect(moved(null, '2027-01-01')).toBe('other');
    expect(moved('2027-01-01', null)).toBe('other');
  });

  it('what is new, gone, or of sites and expanded access has its place', () => {
    expect(groupOf(change({ facet: 'registration', kind: 'registered' }))).toBe('opened');
    expect(groupOf(change({ facet: 'registration', kind: 'removed' }))).toBe('closed');
    expect(groupOf(change({ facet: 'sites', kind: 'site-added', after: 'RECRUITING' }))).toBe('sites');
    expect(groupOf(change({ facet: 'expanded-access', kind: 'expanded-access', after: true }))).toBe(
      'opened',
    );
    expect(groupOf(change({ facet: 'expanded-access', kind: 'expanded-access', after: false }))).toBe(
      'closed',
    );
    expect(groupOf(change({ kind: 'why-stopped', after: 'Supply' }))).toBe('other');
    expect(groupOf(change({ facet: 'title', kind: 'title', after: 'x' }))).toBe('other');
  });
});

describe('a table', () => {
  it('C16: runs no cell as a formula, whatever stands before the sign', () => {
    for (const cell of [
      '=1+1',
      '+1',
      '-1',
      '@SUM(1)',
      '|cmd',
      '%0',
      ' =1',
      '\t=1',
      '\u200b=1',
      '＝1',
      '\r\n=1',
    ])
      expect(writeCsv([[cell]])).toMatch(/^"?'/);
    expect(writeCsv([['a=1', 'NCT01234567', '5 - 3', '']])).toBe('a=1,NCT01234567,5 - 3,\r\n');
  });

  it('RFC 4180: quotes what needs it, and ends each line with CRLF', () => {
    expect(writeCsv([['a,b', 'say "x"', 'two\nlines'], ['c']])).toBe(
      '"a,b","say ""x""","two\nlines"\r\nc\r\n',
    );
    expect(writeCsv([[hostileText], ['next']])).toMatch(/^"[\s\S]*"\r\nnext\r\n$/);
  });
});

describe('the end of a pause', () => {
  it('D7: is the beginning of that day in the reader’s zone', () => {
    const now = '2026-11-02T12:00:00.000Z';
    expect(readPauseDate('2026-12-01', 'Asia/Tokyo', now)).toEqual({ until: '2026-11-30T15:00:00.000Z' });
    expect(readPauseDate('2027-03-28', 'Europe/Berlin', now)).toEqual({ until: '2027-03-27T23:00:00.000Z' });
    expect(readPauseDate('2026-11-02', 'UTC', now)).toEqual({ error: 'date-past' });
    expect(readPauseDate('2027-11-04', 'UTC', now)).toEqual({ error: 'date-far' });
    for (const wrong of ['', '1.12.2026', '2026-02-30', '20261201', '2026-12-01T00:00'])
      expect(readPauseDate(wrong, 'UTC', now)).toEqual({ error: 'date' });
  });
});
