import { describe, expect, it } from 'vitest';
import { pairSites } from '../../../src/core/sites/pair.ts';
import type { Site } from '../../../src/core/trial.ts';
import { someSite } from '../../support/arbitrary-trial.ts';

/** The outcome of each entry as `before after phrase`, without unchanged ones. */
const told = (before: Partial<Site>[], after: Partial<Site>[]) =>
  pairSites(before.map(someSite), after.map(someSite))
    .filter(({ kind }) => kind !== 'equal')
    .map(({ before: was, after: is, phrase }) => `${was ?? '-'} ${is ?? '-'} ${phrase}`)
    .toSorted();
const apart = ['- 0 no entry fitted it before', '0 - no entry fits it any more'];
const both = (before: Partial<Site>, after: Partial<Site>) => {
  const forth = told([before], [after]);
  expect(told([after], [before]).length).toBe(forth.length);
  return forth;
};

describe('C3: one site leaves a postcode and one comes to it', () => {
  const [trust, hospital] = [{ facility: 'Nord Health Trust' }, { facility: 'Tongji Hospital' }];
  const renamed = ['0 0 one left and one came at this postcode'];

  it('is one place under another name, however unlike the names are', () => {
    expect(both(trust, hospital)).toEqual(renamed);
    expect(told([{ ...trust, zip: 'M13 9WL' }], [{ ...hospital, zip: 'm139wl' }])).toEqual(renamed);
    expect(told([trust, trust], [hospital, { facility: 'Ost Clinic' }])).toEqual([
      '0 0 one left and one came at this postcode',
      '1 1 one left and one came at this postcode',
    ]);
  });

  it.each<[string, Partial<Site>, Partial<Site>]>([
    ['there is no postcode', { zip: '' }, { zip: '' }],
    ['the postcodes differ', {}, { zip: '06351' }],
    ['a form forced somebody to write one', { zip: '00000' }, { zip: '00000' }],
    [
      'both have site numbers, which differ',
      { facility: 'Nord (Site 12)' },
      { facility: 'Tongji (Site 14)' },
    ],
    ['one is the first and one the second', { facility: 'First Nord' }, { facility: 'Second Tongji' }],
    ['one is the eastern and one the western', { facility: 'East Alfa' }, { facility: 'West Beta' }],
    ['their numbers differ', { facility: 'Nord Clinic 12' }, { facility: 'Tongji Hospital 13' }],
    ['the one that left had ended', { status: 'COMPLETED' }, { status: 'NOT_YET_RECRUITING' }],
  ])('are two places when %s', (_when, before, after) => {
    expect(told([{ ...trust, ...before }], [{ ...hospital, ...after }])).toEqual(apart);
  });

  it('are two places when the record lists another hospital there, unless the names share a word', () => {
    const other = { facility: 'Samsung Medical Center' };
    expect(told([other, trust], [other, hospital])).toEqual([
      '- 1 no entry fitted it before',
      '1 - no entry fits it any more',
    ]);
    expect(told([other, trust], [other, { facility: 'Praxis Haus Nord Sankt' }])).toEqual([
      '1 1 one left and one came at this postcode',
    ]);
    expect(told([{ ...other, zip: '06351' }, trust], [{ ...other, zip: '06351' }, hospital])).toEqual([
      '1 1 one left and one came at this postcode',
    ]);
  });

  it('are told when more come than leave: none of them is certain', () => {
    expect(told([trust], [hospital, { facility: 'Ost Clinic' }])).toHaveLength(3);
  });

  it('the names that are most alike go together', () => {
    expect(
      told(
        [{ facility: 'Alfa Beta Gamma' }, { facility: 'Delta Omega Sigma' }],
        [{ facility: 'Omega Kappa Theta' }, { facility: 'Gamma Silva Rossi' }],
      ).map((line) => line.slice(0, 3)),
    ).toEqual(['0 1', '1 0']);
  });
});

describe('C3: one long name at a place that somebody mistyped', () => {
  const long = {
    facility: 'University of Kansas Cancer Center',
    country: 'United States',
    lat: null,
    lon: null,
  };
  const kansas = { ...long, city: 'Kansas City', state: 'Kansas', zip: '66160' };

  it('is one site when at most one of city, state and postcode differs', () => {
    expect(both(kansas, { ...kansas, city: 'Kansas', state: 'Ohio' })).toEqual([
      '0 0 same name at the same place',
    ]);
    const inOhio = { ...kansas, city: 'Kansas', state: 'Ohio', zip: '' };
    expect(both(kansas, { ...inOhio, lat: 41, lon: -83 })).toHaveLength(1);
    expect(
      both(
        { ...kansas, lat: 39, lon: -94, zip: '' },
        { ...kansas, city: 'Leawood', zip: '', lat: 41, lon: -83 },
      ),
    ).toEqual(['0 0 same name, one part of its place spelled wrong']);
    expect(
      both({ ...kansas, city: 'Kansas City', lat: 39, lon: -94 }, { ...kansas, city: '堪薩斯', zip: '' }),
    ).toHaveLength(1);
  });

  it.each<[string, Partial<Site>, Partial<Site>]>([
    [
      'the name is short',
      { facility: 'Mayo Clinic' },
      { facility: 'Mayo Clinic', city: 'Jacksonville', zip: '' },
    ],
    ['city and state differ', {}, { city: 'Toledo', state: 'Ohio', zip: '' }],
    ['city and postcode differ', {}, { city: 'Wichita', zip: '67214' }],
  ])('are two sites when %s', (_when, before, after) => {
    expect(told([{ ...kansas, ...before }], [{ ...kansas, ...after }])).toEqual(apart);
  });

  it('are two sites when the name stands at a third place: a chain', () => {
    const third = { ...kansas, city: 'Overland Park', zip: '66210' };
    const rest = { ...kansas, zip: '' };
    expect(told([third, rest], [third, { ...rest, city: 'Leawood' }])).toEqual([
      '- 1 no entry fitted it before',
      '1 - no entry fits it any more',
    ]);
  });
});

describe('C3: a placeholder whose city is written as its region', () => {
  const nagoya = {
    facility: 'Research Site',
    city: 'Nagoya-shi',
    zip: '464-8681',
    country: 'Japan',
    lat: 35.2,
    lon: 136.9,
  };
  const aichi = { ...nagoya, city: 'Aichi', lat: 41, lon: 141 };

  it('is one site at one postcode, wherever the registry locates the region', () => {
    expect(both(nagoya, { ...aichi, zip: '464 8681' })).toHaveLength(1);
    expect(both({ ...nagoya, state: 'Aichi' }, { ...aichi, zip: '' })).toHaveLength(1);
    const shanxi = {
      facility: 'Research Site',
      city: 'Changzhi',
      state: 'Shanxi',
      zip: '',
      country: 'China',
    };
    expect(both(shanxi, { ...shanxi, city: 'Shanxi Province', state: '' })).toHaveLength(1);
  });

  it('is one site without a postcode when nothing else of the country changed and it is close', () => {
    const near = { ...aichi, zip: '', lat: 35.5 };
    expect(both({ ...nagoya, zip: '' }, { ...near, lon: 137 })).toEqual([
      '0 0 no name before or after, its region for its city',
    ]);
    expect(told([{ ...nagoya, zip: '' }], [{ ...near, lon: 141 }])).toEqual(apart);
    expect(told([{ ...nagoya, zip: '' }], [{ ...near, city: 'Okazaki', lat: 36 }])).toEqual(apart);
  });

  it('is another site at another postcode', () => {
    expect(told([nagoya], [{ ...aichi, zip: '060-8648' }])).toEqual(apart);
  });
});
