import { describe, expect, it } from 'vitest';
import { assignPairs } from '../../../src/core/sites/assign.ts';
import { pairSites } from '../../../src/core/sites/pair.ts';
import { carrySiteNumbers, numberSites } from '../../../src/core/sites/sites.ts';
import type { Site } from '../../../src/core/trial.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

describe('C3: the outcome of each entry, with its reason', () => {
  const told = (before: Partial<Site>[], after: Partial<Site>[]) =>
    pairSites(before.map(someSite), after.map(someSite))
      .map((pair) => `${pair.before ?? '-'} ${pair.after ?? '-'} ${pair.kind}: ${pair.phrase}`)
      .toSorted();
  const [anna, nord, ost] = [{ facility: 'Anna' }, { facility: 'Nord' }, { facility: 'Ost' }];

  it('what stays as it is is the same entry, wherever it stands', () => {
    const same = ['0 0', '1 1', '2 2'].map((pair) => `${pair} equal: the same entry`);
    expect(told([anna, nord, ost], [anna, nord, ost])).toEqual(same);
    expect(told([anna, nord, ost], [ost, anna, nord])).toEqual([
      '0 1 equal: the same entry',
      '1 2 equal: the same entry',
      '2 0 equal: the same entry',
    ]);
    expect(told([anna, ost], [anna, nord, ost])).toEqual([
      '- 1 arrived: no entry fitted it before',
      '0 0 equal: the same entry',
      '1 2 equal: the same entry',
    ]);
    expect(told([anna, nord, ost], [anna, ost])).toEqual([
      '0 0 equal: the same entry',
      '1 - gone: no entry fits it any more',
      '2 1 equal: the same entry',
    ]);
    expect(told([anna, anna], [anna])).toEqual([
      '0 0 equal: the same entry',
      '1 - still-listed: its place is still listed',
    ]);
  });

  it.each<[string, Partial<Site>]>([
    ['status', { status: 'COMPLETED' }],
    ['latitude', { lat: 37.6 }],
    ['longitude', { lon: 127 }],
    ['contacts', { contacts: ['x'] }],
  ])('another %s is the same name and place, no longer the same entry', (_name, change) => {
    expect(told([anna, nord], [nord, { ...anna, ...change }])).toEqual([
      '0 1 paired: same name and place',
      '1 0 equal: the same entry',
    ]);
  });

  it.each<[string, Partial<Site>]>([
    ['city', { city: 'SEOUL' }],
    ['state', { state: 'Gyeonggi' }],
    ['postcode', { zip: '05999' }],
    ['country', { country: 'Korea, Republic of' }],
  ])('another %s is no longer the same place as written', (_name, change) => {
    const [, pair] = pairSites([anna, nord].map(someSite), [{ ...anna, ...change }, nord].map(someSite));
    expect(pair?.phrase).not.toBe('the same entry');
    expect(pair?.phrase).not.toBe('same name and place');
    expect(pair?.kind).toBe('paired');
  });

  it('white space makes no other entry, capitals another spelling', () => {
    expect(told([{ facility: 'Anna Hospital' }], [{ facility: 'Anna  Hospital ' }])).toEqual([
      '0 0 equal: the same entry',
    ]);
    expect(told([{ facility: 'Anna Hospital' }], [{ facility: 'ANNA HOSPITAL' }])).toEqual([
      '0 0 paired: same name and place, spelled differently',
    ]);
  });

  it('of several entries with one name, status decides, then nothing but the name', () => {
    const twin = (status: Site['status'], contact: string) => ({ status, contacts: [contact] });
    expect(
      told(
        [twin('RECRUITING', 'a'), twin('COMPLETED', 'b'), twin(null, 'c')],
        [twin('SUSPENDED', 'd'), twin('COMPLETED', 'e'), twin('RECRUITING', 'a')],
      ),
    ).toEqual([
      '0 2 equal: the same entry',
      '1 1 paired: same name, place and status',
      '2 0 paired: same name and place',
    ]);
  });

  it('two spellings of two entries are distinguished by their other contents', () => {
    expect(
      told(
        [{ facility: 'ANNA', status: 'COMPLETED' }, { facility: 'ANNA' }],
        [{ facility: 'Anna' }, { facility: 'Anna', status: 'COMPLETED' }],
      ),
    ).toEqual([
      '0 1 paired: same name and place, spelled differently',
      '1 0 paired: same name and place, spelled differently',
    ]);
  });

  it('a person who answers for several sites speaks for none of them', () => {
    const busy = { contacts: ['a'] };
    const other = { facility: 'Samsung Trust', city: 'Busan', zip: '48999', lat: null, lon: null };
    expect(
      told(
        [
          { ...anna, ...busy },
          { ...other, ...busy },
        ],
        [
          { ...nord, ...busy, zip: '06351' },
          { ...other, ...busy },
        ],
      ),
    ).toEqual([
      '- 0 arrived: no entry fitted it before',
      '0 - gone: no entry fits it any more',
      '1 1 equal: the same entry',
    ]);
  });

  it('a numbered entry without a name is known by its number, one without a number by nothing', () => {
    expect(
      told(
        [{ facility: 'Research Site 12' }, { facility: 'Local Site 13' }],
        [{ facility: 'RESEARCH SITE 12' }, { facility: 'LOCAL SITE 13' }],
      ),
    ).toEqual([
      '0 0 paired: same name and place, spelled differently',
      '1 1 paired: same name and place, spelled differently',
    ]);
    expect(told([{ facility: 'Research Site' }], [{ facility: 'RESEARCH SITE' }])).toEqual([
      '0 0 paired: no name before or after, at the same place',
    ]);
  });

  it('lists of which one is empty', () => {
    expect(told([], [])).toEqual([]);
    expect(told([anna], [])).toEqual(['0 - gone: no entry fits it any more']);
    expect(told([], [anna])).toEqual(['- 0 arrived: no entry fitted it before']);
  });
});

