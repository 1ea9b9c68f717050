import { inEnglish, resolveCondition } from '../../core/matching/conditions.ts';
import { findByAbbreviation } from '../../core/matching/synonyms.ts';
import type { InputResolution } from '../../core/matching/understood.ts';
import { holdsNumber, looksLikeNumber } from '../../core/subscriptions/trial-numbers.ts';
import { readTyped, type TrialName, type TypedText } from '../../core/subscriptions/typed-text.ts';
import { listConcepts } from '../../db/catalog/concepts.ts';
import { listTrialsByNumber } from '../../db/catalog/named-trials.ts';
import type { Db } from '../../db/connect.ts';
import type { AskTrials } from './find-trials.ts';
import { askOlderNumbers } from './older-numbers.ts';

/** Finds the numbers of all registries that are read in a text. */
export type FindIds = (text: string) => TrialName[];

/**
 * The contents of a typed text, as far as they need no registry: trials by their numbers or by other numbers
 * in their records, numbers that lead nowhere, and words that may each be a condition.
 */
export type ReadInput = { trials: TrialName[]; refused: InputResolution[]; words: string[] };

/**
 * Reads many typed texts with a single query for stored numbers. `as`: how to read a field of this kind. With `ask`,
 * the registry that older numbers moved to is asked for those that no stored record gives.
 */
export async function readInputs(
  db: Db,
  findIds: FindIds,
  texts: readonly string[],
  as: 'trial' | 'condition',
  ask?: AskTrials,
): Promise<Map<string, ReadInput>> {
  const typed = new Map(texts.map((text) => [text, readTyped(text, findIds)]));
  const numbers = [...typed.values()].flatMap(({ others, wrong, words }) => [
    ...others.map(({ number }) => number),
    ...wrong,
    ...words.flatMap(piecesOf).filter(holdsNumber),
  ]);
  const rows = await listTrialsByNumber(db, [...new Set(numbers)]);
  const stored: Stored = Map.groupBy(rows, ({ asked }) => asked);
  let concepts: ReturnType<typeof listConcepts> | undefined;
  const isKnown: IsKnown = async (words, kinds) => {
    concepts ??= listConcepts(db);
    return kinds.includes(resolveCondition(inEnglish(words), { concepts: await concepts }).kind);
  };
  const read = new Map<string, ReadInput>();
  for (const [text, one] of typed) read.set(text, await readOne(text, one, as, stored, isKnown));
  if (ask) await askOlderNumbers([...read.values()], ask);
  return read;
}

/** As `readInputs`, for one text. */
export async function readInput(
  db: Db,
  findIds: FindIds,
  text: string,
  as: 'trial' | 'condition',
  ask?: AskTrials,
): Promise<ReadInput> {
  const read = await readInputs(db, findIds, [text], as, ask);
  return read.get(text) ?? { trials: [], refused: [], words: [] };
}

type Stored = Map<string, { registry: string; id: string; title: string }[]>;
type Kind = ReturnType<typeof resolveCondition>['kind'];
type IsKnown = (words: string, kinds: readonly Kind[]) => Promise<boolean>;

const piecesOf = (words: string) =>
  words
    .split(/[,;\n]+/)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');

async function readOne(
  text: string,
  { trials, others, wrong, words, loose }: TypedText,
  as: 'trial' | 'condition',
  stored: Stored,
  isKnown: IsKnown,
): Promise<ReadInput> {
  const read: ReadInput = { trials: [...trials], refused: [], words: [] };
  const addStored = (number: string): boolean => {
    const found = stored.get(number) ?? [];
    if (found.length === 1) read.trials.push(...found.map(({ registry, id }) => ({ registry, id })));
    if (found.length > 1) read.refused.push({ kind: 'several-trials', words: number, trials: found });
    return found.length > 0;
  };
  for (const { number, register } of others)
    if (!addStored(number))
      read.refused.push({ kind: 'other-number', words: number, register: register ?? '' });
  for (const number of wrong) if (!addStored(number)) read.refused.push({ kind: 'no-number', words: number });
  const isPlain = trials.length + others.length + wrong.length === 0;
  for (const some of words) {
    const pieces = piecesOf(some);
    if (pieces.some((piece) => stored.has(piece))) {
      for (const piece of pieces) if (!addStored(piece)) addUnknown(read, piece, as);
    } else if (as === 'trial' && isPlain) addUnknown(read, some, as);
    else read.words.push(...(await splitConditions(some, pieces, isKnown)));
  }
  for (const some of loose.slice(0, wordsAtMost)) if (await isKnown(some, followable)) read.words.push(some);
  // Each may need a registry request. What is too much is answered as one.
  const more = read.words.splice(wordsAtMost);
  if (more.length > 0) read.words.push(more.join(', '));
  if (read.trials.length + read.refused.length + read.words.length === 0)
    read.refused.push({ kind: as === 'trial' ? 'no-number' : 'unknown', words: text });
  return read;
}

const followable: readonly Kind[] = ['concept', 'umbrella'];

/** The maximum number of conditions in one text. */
const wordsAtMost = 5;

function addUnknown(read: ReadInput, piece: string, as: 'trial' | 'condition'): void {
  if (as === 'condition') read.words.push(piece);
  else read.refused.push({ kind: looksLikeNumber(piece) ? 'unknown-number' : 'no-number', words: piece });
}

/**
 * Splits words that may name several conditions: "Leukemia, Myeloid, Acute" is one, "asthma, COPD" are two.
 */
async function splitConditions(words: string, pieces: string[], isKnown: IsKnown): Promise<string[]> {
  const isOne = pieces.length === 1 && !conjunction.test(words);
  if (isOne || isQuoted(words) || words.length > longestText || pieces.length > wordsAtMost) return [words];
  if (await isKnown(words, followable)) return [words];
  if (pieces.length > 1) {
    // The second word of a heading is no condition alone ("Carcinoma, Papillary"), even if one is spelled like it.
    const known = await Promise.all(
      pieces.map(
        (piece) => isQuoted(piece) || findByAbbreviation(piece).length > 0 || isKnown(piece, followable),
      ),
    );
    return known.every(Boolean) ? pieces : [words];
  }
  const joined = words.split(conjunction).map((piece) => piece.trim());
  const known = await Promise.all(joined.map((piece) => isKnown(piece, followable)));
  return known.every(Boolean) ? joined : [words];
}

const longestText = 300;
const conjunction = /\s(?:and|y|e|&|\+)\s/i;
const isQuoted = (words: string) => /^".+"$/.test(words);
