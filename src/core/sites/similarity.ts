import { editDistance } from '../text/edit-distance.ts';

/** 1 for equal texts, 0 for texts with nothing in common: one minus the edits needed per character. */
export function editSimilarity(a: string, b: string): number {
  if (a === b) return 1;
  return 1 - editDistance(a, b) / Math.max(a.length, b.length);
}

/** A name's words for comparing. `local` are words of its city, state and country, which its neighbours share. */
export type Words = { tokens: string[]; local: ReadonlySet<string> };

/** Words that half of all hospitals carry: they tell little about which one it is. */
const common = new Set(
  'hospital university clinic clinical center medical institute department national research health healthcare care international associates regional foundation trust nhs college school group services system systems study trials trial site faculty science sciences academic teaching network specialists specialist treatment community memorial unit division service llc complex branch consultants practice professional provincial county irccs azienda aou asst fondazione fundacion fondation stiftung aphp ap hp campus'.split(
    ' ',
  ),
);

/** Parts of a hospital: left away or added without a thought, but two parts are two sites. */
const parts = new Set(
  'oncology hematology haematology neurology cardiology dermatology pulmonology pneumology nephrology urology surgery psychiatry radiology radiotherapy radiation gastroenterology hepatology endocrinology rheumatology ophthalmology immunology allergy respiratory internal gynecology obstetrics orthopedics anesthesiology otolaryngology infectious diseases disease diabetes metabolism paediatrics pediatrics'.split(
    ' ',
  ),
);

const commonWeight = 0.35;
const localWeight = 0.3;

/** What a word that only the longer name has takes away, and what it takes when both have words of their own. */
const extraCost = 0.3;
const contraryCost = 1.5;

/**
 * How far two names name the same thing, 0 to 1. Words weigh by how much they tell and may be spelled a little
 * differently. A name wholly inside the other is nearly the other; words of their own on both sides make two things.
 */
export function wordSimilarity(a: Words, b: Words): number {
  if (a.tokens.length === 0 || b.tokens.length === 0) return 0;
  if (isAcronym(a.tokens, b.tokens) || isAcronym(b.tokens, a.tokens)) return acronymLikeness;
  const weigh = (token: string) => {
    if (a.local.has(token) || b.local.has(token)) return localWeight;
    return common.has(token) || parts.has(token) ? commonWeight : tellingWeight(token);
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
  // Words joined or parted (`Ta-Tung`, `Tatung`) are no words of their own.
  if (isJoined(alone, open)) return (shared + left) / (shared + left + 0.1);
  const contrary = Math.min(sum(alone, weighOwn), sum(open, weighOwn));
  const against = extraCost * Math.max(left, right) + contraryCost * contrary;
  return shared / (shared + against);
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
  return left.length >= 5 && right.length >= 5 && editSimilarity(left, right) >= 0.86;
}

/** Whether one name is the other's initials (`MSKCC`). */
function isAcronym(short: string[], long: string[]): boolean {
  const [word] = short;
  if (word === undefined || short.length > 1 || word.length < 3 || long.length < 3) return false;
  return long.map((token) => token.charAt(0)).join('') === word;
}

function isSameWord(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length < 5 || b.length < 5 || Math.abs(a.length - b.length) > 2) return false;
  return editDistance(a, b) <= (Math.min(a.length, b.length) >= 8 ? 2 : 1);
}
