import { remember as rememberTexts } from './remember.ts';

/** Ends a run of words that belong together: no phrase extends across it. */
export const BREAK = '|';

/**
 * The number of characters read of a text. Registries allow far fewer in a title; more is an accident or an
 * attack.
 */
export const longestText = 5000;

/**
 * Word beginnings that registrants write with a hyphen, a space or neither. None of them is a word of its
 * own.
 */
const prefixes = new Set(
  (
    'pre anti auto extra gastro micro macro neuro cardio hyper hypo poly intra inter myo osteo hepato thrombo ' +
    'para peri endo hemo colo broncho rhino naso psycho cerebro immuno musculo cranio veno nephro encephalo ano oro'
  ).split(' '),
);
const joinedAfterPost = new Set(
  'traumatic partum natal operative menopausal herpetic thrombotic concussion'.split(' '),
);

/** Caches results by word: texts repeat one another's words. */
function remember<T>(work: (word: string) => T): (word: string) => T {
  const known = new Map<string, T>();
  return (word) => {
    let result = known.get(word);
    if (result === undefined) {
      result = work(word);
      if (known.size < wordsKept && word.length <= longestKept) known.set(word, result);
    }
    return result;
  };
}
const wordsKept = 50_000;
const longestKept = 30;

/** Folds one word: lower case, no accents, American spelling, singular. */
const foldWord = remember((word) =>
  foldPlural(
    word
      .replace(/[ao]+e/g, 'e')
      .replace(/(?<=[a-z]{3})our(?=al$|s$|$)/, 'or')
      .replace(/(?<=cent|fib|lit|calib)re(?=s?$)/, 'er')
      .replace(/sulph/g, 'sulf')
      .replace(/is(?=e$|es$|ed$|ing$|ation$)/, 'iz')
      .replace(/ageing$/, 'aging')
      .replace(/^disk(?=s?$|ectom)/, 'disc'),
  ),
);

function foldPlural(word: string): string {
  if (word.length < 5 || /(ss|us|is)$/.test(word)) return word;
  if (/ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(oses|tases|lyses|eses)$/.test(word)) return `${word.slice(0, -2)}is`;
  if (/(uses|sses|xes|ches|shes)$/.test(word)) return word.slice(0, -2);
  if (/omatas?$/.test(word)) return word.replace(/tas?$/, '');
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

const splitWord = remember((word): readonly string[] => {
  // "Breastcancer", "Type2diabetes": choices that lost their spaces.
  const run = /^([a-z]{4,})(cancer)s?$/.exec(word) ?? /^([a-z]{4,})(\d)([a-z]{4,})$/.exec(word);
  if (run) return run.slice(1);
  const [, letters = word, number] = /^([a-z]{3,})(\d+)s?$/.exec(word) ?? [];
  const parts = /^non[a-z]{5,}$/.test(letters) ? ['non', letters.slice(3)] : [letters];
  return number === undefined ? parts : [...parts, number];
});

const romanNumbers = new Map([
  ['ii', '2'],
  ['iii', '3'],
  ['iv', '4'],
]);
const numbered = new Set(['type', 'stage', 'grade', 'class', 'phase']);

/**
 * Makes "Type II diabetes" and "type 2 diabetes" equal. A lone "I" is a number only where one is expected.
 */
function toNumbers(words: string[]): string[] {
  return words.map((word, at) =>
    word === 'i' && numbered.has(words[at - 1] ?? '') ? '1' : (romanNumbers.get(word) ?? word),
  );
}

function joinPrefixes(words: string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const next = words[at + 1] ?? BREAK;
    const joins = prefixes.has(word) || (word === 'post' && joinedAfterPost.has(next));
    if (joins && /^[a-z]{3,}$/.test(next)) {
      joined.push(word + next);
      at++;
    } else joined.push(word);
  }
  return joined;
}

/**
 * The words of a text, folded over case, accents, punctuation, hyphens, plurals, possessives and British or
 * American spelling, without "the". `BREAK` marks a comma, bracket or the like that ends a run. Reads only
 * the first `longestText` characters.
 */
export function foldToWords(text: string): readonly string[] {
  // A condition is folded for several questions.
  return text.length > longestRemembered ? fold(text) : foldShort(text);
}

const longestRemembered = 200;
const foldShort = rememberTexts((text): readonly string[] => fold(text));

function fold(text: string): string[] {
  const read = text.slice(0, longestText);
  const raw = isAscii.test(read) ? wordsOfAscii(read) : wordsOfAny(read);
  const words = raw.flatMap(splitWord).filter((word) => word !== 'the');
  return joinPrefixes(
    toNumbers(words).map((word) => (word.includes('ae') ? word.replace(/ae/g, 'e') : word)),
  ).map(foldWord);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the whole of ASCII is meant
const isAscii = /^[\u0000-\u007f]*$/;

/** As `wordsOfAny`, for the plain letters that nearly all texts consist of. */
function wordsOfAscii(text: string): string[] {
  const plain = text
    .toLowerCase()
    .replace(/['`](?:s\b)?/g, '')
    .replace(/[,;:()[\]{}|!?"]|\.(?=\s|$)|\s-\s|--/g, ` ${BREAK} `);
  return plain.match(/[a-z0-9]+|\|/g) ?? [];
}

function wordsOfAny(text: string): string[] {
  const plain = text
    // First: an acute accent alone would decompose to a space.
    .replace(/[’‘ʼ`´]/g, "'")
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/ø/g, 'o')
    .replace(/ł/g, 'l')
    .replace(/['ʼ](?:s\b)?/g, '')
    .replace(/[,;:()[\]{}|!?"“”]|\.(?=\s|$)|\s[-–—]\s|--/g, ` ${BREAK} `);
  return plain.match(/[\p{L}\p{N}]+|\|/gu) ?? [];
}

/** A MeSH heading in natural word order: "Leukemia, Myeloid, Acute" becomes "Acute Myeloid Leukemia". */
export function naturalOrder(term: string): string {
  return term.split(/,\s+/).reverse().join(' ');
}

/** The folded words of a condition's name, in natural order, joined by spaces: equal for equal names. */
export function foldName(name: string): string {
  return foldToWords(naturalOrder(name.slice(0, longestText)))
    .filter((word) => word !== BREAK)
    .join(' ');
}

const foldedHeadings = new Map<string, string>();
const headingsKept = 200_000;

/**
 * As `foldName`, but cached: vocabularies hold tens of thousands of headings, and every lookup goes through
 * them.
 */
export function foldHeading(term: string): string {
  let folded = foldedHeadings.get(term);
  if (folded === undefined) {
    folded = foldName(term);
    if (foldedHeadings.size < headingsKept) foldedHeadings.set(term, folded);
  }
  return folded;
}

const tellingShortWords = new Set(['hiv', 'flu', 'me cfs', 'cfs me']);

/**
 * Whether a folded name is an abbreviation too short to match alone (ALL, MS, PD, AIDS beside hearing aids).
 */
export function isShortAbbreviation(folded: string): boolean {
  if (tellingShortWords.has(folded)) return false;
  return folded === 'aids' || folded.split(' ').every((word) => word.length <= 3);
}
