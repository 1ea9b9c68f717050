import { readSiteName } from '../../src/core/sites/name.ts';
import type { Site, Trial } from '../../src/core/trial.ts';

/** The known truth about a perturbed list of sites, by positions in the two lists. */
export type SiteCase = {
  kind: string;
  trial: string;
  before: Site[];
  after: Site[];
  /** Positions of the hard sites; all others have exact twins. */
  truth: { before: number | null; after: number | null }[];
};

type Change = (site: Site, random: Random) => Site | null;
type Random = { below(n: number): number; pick<T>(list: readonly T[]): T };

/** A small seeded generator, so that the cases are the same everywhere. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number) => Math.floor(next() * n);
  return {
    below,
    pick: (list) => {
      const item = list[below(list.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
  };
}

const isNamed = (site: Site) => !readSiteName(site).anonymous && /\p{L}{4}.*\p{L}{4}/u.test(site.facility);
const rename = (change: (name: string, random: Random, site: Site) => string): Change => {
  return (site, random) => {
    if (!isNamed(site)) return null;
    const facility = change(site.facility, random, site);
    return facility === site.facility ? null : { ...site, facility };
  };
};

const swaps: [RegExp, string][] = [
  [/\bUniversity\b/i, 'Univ.'],
  [/\bHospital\b/i, 'Hosp'],
  [/\bCent(?:er|re)\b/i, 'Ctr'],
  [/\bMedical\b/i, 'Med'],
  [/\bInstitute\b/i, 'Inst.'],
  [/\bSaint\b/i, 'St.'],
  [/\bFirst\b/i, '1st'],
  [/\bClinic\b/i, 'Clin.'],
  [/\band\b/i, '&'],
  [/\bDepartment\b/i, 'Dept.'],
  [/\bHôpital\b/i, 'Hospital'],
  [/\bCentre\b/i, 'Center'],
];

function misspell(name: string, random: Random): string {
  const words = name.split(' ');
  const long = words.flatMap((word, at) => (/^\p{L}{7,}$/u.test(word) ? [at] : []));
  const at = long.length > 0 ? random.pick(long) : -1;
  const word = words[at];
  if (word === undefined) return name;
  const cut = 2 + random.below(word.length - 4);
  const swapped = `${word.slice(0, cut)}${word.charAt(cut + 1)}${word.charAt(cut)}${word.slice(cut + 2)}`;
  words[at] = random.below(2) === 0 ? swapped : word.slice(0, cut) + word.slice(cut + 1);
  return words.join(' ');
}

const misread = (name: string) =>
  Buffer.from(name, 'utf8')
    .toString('latin1')
    .replace(/[\u0080-\u009f]/g, '');
const spoken: Record<string, string[]> = {
  Naples: ['Napoli'],
  Rome: ['Roma'],
  Milan: ['Milano'],
  Munich: ['München'],
  Cologne: ['Köln'],
  Vienna: ['Wien'],
  Prague: ['Praha'],
  Warsaw: ['Warszawa'],
  Kyiv: ['Kiev'],
  Seville: ['Sevilla'],
  Copenhagen: ['København'],
  Gothenburg: ['Göteborg'],
  Beijing: ['Peking'],
  Lisbon: ['Lisboa'],
  Turin: ['Torino'],
  Florence: ['Firenze'],
};

/** Edits after which a site is still the same site. */
export const sameSite: Record<string, Change> = {
  'other capitals': rename((name, random) => (random.below(2) ? name.toUpperCase() : name.toLowerCase())),
  abbreviated: rename((name) => swaps.reduce((text, [long, short]) => text.replace(long, short), name)),
  misspelled: rename(misspell),
  'department added': rename((name, random) =>
    random.pick([`Department of Oncology, ${name}`, `${name}, Clinical Trials Unit`, `${name} - Neurology`]),
  ),
  'legal form added': rename(
    (name, random) => `${name}${random.pick([', LLC', ' Inc.', ' GmbH', ', P.C.'])}`,
  ),
  'city added': rename((name, _random, site) => `${name} ${site.city}`),
  'number added': rename((name, random) => `${name} ( Site ${1000 + random.below(9000)})`),
  'number changed': (site, random) => {
    if (!/\d/.test(site.facility) || readSiteName(site).number === null) return null;
    return { ...site, facility: site.facility.replace(/\d{2,}/, String(100 + random.below(9800))) };
  },
  'UTF-8 read as Latin-1': rename(misread),
  'letters lost': rename((name) => name.replace(/[^\p{ASCII}]/gu, '?')),
  'accents lost': rename((name) => name.normalize('NFD').replace(/\p{M}/gu, '')),
  anonymised: rename((_name, random) =>
    random.pick(['Research Site', `Local Institution - 00${10 + random.below(89)}`, 'Investigational Site']),
  ),
  named: (site) =>
    readSiteName(site).anonymous && site.city !== ''
      ? { ...site, facility: `${site.city} Marienkrankenhaus` }
      : null,
  'city in another language': (site) => {
    const city = spoken[site.city]?.[0];
    return city === undefined ? null : { ...site, city, lat: site.lat === null ? null : site.lat + 0.11 };
  },
  'city with a suffix': (site) => (site.city === '' ? null : { ...site, city: `${site.city} City` }),
  'coordinates and region moved': (site) => ({
    ...site,
    state: site.state === '' ? 'Region' : '',
    lat: site.lat === null ? 10 : site.lat + 0.3,
    lon: site.lon === null ? 10 : site.lon - 0.2,
  }),
  'postcode corrected': (site) => (isNamed(site) ? { ...site, zip: `${site.zip.slice(0, 3)}99` } : null),
};

