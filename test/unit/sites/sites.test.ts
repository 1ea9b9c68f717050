import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { pairSites } from '../../../src/core/sites/pair.ts';
import { numberSites } from '../../../src/core/sites/sites.ts';
import type { Site, Trial } from '../../../src/core/trial.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

/** Pairs two lists and returns the outcome of each entry as `before => after`. */
const pair = (before: Partial<Site>[], after: Partial<Site>[]) => {
  const [was, is] = [before.map((site) => someSite(site)), after.map((site) => someSite(site))];
  const name = (list: Site[], at: number | null) => (at === null ? '-' : (list[at]?.facility ?? '?'));
  return pairSites(was, is)
    .map((found) => `${name(was, found.before)} => ${name(is, found.after)}`)
    .toSorted();
};
const one = (before: Partial<Site>, after: Partial<Site>) => pairSites([someSite(before)], [someSite(after)]);
const isSame = (before: Partial<Site>, after: Partial<Site>) => one(before, after).length === 1;

describe('C3: one site under two spellings', () => {
  it.each<[string, Partial<Site>, Partial<Site>]>([
    ['capitals', { facility: 'MEDICAL COLLEGE OF WISCONSIN' }, { facility: 'Medical College of Wisconsin' }],
    [
      'abbreviations',
      { facility: '1st Hosp of Jilin Univ' },
      { facility: 'The First Hospital of Jilin University' },
    ],
    ['a typo', { facility: 'Severance Hospital' }, { facility: 'Severence Hospital' }],
    ['a typo in a common word', { facility: 'Hôpital Necker' }, { facility: 'Hôpiatl Necker' }],
    ['another order', { facility: 'Hospital Anna' }, { facility: 'Anna Hospital' }],
    ['a department', { facility: 'Mayo Clinic' }, { facility: 'Department of Neurology, Mayo Clinic' }],
    ['a legal form', { facility: 'FXM Clinical Research' }, { facility: 'FXM Clinical Research, LLC' }],
    [
      'another language',
      { facility: 'Universitätsklinikum Köln', city: 'Köln' },
      { facility: 'University Hospital Cologne', city: 'Cologne' },
    ],
    [
      'French initials',
      { facility: 'CHU de Nantes', city: 'Nantes' },
      { facility: 'Centre Hospitalier Universitaire de Nantes', city: 'Nantes' },
    ],
    ['an owner before it', { facility: 'Hôpital Saint-Louis' }, { facility: 'AP-HP - Hopital Saint Louis' }],
    [
      'a sponsor’s reference',
      { facility: 'Site Reference ID/Investigator# 21002' },
      { facility: 'Nord Clinic' },
    ],
    ['a sponsor’s research site', { facility: 'EMD Serono Research Site' }, { facility: 'Nord Clinic' }],
    ['a call center', { facility: 'Call Center' }, { facility: 'Nord Clinic' }],
    [
      'a site number of other make',
      { facility: 'Investigational Site Number : 8400012' },
      { facility: 'Research Site 8400012' },
    ],
    ['initials', { facility: 'SAH' }, { facility: 'Saint Anna Hospital' }],
    ['joined words', { facility: 'Ta-Tung Municipal Hospital' }, { facility: 'Tatung Municipal Hospital' }],
    ['possessives', { facility: "St. Jude Children's Hospital" }, { facility: 'St Jude Childrens Hospital' }],
    [
      'a broken encoding',
      { facility: 'Hospital Benefică Ncia Portuguesa' },
      { facility: 'Hospital Beneficência Portuguesa' },
    ],
    ['another broken one', { facility: 'Hă"Pital Foch' }, { facility: 'Hôpital Foch' }],
    ['a question mark', { facility: 'H?pital Foch' }, { facility: 'Hôpital Foch' }],
    ['a site number comes', { facility: 'Anna Hospital' }, { facility: 'Anna Hospital ( Site 1112)' }],
    [
      'a site number changes',
      { facility: 'Anna Hospital /ID# 250497' },
      { facility: 'Anna Hospital /ID# 250498' },
    ],
    [
      'another name under its number',
      { facility: 'Anna Hospital ( Site 1112)' },
      { facility: 'North Trust (Site 1112)' },
    ],
    ['it gets its name', { facility: 'Local Institution - 0062' }, { facility: 'University of Iowa' }],
    ['it loses its name', { facility: 'University of Iowa' }, { facility: 'Research Site' }],
    ['another namelessness', { facility: 'Research Site' }, { facility: 'Novartis Investigative Site' }],
    [
      'it gets its name at another postcode of the city',
      { facility: 'Research Site', zip: '12345' },
      { facility: 'Anna Hospital' },
    ],
    ['the name of its city', { facility: 'Seoul' }, { facility: 'Anna Hospital' }],
    ['additional information', { facility: 'For additional information regarding sites, call' }, {}],
    ['another postcode format', { zip: '1629' }, { zip: 'B1629WWA' }],
    ['another postcode', { zip: '05505' }, { zip: '06351' }],
    ['Naples', { city: 'Napoli', country: 'Italy' }, { city: 'Naples', country: 'Italy' }],
    [
      'Padua, moved',
      { city: 'Padua', country: 'Italy', lat: 45.4 },
      { city: 'Padova', country: 'Italy', lat: 46.9 },
    ],
    ['a suffix', { city: 'Kaohsiung' }, { city: 'Kaohsiung City' }],
    ['a hyphen', { city: 'Chang-hua' }, { city: 'Changhua' }],
    ['the country’s other name', { country: 'Korea, Republic of' }, { country: 'South Korea' }],
    ['a state', { state: '' }, { state: 'Gyeonggi' }],
    ['a suburb with the same postcode', { city: 'Seoul' }, { city: 'Songpa-gu' }],
    [
      'the same person answers',
      { facility: 'Anna Hospital', contacts: ['a'] },
      { facility: 'Nord Trust', contacts: ['a'] },
    ],
  ])('%s', (_name, before, after) => {
    expect(isSame(before, after)).toBe(true);
    expect(isSame(after, before)).toBe(true);
  });
});