describe('C4: lists that lose or get their names', () => {
  const towns = ['Seoul', 'Busan', 'Daegu', 'Ulsan', 'Jeju', 'Suwon', 'Gumi', 'Iksan', 'Mokpo', 'Yeosu'];
  const names = 'Nord Ost Yonsei Tongji Alfa Beta Gamma Delta Omega Sigma Kappa Theta'.split(' ');
  const bare = { zip: '', lat: null, lon: null };
  const named = (count: number, town = 0) =>
    Array.from({ length: count }, (_, n) =>
      someSite({ ...bare, facility: `${names[n]} Hospital`, city: towns[town] ?? '' }),
    );
  const masked = (from: number, to: number) =>
    towns.slice(from, to).map((city) => someSite({ ...bare, facility: 'Research Site', city }));
  const count = (before: Site[], after: Site[], kind: string) =>
    pairSites(before, after).filter((pair) => pair.kind === kind).length;
  const strangers = (number: number) =>
    Array.from({ length: number }, (_, n) =>
      someSite({ ...bare, facility: `${names[n + 6]} Trust`, city: 'Lima', country: 'Peru' }),
    );

  it('one entry without a name stands for all that were at its place, and says so', () => {
    const pairs = pairSites(named(3), masked(0, 1));
    expect(pairs.map(({ kind }) => kind)).toEqual(['paired', 'masked', 'masked']);
    expect(pairs[1]?.phrase).toBe('the whole list lost its names; an entry stands for this place');
    const back = pairSites(masked(0, 1), named(3));
    expect(back.map(({ kind }) => kind)).toEqual(['paired', 'unmasked', 'unmasked']);
    expect(back[1]?.phrase).toBe('the whole list got names; an entry stood for this place');
  });

  it('a place spelled alike is the same place', () => {
    const one = masked(0, 1).map((site) => ({ ...site, city: 'Seoul Songpa' }));
    expect([count(named(3), one, 'masked'), count(one, named(3), 'unmasked')]).toEqual([2, 2]);
  });

  it('a list counts as masked from 7 in 10 on, and as named up to 4 in 10', () => {
    expect(count(named(3), [...masked(0, 7), ...strangers(3)], 'masked')).toBe(2);
    expect(count(named(3), [...masked(0, 6), ...strangers(4)], 'masked')).toBe(0);
    expect(count([...named(6), ...masked(6, 10)], masked(0, 3), 'masked')).toBe(5);
    expect(count([...named(6), ...masked(5, 10)], masked(0, 3), 'masked')).toBe(0);
    expect(count([...masked(0, 7), ...strangers(3)], named(3), 'unmasked')).toBe(2);
    expect(count([...masked(0, 6), ...strangers(4)], named(3), 'unmasked')).toBe(0);
    expect(count(masked(0, 3), [...named(6), ...masked(6, 10)], 'unmasked')).toBe(5);
    expect(count(masked(0, 3), [...named(6), ...masked(5, 10)], 'unmasked')).toBe(0);
  });

  it('a list of which most stayed has not lost its names', () => {
    const stayed = [...masked(4, 9), ...strangers(4)];
    expect(count([...stayed, ...named(4)], [...stayed, ...masked(0, 4), ...masked(9, 10)], 'masked')).toBe(0);
  });

  it('beside entries without names, a named one that is new arrived, and one that left is gone', () => {
    const seoul = Array.from({ length: 3 }, () => masked(0, 1)).flat();
    const tongji = someSite({ ...bare, facility: 'Tongji Hospital', city: 'Seoul' });
    const kinds = (before: Site[], after: Site[]) => pairSites(before, after).map(({ kind }) => kind);
    expect(kinds(named(3), [...seoul, tongji])).toEqual(['paired', 'paired', 'paired', 'arrived']);
    expect(kinds([...seoul, tongji], named(3))).toEqual(['paired', 'paired', 'paired', 'gone']);
  });

  it('a named entry where named ones were is new, one that left a place is gone', () => {
    expect(count(named(3), [...masked(1, 10), ...named(1)], 'masked')).toBe(0);
    expect(count(named(3), masked(1, 10), 'gone')).toBe(3);
    expect(count([], masked(0, 3), 'arrived')).toBe(3);
    expect(count(named(3), [], 'gone')).toBe(3);
  });
});

