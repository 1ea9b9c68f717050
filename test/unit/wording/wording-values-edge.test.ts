import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/change.ts';
import { quoteText, siteName, statusName, valueName } from '../../../src/core/wording/values.ts';
import { makeWording } from '../../../src/core/wording/wording.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { makeSite } from '../../support/trial-samples.ts';

const wording = createWording('en');

describe('values in words', () => {
  it('a text is cut at its letters, not within one, and not when it fits', () => {
    expect(quoteText('abcde', 5)).toBe('abcde');
    expect(quoteText('abcdef', 5)).toBe('abcd…');
    expect(quoteText('abc def', 5)).toBe('abc…');
    expect(quoteText('😀😀😀😀', 3)).toBe('😀😀…');
    expect(quoteText(`${'\u200b'.repeat(7)}ab`, 2)).toBe('a');
  });

  it('a status we have no word for is no status, never a code', () => {
    for (const none of ['NEW_STATUS', null, 5, undefined, ''])
      expect(statusName(wording, none)).toBe('no status given');
  });

  it('a site that the record does not name has a name all the same', () => {
    expect(siteName(wording, makeSite({ facility: '', city: '', state: '', country: '' }))).toBe(
      'a site without a name',
    );
    expect(siteName(wording, makeSite({ city: 'Berlin', state: 'Berlin' }))).toBe(
      'University Hospital, Berlin, Germany',
    );
    expect(
      siteName(wording, makeSite({ facility: 'x'.repeat(130), city: '', state: '', country: '' })),
    ).toHaveLength(120);
  });

  it('only what can be shown is a value', () => {
    const name = (value: Json) => valueName(wording, value);
    expect([name(1234), name(true), name('PHASE1'), name('Plain words')]).toEqual([
      '1,234',
      'yes',
      'phase 1',
      'Plain words',
    ]);
    for (const none of [
      null,
      {},
      '',
      'RECRUITING',
      'SOME_CODE',
      [],
      ['A', 'NEW_CODE'],
      Array<string>(13).fill('A'),
    ])
      expect(name(none)).toBeNull();
    expect(name(Array<string>(12).fill('A'))).toMatch(/^A, A.* and A$/);
    expect([name('COVID'), name('see_below'), name('NOT A_CODE')]).toEqual([
      'COVID',
      'see_below',
      'NOT A_CODE',
    ]);
    expect(name(['x'.repeat(400), 'y'.repeat(400)])).toHaveLength(600 - 1 + 1);
  });
});

describe('a language', () => {
  const tiny = makeWording('en', {
    plain: 'a <b>c</b>',
    count: '{n, plural, one {# thing} other {# things}}',
  });

  it('says its messages, and stops at one that is missing', () => {
    expect([tiny.language, tiny.say('plain'), tiny.say('count', { n: 1 })]).toEqual([
      'en',
      'a <b>c</b>',
      '1 thing',
    ]);
    expect(tiny.say('count', { n: 1200 })).toBe('1,200 things');
    expect([tiny.has('plain'), tiny.has('absent'), tiny.has('toString')]).toEqual([true, false, false]);
    expect(() => tiny.say('absent')).toThrow('the en messages have no “absent”');
    expect(() => tiny.say('count')).toThrow();
  });

  it('writes dates as precisely as they are given, and other texts unchanged', () => {
    expect([tiny.date('2026'), tiny.date('2026-07'), tiny.date('2026-07-31')]).toEqual([
      '2026',
      'July 2026',
      'July 31, 2026',
    ]);
    expect([tiny.date('2026-7'), tiny.date('2026-99'), tiny.date('someday, x')]).toEqual([
      '2026-7',
      '2026-99',
      'someday, x',
    ]);
    expect(wording.date({ date: '2026-07', precision: 'month', type: null })).toBe('July 2026');
  });

  it('writes instants in the reader’s zone, day and hour', () => {
    const at = '2026-11-20T23:30:00.000Z';
    expect([wording.dayOf(at, 'UTC'), wording.dayOf(at, 'Europe/Berlin')]).toEqual([
      'November 20, 2026',
      'November 21, 2026',
    ]);
    expect(wording.moment('2026-01-05T06:07:00.000Z', 'UTC')).toBe('January 5, 2026 at 6:07 AM UTC');
  });

  it.each([
    ['en', 'November 20, 2026 at 6:30 PM EST', 'November 21, 2026 at 12:30 AM Germany Time'],
    ['en-GB', '20 November 2026 at 18:30 New York Time', '21 November 2026 at 00:30 CET'],
    [
      'es',
      '20 de noviembre de 2026 a las 18:30 hora de Nueva York',
      '21 de noviembre de 2026 a las 00:30 CET',
    ],
  ])('names zones as people in %s do, never by an identifier or a bare number', (language, there, here) => {
    const { moment } = createWording(language);
    const at = '2026-11-20T23:30:00.000Z';
    expect([moment(at, 'America/New_York'), moment(at, 'Europe/Berlin')]).toEqual([there, here]);
    for (const zone of ['Asia/Kolkata', 'America/Argentina/Buenos_Aires', 'Pacific/Apia', 'Europe/London'])
      for (const day of [at, '2026-07-01T12:00:00.000Z'])
        expect(moment(day, zone)).not.toMatch(/GMT[+-]|[A-Za-z]\/|_/);
  });

  it('says hours, zones and distances as its region does', () => {
    const said = ['en', 'en-GB', 'es'].map((language) => {
      const { hour, zone, distance } = createWording(language);
      return [
        hour(9),
        hour(21),
        zone('America/New_York'),
        zone('Europe/Berlin'),
        zone('UTC'),
        distance(12),
        distance(12, true),
      ];
    });
    expect(said).toEqual([
      ['9:00 AM', '9:00 PM', 'Eastern Time', 'Germany Time', 'UTC', '12 km (7 miles)', '12 km (7 mi)'],
      ['09:00', '21:00', 'New York Time', 'Central European Time', 'UTC', '12 km (7 miles)', '12 km (7 mi)'],
      ['09:00', '21:00', 'hora de Nueva York', 'hora de Europa central', 'UTC', '12 km', '12 km'],
    ]);
  });

  it('writes lists and numbers as people do', () => {
    expect([wording.list(['a', 'b', 'c']), wording.number(12_345)]).toEqual(['a, b, and c', '12,345']);
  });
});
