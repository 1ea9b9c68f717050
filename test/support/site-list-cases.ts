import type { Site } from '../../src/core/trial.ts';
import type { MakeCase, SiteFact } from './site-cases.ts';
import { hasName } from './site-world.ts';

const row = (fact: { before: number | null; after: number | null; opens?: true }): SiteFact => ({
  fate: 'row',
  ...fact,
});

const placeOf = ({ city, state, country }: Site) => `${city} ${state} ${country}`;

/** The same place, written a little differently in a second row. */
const rewrite: ((site: Site) => Site)[] = [
  (site) => site,
  (site) => ({ ...site, facility: site.facility.toUpperCase(), contacts: [] }),
  (site) => ({ ...site, facility: `${site.facility}, Clinical Trials Unit`, contacts: [] }),
  (site) => ({ ...site, state: '', lat: null, lon: null, contacts: [] }),
];

const placeholders = [
  'CT-155 Study Center',
  'Clinical Site',
  'Study Center',
  'Acme Investigational Trial Site',
  'Acme Study site',
  'Trial Center',
  'XR-17 Clinical Study Site',
];

/** Cases in which several entries, or the whole list, change together. */
export const makeListCases: Record<string, MakeCase> = {
  'row: a second one of a listed place': (trial, { random }) => {
    const site = random.pick(trial.sites);
    if (!hasName(site) || site.zip === '') return null;
    const after = [...trial.sites, random.pick(rewrite)(site)];
    return { before: trial.sites, after, facts: [row({ before: null, after: trial.sites.length })] };
  },
  'row: one of two leaves': (trial, { random }) => {
    const site = random.pick(trial.sites);
    if (!hasName(site) || site.zip === '') return null;
    const before = [...trial.sites, random.pick(rewrite)(site)];
    return { before, after: trial.sites, facts: [row({ before: trial.sites.length, after: null })] };
  },
  'row: a second one opens the place': (trial, { random }) => {
    const at = random.below(trial.sites.length);
    const site = trial.sites[at];
    const twins = trial.sites.filter((other) => other.facility === site?.facility);
    if (!site || !hasName(site) || site.zip === '' || twins.length > 1) return null;
    const before = trial.sites.with(at, { ...site, status: 'COMPLETED' });
    const after = [...before, { ...random.pick(rewrite)(site), status: 'RECRUITING' as const }];
    return { before, after, facts: [row({ before: null, after: before.length, opens: true })] };
  },
  'same: one of many placeholders gets its name': (trial, { random }) => {
    const towns = new Set(trial.sites.map((site) => site.city));
    const at = random.below(trial.sites.length);
    const site = trial.sites[at];
    if (towns.size < 4 || !site || !hasName(site)) return null;
    const facility = random.pick(placeholders);
    const before = trial.sites.map((one, index) =>
      index === at || index % 2 === 0 ? { ...one, facility } : one,
    );
    return { before, after: before.with(at, site), facts: [{ fate: 'same', before: at, after: at }] };
  },
  'same: the whole list gets its names, some sites open': (trial, { random }) => {
    if (trial.sites.length < 4 || !trial.sites.every(hasName)) return null;
    const zip = (text: string) => (random.below(3) === 0 ? text.replace(/\d(?=\D*$)/, '0') : text);
    const before = trial.sites.map((site) => ({
      ...site,
      facility: 'Research Site',
      zip: zip(site.zip),
      status: 'NOT_YET_RECRUITING' as const,
    }));
    const after = trial.sites.map((site) => ({
      ...site,
      status: random.below(4) === 0 ? ('RECRUITING' as const) : ('NOT_YET_RECRUITING' as const),
    }));
    return { before, after, facts: after.map((_site, at) => ({ fate: 'same', before: at, after: at })) };
  },
  'same: a masked list, one entry for each city': (trial) => {
    if (trial.sites.length < 4 || !trial.sites.every((site) => hasName(site) && site.city !== ''))
      return null;
    const firsts = trial.sites.filter(
      (site, at) => trial.sites.findIndex((one) => placeOf(one) === placeOf(site)) === at,
    );
    const after = firsts.map((site) => ({ ...site, facility: 'Research Site', zip: '', contacts: [] }));
    const facts = trial.sites.map((_site, before) => row({ before, after: null }));
    return { before: trial.sites, after, facts };
  },
  'same: the whole list in other capitals and another order': (trial, { random }) => {
    const after = trial.sites.map((site) => ({ ...site, facility: site.facility.toUpperCase() })).reverse();
    const last = trial.sites.length - 1;
    if (last < 1 || random.below(2) === 0) return null;
    return {
      before: trial.sites,
      after,
      facts: after.map((_site, at) => ({ fate: 'same', before: last - at, after: at })),
    };
  },
  'gone: several at once': (trial, { random }) => {
    const from = random.below(trial.sites.length);
    const leaving = trial.sites.slice(from, from + 3);
    const stays = trial.sites.toSpliced(from, 3);
    const names = new Set(stays.map((site) => `${site.facility.toLowerCase()}`));
    if (
      leaving.length < 3 ||
      leaving.some((site) => !hasName(site) || names.has(site.facility.toLowerCase()))
    )
      return null;
    if (new Set(leaving.map((site) => site.facility)).size < 3) return null;
    return {
      before: trial.sites,
      after: stays,
      facts: leaving.map((_s, n) => ({ fate: 'gone', before: from + n, after: null })),
    };
  },
};