describe('the numbers of sites', () => {
  const trial = (...sites: Partial<Site>[]) => someTrial({ sites: sites.map(someSite) });
  const refs = (...sites: Partial<Site>[]) => numberSites(trial(...sites)).sites.map(({ ref }) => ref);
  // Two names that come to one number, found by trying.
  const [one, other] = [{ facility: 'Clinic 37743' }, { facility: 'Clinic 104813' }];

  it('are those of earlier versions of the program: history and links hold them', () => {
    expect(refs({})).toEqual([1524011252]);
    expect(refs(one)).toEqual([502786287]);
    expect(refs(other)).toEqual([502786287]);
  });

  it('are unique, fit in 31 bits and do not hang on the order of the list', () => {
    const [first, second] = refs(one, other);
    expect(refs(other, one)).toEqual([second, first]);
    expect(new Set([first, second]).size).toBe(2);
    const twins = refs(one, one, one);
    expect(new Set(twins).size).toBe(3);
    for (const ref of twins) expect(ref).toBeLessThan(2 ** 31);
    for (const ref of twins) expect(ref).toBeGreaterThan(0);
  });

  it('that a site has are kept, and not given to another', () => {
    expect(refs({ ref: 5, facility: 'Nord' }, {})).toEqual([5, 1524011252]);
    expect(refs({ ref: 502786287 }, one)[1]).not.toBe(502786287);
    expect(numberSites(trial(one), [502786287]).sites[0]?.ref).not.toBe(502786287);
    const whole = trial({ ref: 5 });
    expect(numberSites(whole)).toBe(whole);
  });

  it('go with a site through its new name, and are not taken over when it leaves', () => {
    const before = trial({ ref: 502786287, facility: 'Nord' }, { ref: 7 });
    const after = trial(one, { facility: 'ANNA' });
    const carried = carrySiteNumbers(before, after, [
      { kind: 'gone', before: 0, after: null, phrase: '' },
      { kind: 'arrived', before: null, after: 0, phrase: '' },
      { kind: 'paired', before: 1, after: 1, phrase: '' },
    ]);
    expect(carried.sites[1]).toEqual(someSite({ ref: 7, facility: 'ANNA' }));
    expect(carried.sites[0]?.ref).toEqual(expect.any(Number));
    expect(carried.sites[0]?.ref).not.toBe(502786287);
    expect(after.sites[1]?.ref).toBeNull();
  });
});

describe('the cheapest assignment', () => {
  it('of rows and columns that are far down their lists, and of several groups', () => {
    const pairs = [
      { row: 9, column: 40, cost: 0.3 },
      { row: 9, column: 41, cost: 0.1 },
      { row: 12, column: 41, cost: 0.2 },
      { row: 3, column: 2, cost: 0.5 },
      { row: 2, column: 3, cost: 0.5 },
    ];
    expect(
      assignPairs(pairs)
        .map(({ row, column }) => [row, column])
        .toSorted(),
    ).toEqual([
      [12, 41],
      [2, 3],
      [3, 2],
      [9, 40],
    ]);
  });

  it('of one entry with several on the other side is the cheapest of them', () => {
    const few = [
      { row: 0, column: 0, cost: 0.4 },
      { row: 0, column: 1, cost: 0.1 },
      { row: 0, column: 2, cost: 0.2 },
    ];
    expect(assignPairs(few)).toEqual([few[1]]);
    const turned = few.map(({ row, column, cost }) => ({ row: column, column: row, cost }));
    expect(assignPairs(turned)).toEqual([turned[1]]);
  });
});
