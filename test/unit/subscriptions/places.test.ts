import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCity, nameApart, type Place } from '../../../src/core/subscriptions/find-place.ts';
import { splitPlace } from '../../../src/core/subscriptions/place-name.ts';

const place = (city: string, state: string, country: string, lat: number, lon: number): Place => ({
  city,
  state,
  country,
  lat,
  lon,
});
const rochesters = [
  place('Rochester', 'New York', 'United States', 43.15478, -77.61556),
  place('Rochester', 'Minnesota', 'United States', 44.02163, -92.4699),
];
const names = (places: readonly Place[]) => nameApart(places).map(({ name }) => name);
const answer = (places: readonly Place[], typed: string) => {
  const { found, choices } = chooseCity(nameApart(places), typed);
  return { found: found?.name ?? null, choices: choices.map(({ name }) => name) };
};

describe('cities of one name', () => {
  it('are told apart by their state, and otherwise named without it', () => {
    expect(names([...rochesters, place('Málaga', 'Andalusia', 'Spain', 36.72, -4.42)])).toEqual([
      'Málaga, Spain',
      'Rochester, Minnesota, United States',
      'Rochester, New York, United States',
    ]);
  });

  it('are one where records spell the state in several ways, or moved the city a little', () => {
    const paris = ['', 'Ile-de-France', 'Île-de-France Region'].map((state, n) =>
      place('Paris', state, 'France', 48.85341 + n / 20, 2.3488),
    );
    expect(names(paris)).toEqual(['Paris, France']);
  });

  it('carry degrees where the registry gives no state', () => {
    const both = [place('Taizhou', '', 'China', 32.49, 119.91), place('Taizhou', '', 'China', 28.66, 121.43)];
    expect(names(both)).toEqual(['Taizhou (28.7 121.4), China', 'Taizhou (32.5 119.9), China']);
  });
});

describe('a typed city', () => {
  it.each([
    ['rochester, minnesota', 'Rochester, Minnesota, United States'],
    ['Rochester,New York,United States', 'Rochester, New York, United States'],
    ['Rochester', null],
    ['Rochester, United States', null],
    ['Rochester, MN', null],
    ['Rochester, Kent', null],
  ])('“%s” is %s, and never a guess', (typed, found) => {
    const answered = answer(rochesters, typed);
    expect(answered.found).toBe(found);
    expect(answered.choices).toHaveLength(found === null ? 2 : 1);
  });

  it('is not the one city of that name when something else stands behind it', () => {
    expect(answer([place('Paris', '', 'France', 48.85, 2.35)], 'Paris, Texas')).toEqual({
      found: null,
      choices: ['Paris, France'],
    });
    expect(answer(rochesters, 'Roches')).toEqual({ found: null, choices: [] });
  });

  it('may stand before its country in any of its names', () => {
    const seoul = [
      place('Seoul', '', 'South Korea', 37.57, 126.98),
      place('Seoul', 'Seoul', 'Korea, Republic of', 37.566, 126.9784),
      place('Seoul', '', 'KR', 37.5, 127),
    ];
    expect(names(seoul)).toEqual(['Seoul, South Korea']);
    for (const typed of [
      'seoul',
      'Seoul, Korea, Republic of',
      'Seoul, Corea del Sur',
      'Seoul, Seoul, South Korea',
    ])
      expect([typed, answer(seoul, typed).found]).toEqual([typed, 'Seoul, South Korea']);
    expect(answer(seoul, 'Seoul, North Korea').found).toBeNull();
  });

  it.each([
    ['Seoul, Korea, Republic of', 'Seoul', 'Korea, Republic of'],
    ['Rochester, New York, United States', 'Rochester, New York', 'United States'],
    ['Somewhere, Ruritania', 'Somewhere', 'Ruritania'],
    ['Nowhere', 'Nowhere', null],
  ])('%s is %s in %s', (name, city, country) => {
    expect(splitPlace(name)).toEqual({ city, country });
  });

  it('is found by the name it is shown under, whatever cities there are', () => {
    const part = fc.constantFrom('Rochester', 'St. Louis', 'Frankfurt am Main', 'São Paulo', 'Kent', '');
    const some = fc.record({
      city: part.filter((text) => text !== ''),
      state: part,
      country: fc.constantFrom('Spain', 'United States'),
      lat: fc.integer({ min: -80, max: 80 }),
      lon: fc.integer({ min: -170, max: 170 }),
    });
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 12 }), (places) => {
        const named = nameApart(places);
        expect(new Set(named.map(({ name }) => name)).size).toBe(named.length);
        for (const one of named) expect(chooseCity(named, one.name).found).toEqual(one);
      }),
    );
  });
});
