import { languages } from '../languages.ts';
import { foldWords } from './text/text.ts';

/**
 * Names that registries and readers use beside those of the Unicode CLDR, which the runtime has in every
 * language (Intl.DisplayNames). The library i18n-iso-countries knows fewer of the spellings that
 * ClinicalTrials.gov has used. The parts of the United Kingdom come from the ISRCTN registry. Withdrawn
 * ISO 3166 codes stand beside the names. Former states that were divided are left out: they do not tell which
 * present country is meant.
 */
const otherNames: Readonly<Record<string, string>> = {
  AE: 'UAE',
  BA: 'Bosnia',
  BF: 'Upper Volta/HV',
  BJ: 'Dahomey/DY',
  BN: 'Brunei Darussalam',
  BO: 'Plurinational State of Bolivia',
  CD: 'Democratic Republic of the Congo/DR Congo/Zaire/ZR',
  CG: 'Congo/Republic of the Congo',
  CI: 'Ivory Coast',
  CN: "People's Republic of China",
  CV: 'Cabo Verde',
  CZ: 'Czech Republic',
  DE: 'East Germany/German Democratic Republic/DD',
  FM: 'Federated States of Micronesia',
  FR: 'Metropolitan France/FX',
  GB: 'Great Britain/United Kingdom of Great Britain and Northern Ireland/England/Scotland/Wales/Northern Ireland',
  GP: 'Guadaloupe',
  HK: 'Hong Kong, China',
  IE: 'Republic of Ireland/Eire',
  IR: 'Islamic Republic of Iran',
  KG: 'Kyrgyz Republic',
  KP: "Democratic People's Republic of Korea",
  KR: 'Republic of Korea/Korea',
  LA: "Lao People's Democratic Republic/Lao PDR",
  LK: 'Ceylon',
  LY: 'Libyan Arab Jamahiriya',
  MD: 'Republic of Moldova',
  MK: 'Macedonia/Former Yugoslav Republic of Macedonia/FYROM',
  MM: 'Burma/Birmania/BU',
  MO: 'Macau',
  NL: 'Holland',
  PS: 'Palestinian Territory/Occupied Palestinian Territory/Occupied Palestinian Territories/State of Palestine',
  RU: 'Russian Federation',
  SK: 'Slovak Republic',
  SY: 'Syrian Arab Republic',
  SZ: 'Swaziland',
  TL: 'East Timor/TP',
  TR: 'Turkey',
  TW: 'Taiwan, Province of China/Chinese Taipei',
  TZ: 'United Republic of Tanzania',
  US: 'United States of America/USA/U.S.A./U.S.',
  VA: 'Holy See/Vatican City State/Holy See (Vatican City State)',
  VE: 'Bolivarian Republic of Venezuela',
  VN: 'Viet Nam',
};

/** CLDR codes that are not countries: unions, parts of a country, placeholders. */
const noCountries = new Set('AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ'.split(' '));

/** Countries whose long name is more than a place's name: "Hong Kong SAR China". */
const namedShort = new Set(['HK', 'MO', 'PS']);

const fillers = new Set(['and', 'the', 'of', 'y', 'de', 'la', 'el', 'los', 'las', 'del']);

/** The sorted words of a name: "Korea, Republic of" and "the Republic of Korea" are the same. */
function orderless(name: string): string {
  return foldWords(name)
    .split(' ')
    .map((word) => (word === 'saint' || word === 'san' ? 'st' : word))
    .filter((word) => !fillers.has(word))
    .sort()
    .join(' ');
}

type Style = 'long' | 'short';
const namers = new Map<string, Intl.DisplayNames>();

function namerOf(language: string, style: Style): Intl.DisplayNames {
  const key = `${language} ${style}`;
  const known = namers.get(key);
  if (known) return known;
  const namer = new Intl.DisplayNames([language], { type: 'region', style, fallback: 'none' });
  namers.set(key, namer);
  return namer;
}

/** Whether a code is that of a present country. Retired codes ("DD", "BU") resolve to their successor. */
function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code) || noCountries.has(code)) return false;
  return Boolean(namerOf('en', 'long').of(code)) && new Intl.Locale(`und-${code}`).region === code;
}

/** The code of each name. Read on first use: stored trials have codes already. */
let byName: ReadonlyMap<string, string> | null = null;

function readNames(): ReadonlyMap<string, string> {
  const letters = Array.from({ length: 26 }, (_, n) => String.fromCharCode(65 + n));
  const codes = letters.flatMap((one) => letters.map((other) => one + other)).filter(isCountry);
  const names = new Map<string, string>();
  const add = (name: string | undefined, code: string) => {
    const key = orderless(name ?? '');
    if (key !== '' && !names.has(key)) names.set(key, code);
  };
  for (const language of languages)
    for (const style of ['long', 'short'] as const)
      for (const code of codes) add(namerOf(language, style).of(code), code);
  for (const [code, others] of Object.entries(otherNames))
    for (const name of others.split('/')) add(name, code);
  return names;
}

const found = new Map<string, string | null>();
const foundAtMost = 2_000;

/**
 * The ISO 3166-1 code of a country from its code, its English or Spanish name, or a spelling that registries
 * use; null for an unknown name. A second name in brackets counts too: `Turkey (Türkiye)`.
 */
export function countryCode(name: string): string | null {
  const known = found.get(name);
  if (known !== undefined) return known;
  const code = findCode(name.trim());
  if (found.size < foundAtMost && name.length <= 100) found.set(name, code);
  return code;
}

function findCode(name: string): string | null {
  if (isCountry(name)) return name;
  byName ??= readNames();
  const [, first = '', second = ''] = /^([^()]{0,80})\(([^()]{0,80})\)$/.exec(name) ?? [];
  for (const one of [name.slice(0, 200), first, second]) {
    const code = one === '' ? undefined : byName.get(orderless(one));
    if (code) return code;
  }
  return null;
}

/** A country as it is stored: its code, or the given name if it has none. */
export function toCountry(name: string): string {
  return countryCode(name) ?? name;
}

/** A key that is equal for all spellings of a country: its code, or the folded words of an unknown name. */
export function countryKey(name: string): string {
  return countryCode(name) ?? foldWords(name);
}

/** The name of a country in a language, from its code or any of its names; null if unknown. */
export function nameCountry(country: string, language: string): string | null {
  const code = countryCode(country);
  return code && (namerOf(language, namedShort.has(code) ? 'short' : 'long').of(code) ?? null);
}
