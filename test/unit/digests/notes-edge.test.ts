import { describe, expect, it } from 'vitest';
import {
  type NoteClock,
  noNewsDueAt,
  ownHourAfter,
  silentSince,
  yearlyDueAt,
} from '../../../src/core/digests/notes.ts';
import { subjectStyles } from '../../../src/core/subscriptions/subject-styles.ts';

const clock = (over: Partial<NoteClock> = {}): NoteClock => ({
  hour: 9,
  timezone: 'UTC',
  noNewsSince: '2026-01-10T12:00:00.000Z',
  lastDigestAt: null,
  noNewsNoteAt: null,
  yearlyFrom: null,
  ...over,
});

describe('silence', () => {
  it('counts from the later of what was chosen and the last digest; nothing followed, no silence', () => {
    expect(silentSince(clock())).toBe('2026-01-10T12:00:00.000Z');
    expect(silentSince(clock({ lastDigestAt: '2026-02-01T09:00:00.000Z' }))).toBe('2026-02-01T09:00:00.000Z');
    expect(silentSince(clock({ lastDigestAt: '2026-01-01T09:00:00.000Z' }))).toBe('2026-01-10T12:00:00.000Z');
    expect(silentSince(clock({ noNewsSince: null }))).toBeNull();
    expect(silentSince(clock({ noNewsSince: null, lastDigestAt: '2026-02-01T09:00:00.000Z' }))).toBeNull();
  });

  it('of a month brings a note at the person’s hour, and another after every three', () => {
    expect(noNewsDueAt(clock())).toBe('2026-02-11T09:00:00.000Z');
    expect(noNewsDueAt(clock({ noNewsSince: '2026-01-10T08:00:00.000Z' }))).toBe('2026-02-10T09:00:00.000Z');
    expect(noNewsDueAt(clock({ noNewsNoteAt: '2026-02-11T09:00:00.000Z' }))).toBe('2026-05-11T09:00:00.000Z');
  });

  it('begins anew with what came after the last note', () => {
    const noted = { noNewsNoteAt: '2026-02-11T09:00:00.000Z' };
    expect(noNewsDueAt(clock({ ...noted, lastDigestAt: '2026-03-02T09:00:00.000Z' }))).toBe(
      '2026-04-02T09:00:00.000Z',
    );
    expect(noNewsDueAt(clock({ ...noted, lastDigestAt: noted.noNewsNoteAt }))).toBe(
      '2026-03-11T09:00:00.000Z',
    );
  });

  it('of somebody who follows nothing brings none', () => {
    expect(noNewsDueAt(clock({ noNewsSince: null }))).toBeNull();
  });
});

describe('the question whether to keep or stop', () => {
  it('P4: comes a year later at the person’s hour, and not before there was a confirmation', () => {
    expect(yearlyDueAt(clock({ yearlyFrom: '2026-01-10T12:00:00.000Z' }))).toBe('2027-01-11T09:00:00.000Z');
    expect(yearlyDueAt(clock({ yearlyFrom: '2028-02-29T09:00:00.000Z' }))).toBe('2029-02-28T09:00:00.000Z');
    expect(yearlyDueAt(clock())).toBeNull();
  });
});

describe('a person’s own hour', () => {
  it('is the first one from then on, that instant itself too', () => {
    const own = (at: string, timezone = 'UTC') => ownHourAfter({ hour: 9, timezone }, at);
    expect(own('2026-03-01T09:00:00.000Z')).toBe('2026-03-01T09:00:00.000Z');
    expect(own('2026-03-01T09:00:00.001Z')).toBe('2026-03-02T09:00:00.000Z');
    expect(own('2026-03-01T08:59:00.000Z')).toBe('2026-03-01T09:00:00.000Z');
    expect(own('2026-03-01T09:00:00.000Z', 'Asia/Tokyo')).toBe('2026-03-02T00:00:00.000Z');
  });

  it('D7: months are those of the person’s zone', () => {
    expect(ownHourAfter({ hour: 9, timezone: 'Asia/Tokyo' }, '2026-01-30T20:00:00.000Z', { months: 1 })).toBe(
      '2026-02-28T00:00:00.000Z',
    );
    expect(ownHourAfter({ hour: 9, timezone: 'UTC' }, '2026-01-30T20:00:00.000Z', { months: 1 })).toBe(
      '2026-03-01T09:00:00.000Z',
    );
  });
});

describe('the subject of a mail', () => {
  it('says of three things how much: how many, which, or nothing', () => {
    expect(subjectStyles).toEqual(['neutral', 'plain', 'discreet']);
  });
});