describe('C3: two sites stay two', () => {
  it.each<[string, Partial<Site>, Partial<Site>]>([
    [
      'another hospital of the city',
      { facility: 'Asan Medical Center' },
      { facility: 'Samsung Medical Center', zip: '06351' },
    ],
    [
      'first and second',
      { facility: 'First Affiliated Hospital' },
      { facility: 'Second Affiliated Hospital' },
    ],
    ['numbered hospitals', { facility: 'City Hospital No. 12' }, { facility: 'City Hospital No. 21' }],
    ['east and west', { facility: 'Anna Hospital East' }, { facility: 'Anna Hospital West' }],
    ['for children', { facility: "Anna Children's Hospital" }, { facility: 'Anna Hospital', zip: '06351' }],
    [
      'two parts of one hospital',
      { facility: 'Anna Neurology' },
      { facility: 'Anna Oncology', zip: '06351' },
    ],
    [
      'common words alone',
      { facility: 'Seoul Cancer Hospital' },
      { facility: 'Seoul General Hospital', zip: '06351' },
    ],
    ['a namesake in another country', { country: 'Italy' }, { country: 'Peru' }],
    ['a namesake far away', { city: 'Rochester', lat: 44 }, { city: 'Jacksonville', lat: 30, zip: '32224' }],
    [
      'Portland and Portland',
      { city: 'Portland', state: 'Oregon', country: 'United States', zip: '97201', lat: 45.5, lon: -122.7 },
      { city: 'Portland', state: 'Maine', country: 'United States', zip: '04101', lat: 43.7, lon: -70.3 },
    ],
    [
      'the same without coordinates',
      { city: 'Portland', state: 'Oregon', country: 'United States', zip: '97201', lat: null },
      { city: 'Portland', state: 'Maine', country: 'United States', zip: '04101', lat: null },
    ],
    [
      'no name in another city',
      { facility: 'Research Site', city: 'Busan', zip: '1' },
      { facility: 'Research Site' },
    ],
    [
      'other number, other postcode, no name',
      { facility: 'Research Site 310' },
      { facility: 'Research Site 370', zip: '12345' },
    ],
  ])('%s', (_name, before, after) => {
    expect(isSame(before, after)).toBe(false);
    expect(isSame(after, before)).toBe(false);
  });
});