const far = (site: Site) => ({
  ...site,
  city: 'Farawaytown',
  state: 'Elsewhere',
  zip: '00199',
  lat: site.lat === null ? null : site.lat - 6,
  lon: site.lon === null ? null : site.lon + 5,
});

/** Makes cases from real lists of sites: each has one or two hard sites among real, untouched ones. */
export function makeSiteCases(trials: Trial[], perKind: number, seed: number): SiteCase[] {
  const random = createRandom(seed);
  const lists = trials.filter((trial) => trial.sites.length > 0);
  const named = lists.flatMap((trial) =>
    trial.sites.filter(isNamed).map((site) => ({ trial: trial.id, site })),
  );
  const cases: SiteCase[] = [];

  const tryOften = (kind: string, make: (trial: Trial) => Omit<SiteCase, 'kind' | 'trial'> | null) => {
    for (let tries = 0, made = 0; tries < perKind * 40 && made < perKind; tries++) {
      const trial = random.pick(lists);
      const found = make(trial);
      if (!found) continue;
      cases.push({ kind, trial: trial.id, ...found });
      made++;
    }
  };
  /** A hospital of another trial that is not in this list, moved to the place of `at`. */
  const stranger = (trial: Trial, at: Site): Site => {
    const others = named.filter((other) => other.trial !== trial.id && isForeign(other.site, trial.sites));
    const { facility } = random.pick(others).site;
    return { ...at, facility, contacts: [] };
  };

  for (const [kind, change] of Object.entries(sameSite)) {
    tryOften(`same: ${kind}`, (trial) => {
      const at = random.below(trial.sites.length);
      const site = trial.sites[at];
      const changed = site && change(site, random);
      if (!changed) return null;
      return {
        before: trial.sites,
        after: trial.sites.with(at, changed),
        truth: [{ before: at, after: at }],
      };
    });
  }
  tryOften('arrived: a stranger at the same place', (trial) => {
    const added = stranger(trial, random.pick(trial.sites));
    const after = [...trial.sites, added];
    return { before: trial.sites, after, truth: [{ before: null, after: after.length - 1 }] };
  });
  tryOften('arrived: a twin', (trial) => {
    const after = [...trial.sites, random.pick(trial.sites)];
    return { before: trial.sites, after, truth: [{ before: null, after: after.length - 1 }] };
  });
  tryOften('gone: beside a twin', (trial) => {
    const before = [...trial.sites, random.pick(trial.sites)];
    return { before, after: trial.sites, truth: [{ before: before.length - 1, after: null }] };
  });
  tryOften('gone: beside a stranger at the same place', (trial) => {
    const leaving = stranger(trial, random.pick(trial.sites));
    const before = [...trial.sites, leaving];
    return { before, after: trial.sites, truth: [{ before: before.length - 1, after: null }] };
  });
  tryOften('gone and arrived: a stranger in its place', (trial) => {
    const at = random.below(trial.sites.length);
    const site = trial.sites[at];
    if (!site || !isNamed(site)) return null;
    const after = trial.sites.with(at, stranger(trial, site));
    return { before: trial.sites, after, truth: apart(at) };
  });
  tryOften('gone and arrived: a real neighbour in the same city', (trial) => {
    const neighbours = trial.sites.flatMap((site, at) => {
      const other = trial.sites.findIndex(
        (one, index) => index > at && one.city === site.city && one.country === site.country && isNamed(one),
      );
      return other >= 0 && isNamed(site) && trial.sites[other]?.facility !== site.facility
        ? [[at, other]]
        : [];
    });
    if (neighbours.length === 0) return null;
    const [leaving = 0, coming = 0] = random.pick(neighbours);
    return {
      before: trial.sites.toSpliced(coming, 1),
      after: trial.sites.toSpliced(leaving, 1),
      truth: [
        { before: leaving, after: null },
        { before: null, after: coming - 1 },
      ],
    };
  });
  tryOften('gone and arrived: in a town far away', (trial) => {
    const at = random.below(trial.sites.length);
    const site = trial.sites[at];
    if (!site || site.city === '') return null;
    return { before: trial.sites, after: trial.sites.with(at, far(site)), truth: apart(at) };
  });
  tryOften('both: a respelled site and a stranger beside it', (trial) => {
    const at = random.below(trial.sites.length);
    const site = trial.sites[at];
    const changed = site && sameSite.misspelled?.(site, random);
    if (!changed) return null;
    const after = [...trial.sites.with(at, changed), stranger(trial, site)];
    return {
      before: trial.sites,
      after,
      truth: [
        { before: at, after: at },
        { before: null, after: after.length - 1 },
      ],
    };
  });
  tryOften('both: a site gets its name and a stranger leaves', (trial) => {
    const at = random.below(trial.sites.length);
    const site = trial.sites[at];
    if (!site || !isNamed(site)) return null;
    const leaving = stranger(trial, site);
    const masked = { ...site, facility: 'Local Institution - 0062' };
    if (trial.sites.some((other, index) => index !== at && other.city === site.city)) return null;
    // The stranger has a name in all lists but the last, where it has left.
    const before = [...trial.sites.with(at, masked), leaving];
    return {
      before,
      after: trial.sites,
      truth: [
        { before: at, after: at },
        { before: before.length - 1, after: null },
      ],
    };
  });
  return cases;
}

const apart = (at: number) => [
  { before: at, after: null },
  { before: null, after: at },
];

function isForeign(site: Site, list: Site[]): boolean {
  const words = (text: string) => new Set(text.toLowerCase().match(/\p{L}{5,}/gu) ?? []);
  const own = words(site.facility);
  const tells = [...own].filter(
    (word) => !/^(hospi|clini|unive|medic|cente|centr|insti|resea|depar)/.test(word),
  );
  if (tells.length === 0) return false;
  return list.every((other) => {
    const theirs = words(`${other.facility} ${other.city}`);
    return tells.every((word) => !theirs.has(word));
  });
}
