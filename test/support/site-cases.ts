import type { Site, SiteStatus, Trial } from '../../src/core/trial.ts';
import { siteChanges } from './site-changes.ts';
import { makeListCases } from './site-list-cases.ts';
import { hasName, isOneZip, isUnlike, readSiteWorld, type SiteWorld } from './site-world.ts';

/** The truth about one hard entry, by positions. `row`: another row of a place that stays listed. */
export type SiteFact =
  | { fate: 'same'; before: number; after: number }
  | { fate: 'arrived'; before: null; after: number }
  | { fate: 'gone'; before: number; after: null }
  | { fate: 'row'; before: number | null; after: number | null; opens?: true };

/** Two lists of one trial: every entry outside the facts has an exact twin in the other list. */
export type SiteCase = { kind: string; trial: Trial; before: Site[]; after: Site[]; facts: SiteFact[] };

/** Makes a case out of a recorded trial, null where it does not apply. */
export type MakeCase = (trial: Trial, world: SiteWorld) => Omit<SiteCase, 'kind' | 'trial'> | null;

/** The same entry, hard to recognize. */
export const same = (at: number): SiteFact => ({ fate: 'same', before: at, after: at });
/** Positions of an entry that left and of one that came. */
export const apart = (before: number, after: number): SiteFact[] => [
  { fate: 'gone', before, after: null },
  { fate: 'arrived', before: null, after },
];

/** How a site's status goes on while its trial recruits. */
const nextStatus: Partial<Record<SiteStatus, SiteStatus>> = {
  NOT_YET_RECRUITING: 'RECRUITING',
  RECRUITING: 'COMPLETED',
};

const ofOne: Record<string, MakeCase> = {};
for (const [kind, change] of Object.entries(siteChanges)) {
  ofOne[`same: ${kind}`] = (trial, world) => {
    const at = world.random.below(trial.sites.length);
    const site = trial.sites[at];
    const changed = site && change(site, world);
    if (!changed) return null;
    // Every third one goes on in its status, too.
    const status = changed.before.status && nextStatus[changed.before.status];
    if (status && world.random.below(3) === 0) changed.after = { ...changed.after, status };
    return {
      before: trial.sites.with(at, changed.before),
      after: trial.sites.with(at, changed.after),
      facts: [same(at)],
    };
  };
}

/** Another postcode of a site's city; an invented one where records show no other. */
function otherZip(site: Site, world: SiteWorld): string {
  const others = world.elsewhereInTown(site);
  if (others.length > 0) return world.random.pick(others).zip;
  return site.zip === '' ? '' : site.zip.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 5) % 10));
}

/** Whether the trial lists the site in two rows. */
function hasTwin(site: Site, trial: Trial): boolean {
  const nameOf = ({ facility }: Site) => facility.toLowerCase();
  return trial.sites.filter((other) => nameOf(other) === nameOf(site) && other.city === site.city).length > 1;
}

const far = (site: Site): Site => ({
  ...site,
  city: 'Farawaytown',
  state: 'Elsewhere',
  zip: '00199',
  lat: site.lat === null ? null : site.lat - 6,
  lon: site.lon === null ? null : site.lon + 5,
});