describe('C3: many at one place', () => {
  it('twins are counted', () => {
    expect(pair([{}, {}, {}], [{}, {}])).toEqual([
      'Anna Hospital => -',
      'Anna Hospital => Anna Hospital',
      'Anna Hospital => Anna Hospital',
    ]);
  });

  it('twins keep their statuses apart', () => {
    const [open, done] = [someSite({ status: 'RECRUITING' }), someSite({ status: 'COMPLETED' })];
    expect(pairSites([open, done], [done, open]).map(({ kind }) => kind)).toEqual(['equal', 'equal']);
    const pairs = pairSites([open, done], [someSite({ status: null }), open]);
    expect(pairs.map(({ before, after }) => `${before} ${after}`).toSorted()).toEqual(['0 1', '1 0']);
  });

  it('the nearest spelling wins, the stranger is new', () => {
    expect(
      pair(
        [{ facility: 'Yonsei Hospital' }, { facility: 'Anna Clinic' }],
        [{ facility: 'Tongji Institute' }, { facility: 'ANNA CLINIC' }, { facility: 'Yonsei Hospitl' }],
      ),
    ).toEqual(['- => Tongji Institute', 'Anna Clinic => ANNA CLINIC', 'Yonsei Hospital => Yonsei Hospitl']);
  });

  it('an entry without a name takes the name that is left, by postcode', () => {
    expect(
      pair(
        [
          { facility: 'Local Institution - 0001', zip: '11111' },
          { facility: 'Local Institution - 0002', zip: '22222' },
        ],
        [
          { facility: 'Nord Hospital', zip: '22222' },
          { facility: 'Anna Hospital', zip: '11111' },
        ],
      ),
    ).toEqual(['Local Institution - 0001 => Anna Hospital', 'Local Institution - 0002 => Nord Hospital']);
  });

  it('a better pair is not given up for one more pair', () => {
    expect(
      pair([{ facility: 'Research Site' }, { facility: 'Anna Hospital' }], [{ facility: 'ANNA HOSPITAL' }]),
    ).toEqual(['Anna Hospital => ANNA HOSPITAL', 'Research Site => -']);
  });

  it('C16: names of a megabyte are compared by their beginning', () => {
    const [x, y] = ['x'.repeat(1_000_000), 'y'.repeat(1_000_000)];
    expect(isSame({ facility: x, city: x, zip: x }, { facility: y, city: y, zip: y })).toBe(false);
    expect(
      isSame({ facility: `${'Anna '.repeat(200_000)}x` }, { facility: `${'Anna '.repeat(200_000)}y` }),
    ).toBe(true);
  });

  it('four hundred sites respelled at once are four hundred sites', () => {
    const list = Array.from({ length: 437 }, (_, at) =>
      someSite({
        facility: `Hospital ${String.fromCharCode(97 + (at % 26))}${at}na`,
        city: `Town ${at % 90}`,
        zip: '',
      }),
    );
    const loud = list.map((site) => ({ ...site, facility: site.facility.toUpperCase() })).toReversed();
    expect(pairSites(list, loud).every(({ kind }) => kind === 'paired')).toBe(true);
  });
});

