import { foldWords } from './text.ts';

/** What a facility's name says: its words, the site number in it, and whether it names nobody. */
export type SiteName = {
  /** Folded words without the site number. */
  words: string;
  /** The words without spaces: broken encodings put spaces and quotes in the middle of words. */
  compact: string;
  /** The words that tell hospitals apart, in one spelling. */
  tokens: string[];
  /** Numbers, ordinals and directions: two names that differ in them are two places. */
  marks: string;
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
  new RegExp(
    `^(?:\\p{L}+ ){0,4}investigat(?:ional|ive|ion|or|ors) (?:${kinds}|cent(?:er|re)s?)(?: .*)?$`,
    'u',
  ),
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
  /^(?:\d+\p{L}{0,2}|[ivx]{2,4}|north|south|east|west|northern|southern|eastern|western|children|pediatric|paediatric|women|va)$/u;

/** Reads a facility's name. `city` and `country` are no name: "Boston" in Boston names nobody. */
export function readSiteName(facility: string, city: string, country: string): SiteName {
  const code = codeOnly.exec(facility);
  if (code) return named('', readNumber(code[1] ?? ''), true);
  let number: string | null = null;
  let bare = facility;
  for (const form of numberForms) {
    const found = form.exec(facility);
    if (!found) continue;
    number = readNumber(found[1] ?? '');
    bare = facility
      .replace(found[1] ?? '', ' ')
      .replace(/\(\s*(?:study\s+)?site[^)]*\)|\/?\s*\(?\bID\s*#\s*:?\s*\)?/i, ' ');
    break;
  }
  const words = foldWords(bare.replace(/['’`´]s\b/g, 's'));
  return named(words, number, isAnonymous(words, foldWords(city), foldWords(country)));
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
  const rest = [city, country].reduce(
    (text, place) => (place ? ` ${text} `.replace(` ${place} `, ' ').trim() : text),
    words,
  );
  return anonymousForms.some((form) => form.test(words) || form.test(rest));
}

function named(words: string, number: string | null, anonymous: boolean): SiteName {
  const all = words.split(' ').filter((word) => word !== '');
  const tokens = all.map((word) => sameWord.get(word) ?? word).filter((word) => !fillers.has(word));
  const marks = [...new Set(tokens.filter((word) => marking.test(word)))].sort().join(' ');
  return { words, compact: words.replaceAll(' ', ''), tokens, marks, number, anonymous };
}