const ofTwo: Record<string, MakeCase> = {
  'same: a wholly different name at its postcode': (trial, world) => {
    const at = world.random.below(trial.sites.length);
    const site = trial.sites[at];
    if (!site || !hasName(site) || site.zip.length < 5) return null;
    if (/\b(?:site|ID)\b.*\d/i.test(site.facility)) return null;
    const alone = trial.sites.every((other, index) => index === at || other.zip !== site.zip);
    const { facility } = world.stranger(trial);
    if (!alone || /\d|\b(?:north|south|east|west|first|second|third)/i.test(facility)) return null;
    return {
      before: trial.sites,
      after: trial.sites.with(at, { ...site, facility, contacts: [] }),
      facts: [same(at)],
    };
  },
  'arrived: a stranger in the same city': (trial, world) => {
    const at = world.random.pick(trial.sites);
    const added = { ...at, facility: world.stranger(trial).facility, zip: otherZip(at, world), contacts: [] };
    return {
      before: trial.sites,
      after: [...trial.sites, added],
      facts: [{ fate: 'arrived', before: null, after: trial.sites.length }],
    };
  },
  'arrived: a stranger at a listed postcode': (trial, world) => {
    const at = world.random.pick(trial.sites);
    return {
      before: trial.sites,
      after: [...trial.sites, { ...at, facility: world.stranger(trial).facility, contacts: [] }],
      facts: [{ fate: 'arrived', before: null, after: trial.sites.length }],
    };
  },
  'gone: beside a stranger in the same city': (trial, world) => {
    const at = world.random.pick(trial.sites);
    const leaving = {
      ...at,
      facility: world.stranger(trial).facility,
      zip: otherZip(at, world),
      contacts: [],
    };
    return {
      before: [...trial.sites, leaving],
      after: trial.sites,
      facts: [{ fate: 'gone', before: trial.sites.length, after: null }],
    };
  },
  'gone and arrived: a stranger elsewhere in the city': (trial, world) => {
    const at = world.random.below(trial.sites.length);
    const site = trial.sites[at];
    if (!site || !hasName(site) || hasTwin(site, trial)) return null;
    const zip = otherZip(site, world);
    if (zip === site.zip && zip !== '') return null;
    const coming = { ...site, facility: world.stranger(trial).facility, zip, contacts: [] };
    return { before: trial.sites, after: trial.sites.with(at, coming), facts: apart(at, at) };
  },
  'gone and arrived: a real neighbor in the same city': (trial, world) => {
    const neighbors = trial.sites.flatMap((site, at) => {
      const other = trial.sites.findIndex(
        (one, index) =>
          index > at &&
          one.city === site.city &&
          one.country === site.country &&
          !isOneZip(one, site) &&
          !hasTwin(one, trial) &&
          hasName(one) &&
          isUnlike(one, site),
      );
      return other >= 0 && hasName(site) && !hasTwin(site, trial) ? [[at, other]] : [];
    });
    if (neighbors.length === 0) return null;
    const [leaving = 0, coming = 0] = world.random.pick(neighbors);
    return {
      before: trial.sites.toSpliced(coming, 1),
      after: trial.sites.toSpliced(leaving, 1),
      facts: apart(leaving, coming - 1),
    };
  },
  'gone and arrived: in a town far away': (trial, world) => {
    const at = world.random.below(trial.sites.length);
    const site = trial.sites[at];
    const twins = trial.sites.filter(
      (other) => other.facility === site?.facility && other.city === site.city,
    );
    if (!site || site.city === '' || twins.length > 1) return null;
    return { before: trial.sites, after: trial.sites.with(at, far(site)), facts: apart(at, at) };
  },
  'gone and arrived: placeholders of two cities': (trial, world) => {
    const at = world.random.below(trial.sites.length);
    const site = trial.sites[at];
    const there = world.random.pick(world.random.pick(world.trials).sites);
    if (!site || there.country !== site.country || there.state === site.state || there.city === site.city)
      return null;
    if (site.state === '' || there.state === '' || there.zip === site.zip) return null;
    const facility = 'Investigational Site';
    return {
      before: trial.sites.with(at, { ...site, facility }),
      after: trial.sites.with(at, { ...there, status: site.status, facility, contacts: [] }),
      facts: apart(at, at),
    };
  },
  'gone and arrived: placeholders of two numbers and postcodes': (trial, world) => {
    const at = world.random.below(trial.sites.length);
    const site = trial.sites[at];
    const zip = site && otherZip(site, world);
    if (!site || zip === site.zip || site.zip === '') return null;
    const number = 10 + world.random.below(400);
    return {
      before: trial.sites.with(at, { ...site, facility: `Local Institution - ${number}` }),
      after: trial.sites.with(at, { ...site, facility: `Local Institution - ${number + 7}`, zip: zip ?? '' }),
      facts: apart(at, at),
    };
  },
  'both: a respelled site and a stranger beside it': (trial, world) => {
    const at = world.random.below(trial.sites.length);
    const site = trial.sites[at];
    const changed = site && siteChanges.misspelled?.(site, world);
    if (!changed) return null;
    const coming = {
      ...site,
      facility: world.stranger(trial).facility,
      zip: otherZip(site, world),
      contacts: [],
    };
    return {
      before: trial.sites,
      after: [...trial.sites.with(at, changed.after), coming],
      facts: [same(at), { fate: 'arrived', before: null, after: trial.sites.length }],
    };
  },
  'both: a site gets its name and a stranger leaves': (trial, world) => {
    const at = world.random.below(trial.sites.length);
    const site = trial.sites[at];
    if (!site || !hasName(site)) return null;
    if (trial.sites.some((other, index) => index !== at && other.city === site.city)) return null;
    const leaving = {
      ...site,
      facility: world.stranger(trial).facility,
      zip: otherZip(site, world),
      contacts: [],
    };
    return {
      before: [...trial.sites.with(at, { ...site, facility: 'Local Institution - 0062' }), leaving],
      after: trial.sites,
      facts: [same(at), { fate: 'gone', before: trial.sites.length, after: null }],
    };
  },
};

/** Makes cases from recorded lists of sites: one or more hard entries among real, untouched ones. */
export function makeSiteCases(trials: readonly Trial[], perKind: number, seed: number): SiteCase[] {
  const world = readSiteWorld(trials, seed);
  const cases: SiteCase[] = [];
  for (const [kind, make] of Object.entries({ ...ofOne, ...ofTwo, ...makeListCases })) {
    for (let tries = 0, made = 0; tries < perKind * 200 && made < perKind; tries++) {
      const trial = world.random.pick(world.trials);
      const found = make(trial, world);
      if (!found) continue;
      cases.push({ kind, trial, ...found });
      made++;
    }
  }
  return cases;
}
