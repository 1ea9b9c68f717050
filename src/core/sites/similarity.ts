import { editDistance } from '../text/edit-distance.ts';

/**
 * The similarity of two texts: 1 if equal, 0 if they have nothing in common; one minus the edits per
 * character.
 */
export function editSimilarity(a: string, b: string): number {
  if (a === b) return 1;
  const longer = Math.max(a.length, b.length);
  return 1 - editDistance(a, b, longer) / longer;
}

/**
 * Whether two texts have at least this similarity, letter by letter. Stops as soon as they cannot reach it.
 */
export function isSpelledAlike(a: string, b: string, atLeast: number): boolean {
  const limit = Math.floor(Math.max(a.length, b.length) * (1 - atLeast) + 1e-9);
  return isWithinEdits(a, b, limit);
}

/** Whether at most `limit` edits turn one text into the other. */
export function isWithinEdits(a: string, b: string, limit: number): boolean {
  if (a === b) return true;
  if (Math.abs(a.length - b.length) > limit || !mayBeWithin(letterBits(a), letterBits(b), limit))
    return false;
  return editDistance(a, b, limit) <= limit;
}

/** The letters of a word as bits, for `mayBeWithin`. */
export function letterBits(word: string): number {
  let bits = 0;
  for (let at = 0; at < word.length; at++) bits |= 1 << (word.charCodeAt(at) & 31);
  return bits;
}

/** A cheap check by the letters of two words: each edit changes at most two of the bits. */
export function mayBeWithin(a: number, b: number, edits: number): boolean {
  let differing = a ^ b;
  for (let bit = 0; bit < 2 * edits && differing !== 0; bit++) differing &= differing - 1;
  return differing === 0;
}

/** The words of a name for comparison. */
export type Words = {
  /** All words except articles, prepositions and legal forms. */
  tokens: string[];
  /** The words of its city, state and country, which sites nearby share. */
  local: ReadonlySet<string>;
};

/** Words that half of all hospitals have in their names, so they hardly distinguish one. */
const common = new Set(
  'hospital university clinic clinical center medical institute department national research health healthcare care international associates regional foundation trust nhs college school group services system systems study trials trial site faculty science sciences academic teaching network specialists specialist treatment community memorial unit division service llc complex branch consultants practice professional provincial county irccs azienda aou asst fondazione fundacion fondation stiftung aphp ap hp campus'.split(
    ' ',
  ),
);

/** Departments of a hospital, often added or left out. Names with different departments are two sites. */
const parts = new Set(
  'oncology hematology haematology neurology cardiology dermatology pulmonology pneumology nephrology urology surgery psychiatry radiology radiotherapy radiation gastroenterology hepatology endocrinology rheumatology ophthalmology immunology allergy respiratory internal gynecology obstetrics orthopedics anesthesiology otolaryngology infectious diseases disease diabetes metabolism paediatrics pediatrics'.split(
    ' ',
  ),
);

/** Whether a word identifies a hospital, rather than just saying that it is one. */
export function isTelling(word: string): boolean {
  return !common.has(word) && !parts.has(word);
}

/** Whether a word is common in hospitals' names: `university`, `clinic`. */
export function isCommon(word: string): boolean {
  return common.has(word);
}

const commonWeight = 0.35;
const localWeight = 0.3;

/** The cost of words that only the longer name has, and of words that are unique to each name. */
const extraCost = 0.3;
const contraryCost = 1.5;

/**
 * How likely two names mean the same hospital, from 0 to 1. Each word is weighted by how distinctive it is,
 * and may have a slightly different spelling. A name contained in the other scores high; two names with words
 * of their own score low.
 */
export function wordSimilarity(a: Words, b: Words): number {
  if (a.tokens.length === 0 || b.tokens.length === 0) return 0;
  if (isAcronym(a.tokens, b.tokens) || isAcronym(b.tokens, a.tokens)) return acronymLikeness;
  const open = b.tokens.slice();
  const alone: string[] = [];
  let shared = 0;
  for (const token of a.tokens) {
    const at = findWord(open, token);
    if (at < 0) alone.push(token);
    else {
      open.splice(at, 1);
      shared += weigh(token, a, b);
    }
  }
  const [left, right] = [sum(alone, a, b, weigh), sum(open, a, b, weigh)];
  // Words written together or apart (`Ta-Tung`, `Tatung`) do not count as different words.
  if (isJoined(alone, open)) return (shared + left) / (shared + left + 0.1);
  const contrary = Math.min(sum(alone, a, b, weighOwn), sum(open, a, b, weighOwn));
  const against = extraCost * Math.max(left, right) + contraryCost * contrary;
  return shared / (shared + against);
}

/** The position of the first word that is the same as `token`; -1 if there is none. */
function findWord(words: readonly string[], token: string): number {
  for (let at = 0; at < words.length; at++) if (isSameWord(words[at] as string, token)) return at;
  return -1;
}

function weigh(token: string, a: Words, b: Words): number {
  if (a.local.has(token) || b.local.has(token)) return localWeight;
  return isTelling(token) ? tellingWeight(token) : commonWeight;
}

/** As `weigh`, but a department weighs like a name. */
function weighOwn(token: string, a: Words, b: Words): number {
  return parts.has(token) ? tellingWeight(token) : weigh(token, a, b);
}

/**
 * Whether one name is the other with common words added: `Omega Hospital`, `Omega Hospital, Clinical Trials
 * Unit`.
 */
export function isExtended(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const open = [...long];
  const isInside = short.every((token) => {
    const at = findWord(open, token);
    if (at >= 0) open.splice(at, 1);
    return at >= 0;
  });
  const isName = short.length > 1 || short.some(isTelling);
  return isInside && isName && open.every((token) => !isTelling(token));
}

const acronymLikeness = 0.85;

function tellingWeight(token: string): number {
  return Math.min(1.6, 0.5 + token.length * 0.15);
}

function sum(tokens: readonly string[], a: Words, b: Words, weighing: typeof weigh): number {
  let total = 0;
  for (const token of tokens) total += weighing(token, a, b);
  return total;
}

function isJoined(a: string[], b: string[]): boolean {
  if (a.length === 0 || b.length === 0) return false;
  const [left, right] = [a.join(''), b.join('')];
  return left.length >= 5 && right.length >= 5 && isSpelledAlike(left, right, 0.86);
}

/** Whether one name is the other's initials (`MSKCC`). */
function isAcronym(short: string[], long: string[]): boolean {
  const [word] = short;
  if (word === undefined || short.length > 1 || word.length < 3 || long.length < 3) return false;
  return long.map((token) => token.charAt(0)).join('') === word;
}

/** Whether two words are the same, with at most a slightly different spelling. */
export function isSameWord(a: string, b: string): boolean {
  if (a === b) return true;
  const shorter = Math.min(a.length, b.length);
  if (shorter < 5 || Math.abs(a.length - b.length) > 2) return false;
  return isWithinEdits(a, b, shorter >= 8 ? 2 : 1);
}
