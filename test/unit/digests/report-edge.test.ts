import { describe, expect, it } from 'vitest';
import type { Change, Json } from '../../../src/core/change.ts';
import { groupOf, reportGroups } from '../../../src/core/digests/report.ts';

const groupFor = (facet: Change['facet'], kind: string, after: Json = null, before: Json = null): string =>
  groupOf({ facet, kind, before, after });
const day = (date: string, precision = 'day') => ({ date, precision, type: 'ESTIMATED' });

describe('the sections of a report', () => {
  it('are read from what opened to everything else', () => {
    expect(reportGroups).toEqual(['opened', 'closed', 'slipped', 'sites', 'other']);
  });

  it.each([
    ['registered', 'opened'],
    ['entered', 'opened'],
    ['removed', 'closed'],
    ['left', 'closed'],
    ['returned', 'other'],
  ])('a trial that is %s stands under %s', (kind, group) => {
    expect(groupFor('registration', kind)).toBe(group);
  });

  it.each([
    ['AVAILABLE', 'opened'],
    ['NO_LONGER_AVAILABLE', 'closed'],
    ['TEMPORARILY_NOT_AVAILABLE', 'closed'],
    ['APPROVED_FOR_MARKETING', 'closed'],
    [null, 'other'],
  ])('expanded access that is %s stands under %s', (after, group) => {
    expect(groupFor('expanded-access', 'expanded-access', after)).toBe(group);
  });

  it('a site stands under sites whatever became of it', () => {
    expect(groupFor('sites', 'status', 'RECRUITING')).toBe('sites');
    expect(groupFor('sites', 'removed')).toBe('sites');
  });

  it('C5: a date slips only by moving to later: neither a narrower one nor one that cannot be right has', () => {
    const moved = (before: Json, after: Json) => groupFor('dates', 'start-date', after, before);
    expect(moved(day('2027-01', 'month'), day('2027-02', 'month'))).toBe('slipped');
    expect(moved(day('2027', 'year'), day('2027-11-02'))).toBe('other');
    expect(moved(day('2027-01-01'), day('2099-01-01'))).toBe('other');
    expect(moved(day('2027-01-02'), day('2027-01-01'))).toBe('other');
  });

  it('nothing but a status or access goes by its code', () => {
    expect(groupFor('eligibility', 'sex', 'RECRUITING')).toBe('other');
    expect(groupFor('status', 'why-stopped', 'COMPLETED')).toBe('other');
    expect(groupFor('status', 'status', 'COMPLETED')).toBe('closed');
    expect(groupFor('title', 'title', true)).toBe('other');
  });
});
