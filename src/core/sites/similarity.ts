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
  if (Math.abs(a.length - b.length) > limit || differingBits(letterBits(a), letterBits(b)) > 2 * limit)
    return false;
  return editDistance(a, b, limit) <= limit;
}

/**
 * The letters of a word as bits, for a cheap check: words that differ by more than `2 * n` bits are more than
 * `n` edits apart.
 */
function letterBits(word: string): number {
  let bits = 0;
  for (let at = 0; at < word.length; at++) bits |= 1 << (word.charCodeAt(at) & 31);
  return bits;
}

function differingBits(a: number, b: number): number {
  let count = 0;
  for (let differing = a ^ b; differing !== 0; differing &= differing - 1) count++;
  return count;
}

/**
 * The words of a name for comparison. `local` are words of its city, state and country, which sites nearby
 * share.
 */
export type Words = { tokens: string[]; local: ReadonlySet<string> };

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
  const weigh = (token: string) => {
    if (a.local.has(token) || b.local.has(token)) return localWeight;
    return isTelling(token) ? tellingWeight(token) : commonWeight;
  };
  const weighOwn = (token: string) => (parts.has(token) ? tellingWeight(token) : weigh(token));
  const open = [...b.tokens];
  const alone: string[] = [];
  let shared = 0;
  for (const token of a.tokens) {
    const at = open.findIndex((other) => isSameWord(token, other));
    if (at < 0) alone.push(token);
    else {
      open.splice(at, 1);
      shared += weigh(token);
    }
  }
  const [left, right] = [sum(alone, weigh), sum(open, weigh)];
  // Words written together or apart (`Ta-Tung`, `Tatung`) do not count as different words.
  if (isJoined(alone, open)) return (shared + left) / (shared + left + 0.1);
  const contrary = Math.min(sum(alone, weighOwn), sum(open, weighOwn));
  const against = extraCost * Math.max(left, right) + contraryCost * contrary;
  return shared / (shared + against);
}

/**
 * Whether one name is the other with common words added: `Omega Hospital`, `Omega Hospital, Clinical Trials
 * Unit`.
 */
export function isExtended(a: readonly string[], b: readonly string[]): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  const open = [...long];
  const isInside = short.every((token) => {
    const at = open.findIndex((other) => isSameWord(token, other));
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

function sum(tokens: string[], weigh: (token: string) => number): number {
  return tokens.reduce((total, token) => total + weigh(token), 0);
}

function isJoined(a: string[], b: string[]): boolean {
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
