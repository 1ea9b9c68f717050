import type { Site } from '../../src/core/trial.ts';
import type { Random } from './random.ts';
import { hasName, type SiteWorld } from './site-world.ts';

/** What an update may make of one site that stays the same site: its old and its new entry, null where it does not apply. */
export type SiteChange = (site: Site, world: SiteWorld) => { before: Site; after: Site } | null;

/** A change of the new entry alone. */
const to =
  (change: (site: Site, world: SiteWorld) => Site | null): SiteChange =>
  (site, world) => {
    const after = change(site, world);
    return after && { before: site, after };
  };

const rename = (change: (name: string, random: Random, site: Site) => string): SiteChange =>
  to((site, { random }) => {
    if (!hasName(site)) return null;
    const facility = change(site.facility, random, site);
    return facility === site.facility ? null : { ...site, facility };
  });

/** The same change of a site that is a placeholder before and after it. */
const asPlaceholder =
  (change: SiteChange): SiteChange =>
  (site, world) => {
    const facility = world.random.pick(['Research Site', 'GSK Investigational Site', 'Local Institution']);
    return change({ ...site, facility }, world);
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

/** One letter lost, or two swapped, in a long word. */
export function misspell(name: string, random: Random): string {
  const words = name.split(' ');
  const long = words.flatMap((word, at) => (/^\p{L}{6,}$/u.test(word) ? [at] : []));
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

const spoken: Record<string, string> = {
  Naples: 'Napoli',
  Rome: 'Roma',
  Milan: 'Milano',
  Munich: 'München',
  Cologne: 'Köln',
  Vienna: 'Wien',
  Prague: 'Praha',
  Warsaw: 'Warszawa',
  Kyiv: 'Kiev',
  Seville: 'Sevilla',
  Copenhagen: 'København',
  Gothenburg: 'Göteborg',
  Beijing: 'Peking',
  Lisbon: 'Lisboa',
  Turin: 'Torino',
  Florence: 'Firenze',
};

const written: Record<string, string> = {
  Moscow: 'Москва',
  Beijing: '北京',
  Shanghai: '上海',
  Guangzhou: '广州',
  Wuhan: '武汉',
  Hangzhou: '杭州',
  Tokyo: '東京',
  Osaka: '大阪',
  Seoul: '서울',
  Athens: 'Αθήνα',
  Sofia: 'София',
  Kyiv: 'Київ',
  Belgrade: 'Београд',
  Jerusalem: 'ירושלים',
  Cairo: 'القاهرة',
};

/** A prefecture's cities, where registrants write either. */
const prefectures: Record<string, string[]> = {
  Aichi: ['Nagoya', 'Nagoya-shi', 'Toyoake'],
  Kanagawa: ['Yokohama', 'Yokohama-shi', 'Kawasaki', 'Sagamihara', 'Isehara'],
  Hyogo: ['Kobe', 'Kobe-shi', 'Nishinomiya', 'Akashi'],
  Miyagi: ['Sendai', 'Sendai-shi', 'Natori'],
  Hokkaido: ['Sapporo', 'Sapporo-shi', 'Asahikawa'],
  Ishikawa: ['Kanazawa', 'Kanazawa-shi'],
  Ehime: ['Matsuyama', 'Matsuyama-shi', 'Toon'],
  Shizuoka: ['Sunto-gun', 'Hamamatsu'],
  Tokyo: ['Koto-ku', 'Chuo-ku', 'Bunkyo-ku', 'Shinjuku-ku', 'Mitaka'],
  Saitama: ['Hidaka', 'Kitaadachi-gun', 'Kawagoe'],
  Chiba: ['Kashiwa', 'Chiba-shi'],
  Osaka: ['Hirakata', 'Suita', 'Osakasayama-shi'],
};
const prefectureOf = new Map(
  Object.entries(prefectures).flatMap(([name, towns]) => towns.map((town) => [town, name])),
);

const far = (site: Site): Site => ({
  ...site,
  lat: site.lat === null ? null : site.lat - 5,
  lon: site.lon === null ? null : site.lon + 7,
});

const renumber = to((site, { random }) => {
  const number = /(?<=\bsite\b[^0-9]{0,10}|institution[^0-9]{0,5}|ID# )\d{2,}/i;
  const facility = site.facility.replace(number, String(100 + random.below(9800)));
  return facility === site.facility ? null : { ...site, facility };
});

/** Edits after which a site is still the same site. */
export const siteChanges: Record<string, SiteChange> = {
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
  'number changed': renumber,
  'UTF-8 read as Latin-1': rename(misread),
  'letters lost': rename((name) => name.replace(/[^\p{ASCII}]/gu, '?')),
  'accents lost': rename((name) => name.normalize('NFD').replace(/\p{M}/gu, '')),
  'another remark on its part': (site) =>
    hasName(site)
      ? {
          before: { ...site, facility: `${site.facility} (Consent Only)` },
          after: { ...site, facility: `${site.facility} (Limited Protocol Activities)` },
        }
      : null,
  anonymized: rename((_name, random) =>
    random.pick(['Research Site', `Local Institution - 00${10 + random.below(89)}`, 'Investigational Site']),
  ),
  named: (site, { random }) =>
    hasName(site)
      ? {
          before: { ...site, facility: random.pick(['Research Site', 'Investigational Site Number : 0840']) },
          after: site,
        }
      : null,
  'named under another postcode': (site, world) => {
    const others = world.elsewhereInTown(site).filter(hasName);
    if (others.length === 0 || site.zip === '') return null;
    const { facility, zip, state, lat, lon } = world.random.pick(others);
    return {
      before: { ...site, facility: 'Research Site' },
      after: { ...site, facility, zip, state, lat, lon },
    };
  },
  'anonymized under another postcode': (site, world) => {
    const others = world.elsewhereInTown(site);
    if (others.length === 0 || !hasName(site)) return null;
    const { zip } = world.random.pick(others);
    return { before: site, after: { ...site, facility: 'Investigational Site', zip } };
  },
  'city in another language': to((site) => {
    const city = spoken[site.city];
    return city === undefined ? null : { ...site, city, lat: site.lat === null ? null : site.lat + 0.11 };
  }),
  'city in another script': to((site) => {
    const city = written[site.city];
    return city === undefined || !hasName(site) ? null : { ...site, city, lat: null, lon: null };
  }),
  'city with a suffix': to((site) => (site.city === '' ? null : { ...site, city: `${site.city} City` })),
  'city mistyped, coordinates lost': to((site, { random }) => {
    const city = misspell(site.city, random);
    return city === site.city || !hasName(site) ? null : { ...site, city, lat: null, lon: null };
  }),
  'state mistyped, coordinates far': to((site, { random }) =>
    site.country === 'United States' && site.facility.length > 25 && site.zip !== '' && hasName(site)
      ? {
          ...far(site),
          state: random.pick(['Ohio', 'Maine', 'Utah', 'Nevada'].filter((s) => s !== site.state)),
        }
      : null,
  ),
  'place as another record writes it': to((site, world) => {
    const others = world.placesAt(site);
    if (others.length === 0 || !hasName(site)) return null;
    const { city, state, lat, lon } = world.random.pick(others);
    return { ...site, city, state, lat, lon };
  }),
  'placeholder: its city became its prefecture': asPlaceholder(
    to((site) => {
      const city = prefectureOf.get(site.city);
      if (site.country !== 'Japan' || city === undefined || site.zip === '') return null;
      return { ...far(site), city, state: '', zip: site.zip.replace('-', ' ') };
    }),
  ),
  'placeholder: its city became its state': asPlaceholder(
    to((site) =>
      site.state !== '' &&
      !/select|choose|not /i.test(site.state) &&
      site.state !== site.city &&
      site.country !== 'United States'
        ? { ...far(site), city: site.state, state: '' }
        : null,
    ),
  ),
  'placeholder: postcode without its space': asPlaceholder(
    to((site) => (/[ -]/.test(site.zip) ? { ...site, zip: site.zip.replace(/[ -]/g, '') } : null)),
  ),
  'placeholder: another postcode of its city': asPlaceholder(
    to((site, world) => {
      const others = world.elsewhereInTown(site);
      return others.length === 0 || site.zip === '' ? null : { ...site, zip: world.random.pick(others).zip };
    }),
  ),
  'coordinates and region moved': to((site) => ({
    ...site,
    state: site.state === '' ? 'Region' : '',
    lat: site.lat === null ? 10 : site.lat + 0.3,
    lon: site.lon === null ? 10 : site.lon - 0.2,
  })),
  'postcode corrected': to((site) => (hasName(site) ? { ...site, zip: `${site.zip.slice(0, 3)}99` } : null)),
  'postcode dropped': to((site) => (hasName(site) && site.zip !== '' ? { ...site, zip: '' } : null)),
};
