import { cityOf } from './geography.ts';
import { isWithinEdits, letterBits, mayBeWithin, type Words } from './similarity.ts';

/** The words of a facility's name in canonical spelling. */
export type NameWords = Words & {
  /** Ordinals, directions and patient groups. Names with different marks are different places. */
  marks: string;
  /** Plain numbers. Two names with different numbers are different places. */
  digits: string;
};

/** Rows separated by `|`; the first word of a row replaces the others: abbreviations, languages, ordinals. */
const wordRows =
  'hospital/chu/chru/hosp/hospitals/hopital/hopitaux/hospitalier/hospitalario/hospitalar/ospedale/ospedaliera/ospedaliero/krankenhaus/szpital/sjukhuset/sjukhus/sygehus/ziekenhuis/nemocnice/nemocnica/bolnica/bolnitsa/korhaz/hastane/hastanesi/sairaala/spital/spitalul|clinic/klinik/kliniken/klinikum/clinics/clin/clinica/clinico/clinique/clinicas|university/univ/universitatsklinikum/universitaetsklinikum/universitatsklinik/universitatsspital/universitatsmedizin/uniklinik/universitetssykehus/universitetssjukhus/universitetssjukhuset/universitetshospital/universite/universita/universitat/universitair/universitario/universitaria/universitaire/universitaires/universidad/universidade/egyetem/egyetemi/yliopisto/yliopistollinen|medical/med/medicine/medico/medicina|center/ctr/cntr/cent/centre/centro/centrum/zentrum/centers|institute/inst/instituto/institut/istituto/institutes/institution|department/dept/departamento|national/natl/nacional/nazionale|international/intl|associates/assoc|st/saint|mount/mt|fort/ft|children/childrens|people/peoples|' +
  'oncology/onc|research/res/rsch|health/hlth|affiliated/affil|1st/first|2nd/second|3rd/third|4th/fourth|5th/fifth|6th/sixth|7th/seventh|8th/eighth|9th/ninth|10th/tenth|women/womens|va/veterans';

const sameWord = new Map(
  wordRows.split('|').flatMap((row) => {
    const [key = '', ...spellings] = row.split('/');
    return spellings.map((spelling): [string, string] => [spelling, key]);
  }),
);

const fillers = new Set(
  'the of and for at in on to by de la le les du des del della dei di da do das dos el los las und et e y a an der die das fur van den inc llc llp ltd pa pc pllc plc gmbh corp co sa srl spa s l p c'.split(
    ' ',
  ),
);

const marking =
  /^(?:\d+(?:st|nd|rd|th)|[ivx]{2,4}|north|south|east|west|northern|southern|eastern|western|children|pediatric|paediatric|women|va)$/;

const knownWords = Map.groupBy(
  [...new Set([...sameWord.keys(), ...sameWord.values()])]
    .filter((word) => word.length >= 6)
    .map((word) => ({ word, bits: letterBits(word) })),
  ({ word }) => word.length,
);

/** Beginnings of words that are the same in most languages, however the word is abbreviated or inflected. */
const stems: [RegExp, string][] = [
  [/^hosp/, 'hospital'],
  [/^uni[vw]er/, 'university'],
  [/^univ/, 'university'],
  [/^[ck]lini/, 'clinic'],
  [/^medi[cz]/, 'medical'],
  [/^inst[ia]?t/, 'institute'],
  [/^on[ck]olog/, 'oncology'],
  [/^[ck]ardiolog/, 'cardiology'],
  [/^neurolog/, 'neurology'],
];

const anyStem = new RegExp(stems.map(([beginning]) => beginning.source).join('|'));

/** A word in canonical spelling; with what it may be, unless it is an ordinary word. */
type Spelling = string | { token: string; kind: 'mark' | 'number' };

/**
 * A cache of spellings, null for words that are left out: names repeat their words. Bounded, since registry
 * text is hostile.
 */
const spelled = new Map<string, Spelling | null>();
const spelledKept = 20_000;

function spellWord(word: string): Spelling | null {
  const found = spelled.get(word);
  if (found !== undefined) return found;
  const spelling = word === '' || fillers.has(word) ? null : readSpelling(findSpelling(word));
  if (spelled.size >= spelledKept) spelled.clear();
  spelled.set(word, spelling);
  return spelling;
}

function readSpelling(token: string): Spelling {
  if (/^\d+$/.test(token)) return { token, kind: 'number' };
  return marking.test(token) ? { token, kind: 'mark' } : token;
}

/** The canonical spelling of a word or a city, even if one letter of a well-known word is wrong. */
function findSpelling(word: string): string {
  const known = sameWord.get(word) ?? cityOf(word) ?? findStem(word);
  if (known !== undefined || word.length < 5) return known ?? word;
  const near = findNear(word);
  return near === undefined ? word : (sameWord.get(near) ?? near);
}

function findStem(word: string): string | undefined {
  return anyStem.test(word) ? stems.find(([beginning]) => beginning.test(word))?.[1] : undefined;
}

/** The known word at most one edit away. */
function findNear(word: string): string | undefined {
  const bits = letterBits(word);
  for (let length = word.length - 1; length <= word.length + 1; length++) {
    for (const known of knownWords.get(length) ?? [])
      if (mayBeWithin(known.bits, bits, 1) && isWithinEdits(word, known.word, 1)) return known.word;
  }
  return undefined;
}

/** Reads the words of a folded name. Words of its own place are not marks: East Hanover is a town. */
export function readNameWords(words: string, local: ReadonlySet<string>): NameWords {
  const tokens = words.split(' ');
  let count = 0;
  let marks = none;
  let digits = none;
  for (const word of tokens) {
    const spelling = spellWord(word);
    if (spelling === null) continue;
    const token = typeof spelling === 'string' ? spelling : spelling.token;
    tokens[count++] = token;
    if (typeof spelling === 'string') continue;
    if (spelling.kind === 'number') digits = [...digits, token];
    else if (!local.has(token)) marks = [...marks, token];
  }
  tokens.length = count;
  return { tokens, marks: joinOnce(marks), digits: joinOnce(digits), local };
}

const none: readonly string[] = [];

function joinOnce(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : [...new Set(words)].sort().join(' ');
}
