import { foldWords } from './text.ts';
import type { Site } from './trial.ts';

/** What a facility's name says: its words, the site number in it, and whether it names nobody. */
export type SiteName = {
  /** Folded words without the site number. */
  words: string;
  /** The words without spaces: broken encodings put spaces and quotes in the middle of words. */
  compact: string;
  /** The words that tell hospitals apart, in one spelling. */
  tokens: string[];
  /** The words of the city, state and country. */
  local: ReadonlySet<string>;
  /** Ordinals, directions and whom it treats: two names that differ in them are two places. */
  marks: string;
  /** Plain numbers: two names that both have some are two places when they differ. */
  digits: string;
  /** The sponsor's or the registry's number for this site. */
  number: string | null;
  anonymous: boolean;
};

const numberForms = [
  /\(\s*(?:study\s+)?site\s*(?:no\.?|number|id|#)?\s*[-:#]*\s*([a-z]{0,4}[-_]?\d[\w.-]*)\s*\)/i,
  /\/?\s*\(?\bID\s*#\s*:?\s*([\w-]*\d[\w-]*)\)?/i,
  /\b(?:site|institution|facility)\s*(?:no\.?|number|nr\.?|id|code|#)?\s*[-–:#/]*\s*([a-z]{0,4}[-_]?\d[\w.-]*)/i,
];

/** A name that is nothing but a code: `USA10-0`, `DE-1204`, `0044`. */
const codeOnly = /^\W*([a-z]{0,4}[-_ ]?\d{1,8}(?:[-_./ ]\d{1,6}){0,3})\W*$/i;

const kinds = 'sites?|institutions?|facility|facilities|locations?';
const anonymousForms = [
  new RegExp(`^(?:\\p{L}+ ){0,4}investigat(?:ional|ive|or|ors) (?:${kinds}|cent(?:er|re)s?)(?: .*)?$`, 'u'),
  new RegExp(
    `^(?:clinical |medical )?(?:research|study|trial|trials|local|participating|recruiting|recruitment) (?:${kinds})(?: (?:number|no|id|code))?$`,
    'u',
  ),
  new RegExp(`^(?:${kinds})(?: (?:number|no|id|code))?$`, 'u'),
  /^(?:please )?(?:for (?:additional|more|further|other|site)|contact|call|see|refer) .*\b(?:information|informations|sites?|study|trial|contact)\b/,
  /^(?:many|multiple|various|several|selected|numerous|other) (?:\p{L}+ )?(?:sites?|locations?|centers?|centres?|facilities)\b/u,
  /^(?:masked|confidential|undisclosed|not disclosed|not available|not provided|unknown|n a|na|tbd|to be determined|private practice)$/,
];

const sameWord = new Map(
  Object.entries({
    hosp: 'hospital',
    hospitals: 'hospital',
    hopital: 'hospital',
    hopitaux: 'hospital',
    hospitalier: 'hospital',
    hospitalario: 'hospital',
    hospitalar: 'hospital',
    ospedale: 'hospital',
    ospedaliera: 'hospital',
    ospedaliero: 'hospital',
    krankenhaus: 'hospital',
    szpital: 'hospital',
    sjukhuset: 'hospital',
    sjukhus: 'hospital',
    sygehus: 'hospital',
    ziekenhuis: 'hospital',
    klinik: 'clinic',
    kliniken: 'clinic',
    klinikum: 'clinic',
    clinics: 'clinic',
    clin: 'clinic',
    clinica: 'clinic',
    clinico: 'clinic',
    clinique: 'clinic',
    clinicas: 'clinic',
    univ: 'university',
    universitatsklinikum: 'university',
    universitaetsklinikum: 'university',
    universitatsklinik: 'university',
    universitatsspital: 'university',
    universitatsmedizin: 'university',
    uniklinik: 'university',
    universitetssykehus: 'university',
    universitetssjukhus: 'university',
    universitetssjukhuset: 'university',
    universitetshospital: 'university',
    universite: 'university',
    universita: 'university',
    universitat: 'university',
    universitair: 'university',
    universitario: 'university',
    universitaria: 'university',
    universitaire: 'university',
    universitaires: 'university',
    universidad: 'university',
    universidade: 'university',
    med: 'medical',
    medicine: 'medical',
    medico: 'medical',
    medicina: 'medical',
    ctr: 'center',
    cntr: 'center',
    cent: 'center',
    centre: 'center',
    centro: 'center',
    centrum: 'center',
    zentrum: 'center',
    centers: 'center',
    inst: 'institute',
    instituto: 'institute',
    institut: 'institute',
    istituto: 'institute',
    institutes: 'institute',
    institution: 'institute',
    dept: 'department',
    departamento: 'department',
    natl: 'national',
    nacional: 'national',
    nazionale: 'national',
    intl: 'international',
    assoc: 'associates',
    saint: 'st',
    mt: 'mount',
    ft: 'fort',
    childrens: 'children',
    peoples: 'people',
    onc: 'oncology',
    res: 'research',
    rsch: 'research',
    hlth: 'health',
    affil: 'affiliated',
    first: '1st',
    second: '2nd',
    third: '3rd',
    fourth: '4th',
    fifth: '5th',
    sixth: '6th',
    seventh: '7th',
    eighth: '8th',
    ninth: '9th',
    tenth: '10th',
    womens: 'women',
    veterans: 'va',
  }),
);

const fillers = new Set(
  'the of and for at in on to by de la le les du des del della dei di da do das dos el los las und et e y a an der die das fur van den inc llc llp ltd pa pc pllc plc gmbh corp co sa srl spa s l p c'.split(
    ' ',
  ),
);

const marking =
  /^(?:\d+(?:st|nd|rd|th)|[ivx]{2,4}|north|south|east|west|northern|southern|eastern|western|children|pediatric|paediatric|women|va)$/;

/** Reads a site's name. The city's or the country's name is no name: "Boston" in Boston names nobody. */
export function readSiteName(site: Pick<Site, 'facility' | 'city' | 'state' | 'country'>): SiteName {
  const [city, country] = [foldWords(site.city), foldWords(site.country)];
  const local = new Set(`${city} ${foldWords(site.state)} ${country}`.split(' '));
  const code = codeOnly.exec(site.facility);
  if (code) return nameOf('', local, readNumber(code[1] ?? ''), true);
  const { number, bare } = takeNumber(site.facility);
  const words = foldWords(bare.replace(/['’`´]s\b/gi, 's'));
  return nameOf(words, local, number, isAnonymous(words, city, country));
}

function takeNumber(facility: string): { number: string | null; bare: string } {
  for (const form of numberForms) {
    const found = form.exec(facility);
    if (!found) continue;
    const without = facility.replace(found[1] ?? '', ' ');
    const bare = without.replace(/\(\s*(?:study\s+)?site[^)]*\)|\/?\s*\(?\bID\s*#\s*:?\s*\)?/i, ' ');
    return { number: readNumber(found[1] ?? ''), bare };
  }
  return { number: null, bare: facility };
}

function readNumber(text: string): string | null {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^0+(?=\d)/, '');
  return plain === '' ? null : plain;
}

function isAnonymous(words: string, city: string, country: string): boolean {
  if (words === '' || words === city || words === country) return true;
  let rest = ` ${words} `;
  for (const place of [city, country]) if (place !== '') rest = rest.replace(` ${place} `, ' ');
  return anonymousForms.some((form) => form.test(words) || form.test(rest.trim()));
}

function nameOf(
  words: string,
  local: ReadonlySet<string>,
  number: string | null,
  anonymous: boolean,
): SiteName {
  const tokens = words
    .split(' ')
    .filter((word) => word !== '' && !fillers.has(word))
    .map((word) => sameWord.get(word) ?? word);
  const marks = [...new Set(tokens.filter((word) => marking.test(word)))].sort().join(' ');
  const digits = [...new Set(tokens.filter((word) => /^\d+$/.test(word)))].sort().join(' ');
  return { words, compact: words.replaceAll(' ', ''), tokens, local, marks, digits, number, anonymous };
}