describe('C4: masked lists and trials that move as a whole', () => {
  const cities = ['Seoul', 'Busan', 'Daegu', 'Incheon'];
  const named = [...cities, ...cities.slice(0, 2)].map((city, at) =>
    someSite({
      city,
      zip: '',
      lat: null,
      lon: null,
      facility: `${'Nord Ost Yonsei Tongji Anna Alfa'.split(' ')[at]} Hospital`,
    }),
  );
  const masked = cities.map((city) =>
    someSite({ city, zip: '', lat: null, lon: null, facility: 'Research Site' }),
  );
  const kinds = (before: Partial<Trial>, after: Partial<Trial>) =>
    compareTrials(someTrial(before), someTrial(after)).changes.map(({ kind }) => kind);

  it('a list that loses its names loses no site, and gets none when they come back', () => {
    expect(kinds({ sites: named }, { sites: masked })).toEqual([]);
    expect(kinds({ sites: masked }, { sites: named })).toEqual([]);
  });

  it('a city that is left out of a masked list is gone', () => {
    expect(kinds({ sites: named }, { sites: masked.slice(0, 3) })).toEqual(['site-removed']);
    expect(kinds({ sites: masked.slice(0, 3) }, { sites: named })).toEqual(['site-added']);
  });

  it('one entry for a city counts whichever postcode of the city it has', () => {
    const zips = (sites: Site[], zip: string) => sites.map((site) => ({ ...site, zip }));
    expect(kinds({ sites: zips(named, '11111') }, { sites: zips(masked, '29999') })).toEqual([]);
    expect(kinds({ sites: zips(masked, '29999') }, { sites: zips(named, '11111') })).toEqual([]);
  });

  const many = (status: Site['status'], count = 6) =>
    Array.from({ length: count }, (_, at) => someSite({ city: cities[at % 4] ?? '', zip: `${at}`, status }));

  it('opening and closing are one status and one line', () => {
    const closed: Partial<Trial> = { status: 'ACTIVE_NOT_RECRUITING', sites: many(null) };
    const open: Partial<Trial> = { status: 'RECRUITING', sites: many('RECRUITING') };
    expect(kinds(closed, open)).toEqual(['status', 'sites-status']);
    expect(kinds(open, closed)).toEqual(['status', 'sites-status']);
    const [, line] = compareTrials(someTrial(closed), someTrial(open)).changes;
    expect(line).toEqual({
      facet: 'sites',
      kind: 'sites-status',
      before: null,
      after: 'RECRUITING',
      count: 6,
    });
  });

  it('a line for sites that went two ways says so', () => {
    const mixed = [...many('RECRUITING', 5), ...many('NOT_YET_RECRUITING', 6).slice(5)];
    const changes = compareTrials(
      someTrial({ status: 'NOT_YET_RECRUITING', sites: many(null) }),
      someTrial({ status: 'RECRUITING', sites: mixed }),
    ).changes;
    expect(changes[1]).toMatchObject({ count: 6, statuses: { RECRUITING: 5, NOT_YET_RECRUITING: 1 } });
  });

  it('one site that moves with its trial says nothing more than the status', () => {
    const before = { status: 'NOT_YET_RECRUITING' as const, sites: [someSite({ status: null })] };
    expect(kinds(before, { status: 'RECRUITING', sites: [someSite()] })).toEqual(['status']);
  });

  it('nearly all sites moving alike are one line even when the status stays', () => {
    expect(kinds({ sites: many('RECRUITING') }, { sites: many('COMPLETED') })).toEqual(['sites-status']);
    const three = [...many('COMPLETED', 3), ...many('RECRUITING').slice(3)];
    expect(kinds({ sites: many('RECRUITING') }, { sites: three })).toEqual([
      'site-status',
      'site-status',
      'site-status',
    ]);
  });

  it('a trial that is withdrawn or ends without a list loses no sites by name', () => {
    expect(kinds({ sites: many(null) }, { status: 'WITHDRAWN', sites: [] })).toEqual(['status']);
    expect(kinds({ sites: many(null) }, { status: 'COMPLETED', sites: [] })).toEqual(['status']);
    expect(kinds({ sites: many(null, 2) }, { sites: many(null, 1) })).toEqual(['site-removed']);
  });

  it('a site that comes and one that leaves carry their statuses', () => {
    const [added] = compareTrials(someTrial(), someTrial({ sites: [someSite()] })).changes;
    expect(added).toMatchObject({ kind: 'site-added', before: null, after: 'RECRUITING' });
    expect(added?.site).toMatchObject({ facility: 'Anna Hospital', city: 'Seoul', country: 'South Korea' });
    const [removed] = compareTrials(someTrial({ sites: [someSite()] }), someTrial()).changes;
    expect(removed).toMatchObject({ kind: 'site-removed', before: 'RECRUITING', after: null });
  });

  it('renamed, respelled, moved on the map, other contacts: silent, each with its reason', () => {
    const reasons = (change: Partial<Site>) => {
      const before = someTrial({ sites: [someSite()] });
      return compareTrials(before, someTrial({ sites: [someSite(change)] })).edits.map(
        ({ fate, reason }) => `${fate}: ${reason}`,
      );
    };
    expect(reasons({ facility: 'ANNA HOSPITAL' })).toEqual(['silent: the site was renamed or respelled']);
    expect(reasons({ zip: '05506' })).toEqual(['silent: its place was respelled']);
    expect(reasons({ lat: 37.6 })).toEqual(['silent: only its coordinates moved']);
    expect(reasons({ contacts: ['a'] })).toEqual(['silent: contact details of a site changed']);
  });
});

describe('numbers of sites', () => {
  it('are the same whatever the order, unique among twins, and kept', () => {
    const sites = [someSite(), someSite(), someSite({ facility: 'Nord Clinic' })];
    const refs = (trial: Trial) => trial.sites.map((site) => site.ref).toSorted();
    const first = numberSites(someTrial({ sites }));
    expect(new Set(refs(first)).size).toBe(3);
    expect(refs(numberSites(someTrial({ sites: sites.toReversed() })))).toEqual(refs(first));
    expect(numberSites(first)).toBe(first);
  });

  it('C6: a site that leaves and comes back has its number again; another never takes it over', () => {
    const full = numberSites(someTrial({ sites: [someSite(), someSite({ facility: 'Nord Clinic' })] }));
    const nord = full.sites[1]?.ref;
    const without = compareTrials(full, someTrial({ sites: [someSite()] })).after;
    const other = compareTrials(
      without,
      someTrial({ sites: [someSite(), someSite({ facility: 'Tongji Institute' })] }),
    );
    expect(other.after.sites.map((site) => site.ref)).not.toContain(nord);
    const back = compareTrials(
      without,
      someTrial({ sites: full.sites.map((site) => ({ ...site, ref: null })) }),
    );
    expect(back.after.sites[1]?.ref).toBe(nord);
    expect(back.changes[0]?.site?.ref).toBe(nord);
  });

  it('a renamed site keeps its number', () => {
    const before = numberSites(someTrial({ sites: [someSite({ facility: 'Local Institution - 0062' })] }));
    const { after } = compareTrials(before, someTrial({ sites: [someSite()] }));
    expect(after.sites[0]?.ref).toBe(before.sites[0]?.ref);
  });
});
