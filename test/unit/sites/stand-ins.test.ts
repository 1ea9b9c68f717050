import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import type { Site, SiteStatus } from '../../../src/core/trial.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

/** The changes of sites, `kind before after facility`. */
const said = (before: Partial<Site>[], after: Partial<Site>[]) =>
  compareTrials(
    someTrial({ sites: before.map(someSite) }),
    someTrial({ sites: after.map(someSite) }),
  ).changes.map(({ kind, before: was, after: is, site }) => `${kind} ${was} ${is} ${site?.facility}`);
const anna = (over: Partial<Site> = {}) => ({ facility: 'Anna Hospital', ...over });
const status = (value: SiteStatus | null) => anna({ status: value });

describe('C3: a second row of a place', () => {
  it.each<[string, Partial<Site>]>([
    ['the same once more', {}],
    ['other capitals', { facility: 'ANNA HOSPITAL' }],
    ['other contacts', { contacts: ['x'] }],
    ['another site number', { facility: 'Anna Hospital (Site 12)' }],
    ['one of its units', { facility: 'Anna Hospital, Clinical Trials Unit' }],
    ['no postcode', { zip: '' }],
    ['the city in another language', { city: 'Seoul City' }],
  ])('%s is no arrival, and when it goes no departure', (_name, over) => {
    const row = anna(over);
    expect(said([anna()], [anna(), row])).toEqual([]);
    expect(said([anna(), row], [anna()])).toEqual([]);
    expect(said([anna(), row], [row])).toEqual([]);
  });

  it.each<[string, Partial<Site>]>([
    ['another postcode', { zip: '06351' }],
    ['another city', { city: 'Busan', zip: '48999', lat: 35, lon: 129 }],
    ['another name', { facility: 'Samsung Medical Center' }],
    ['a part that the other is not', { facility: 'Anna Hospital East' }],
  ])('%s is another place', (_name, over) => {
    expect(said([anna()], [anna(), anna(over)])).toHaveLength(1);
    expect(said([anna(), anna(over)], [anna()])).toHaveLength(1);
  });

  it('is told as a status of its place when it opens it, or takes the opening away', () => {
    const [open, done] = [status('RECRUITING'), status('COMPLETED')];
    expect(said([done], [done, open])).toEqual(['site-status COMPLETED RECRUITING Anna Hospital']);
    expect(said([done, open], [done])).toEqual(['site-status RECRUITING COMPLETED Anna Hospital']);
    expect(said([done, open], [open])).toEqual([]);
    expect(said([open], [open, done])).toEqual([]);
    expect(said([open], [open, status('NOT_YET_RECRUITING')])).toEqual([]);
    expect(said([status('WITHDRAWN')], [status('WITHDRAWN'), status('NOT_YET_RECRUITING')])).toEqual([
      'site-status WITHDRAWN NOT_YET_RECRUITING Anna Hospital',
    ]);
    expect(said([done, done], [done, done, open, open])).toHaveLength(1);
  });

  it('of a placeholder is one place where all that is written is the same, with a postcode', () => {
    const row = anna({ facility: 'Research Site' });
    expect(said([row], [row, row])).toEqual([]);
    expect(said([row], [row, { ...row, zip: '06351' }])).toHaveLength(1);
    const bare = { ...row, zip: '' };
    expect(said([bare], [bare, bare])).toEqual(['site-added null RECRUITING Research Site']);
    const numbered = anna({ facility: 'Research Site 12', zip: '' });
    expect(said([numbered], [numbered, { ...numbered, facility: 'Site No. 12' }])).toEqual([]);
  });
});

describe('C3: copies of one site', () => {
  it('N6: that come, leave or change together are one line, told by one of them', () => {
    const many = (over: Partial<Site>) => Array.from({ length: 12 }, () => anna(over));
    const other = anna({ facility: 'Samsung Medical Center', zip: '06351' });
    expect(said([other], [other, ...many({})])).toEqual(['site-added null RECRUITING Anna Hospital']);
    expect(said([other, ...many({})], [other])).toEqual(['site-removed RECRUITING null Anna Hospital']);
    const rest = Array.from({ length: 9 }, (_, n) => anna({ facility: `Nord Clinic ${n}`, zip: `${n}` }));
    expect(said([...many({}), ...rest], [...many({ status: 'COMPLETED' }), ...rest])).toEqual([
      'site-status RECRUITING COMPLETED Anna Hospital',
    ]);
  });

  it('C6: that come and leave again do so under one number', () => {
    const none = someTrial({ sites: [] });
    const twins = someTrial({ sites: [anna(), anna(), anna()].map(someSite) });
    const came = compareTrials(none, twins);
    const left = compareTrials(came.after, none);
    expect(left.changes).toHaveLength(1);
    expect(left.changes[0]?.site?.ref).toBe(came.changes[0]?.site?.ref);
  });
});

describe('C4: a whole list gets its names', () => {
  const towns = ['Seoul', 'Busan', 'Daegu', 'Ulsan', 'Jeju'];
  const names = ['Nord', 'Ost', 'Yonsei', 'Tongji', 'Alfa'].map((name) => `${name} Hospital`);
  const list = (made: (at: number) => Partial<Site>) =>
    towns.map((city, at) => someSite({ city, zip: `1000${at}`, lat: null, lon: null, ...made(at) }));
  const masked = list(() => ({ facility: 'Research Site', status: 'NOT_YET_RECRUITING' }));
  const named = (opens: number, zip: string) =>
    list((at) => ({
      facility: names[at] ?? '',
      zip: `${zip}${at}`,
      status: at === opens ? 'RECRUITING' : 'NOT_YET_RECRUITING',
    }));

  it('each site that opens is told, when its postcode changes with its name, too', () => {
    const opening = ['site-status NOT_YET_RECRUITING RECRUITING Yonsei Hospital'];
    expect(said(masked, named(2, '1000'))).toEqual(opening);
    expect(said(masked, named(2, '2999'))).toEqual(opening);
  });

  it('a second site of a city that opens is told, one that does not is not', () => {
    const second = (value: SiteStatus) =>
      someSite({ ...named(9, '2999')[2], facility: 'Beta Clinic', zip: '39992', status: value });
    expect(said(masked, [...named(9, '2999'), second('RECRUITING')])).toEqual([
      'site-status NOT_YET_RECRUITING RECRUITING Beta Clinic',
    ]);
    expect(said(masked, [...named(9, '2999'), second('WITHDRAWN')])).toEqual([]);
    expect(said(masked, [...named(9, '2999'), second('NOT_YET_RECRUITING')])).toEqual([]);
  });
});
