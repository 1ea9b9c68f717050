import { cutMark, cutOtherNumbers, type OtherNumber } from './trial-numbers.ts';

/** A trial by its registry and its number there. */
export type TrialName = { registry: string; id: string };

/**
 * The contents of one typed text: trials, numbers of other registers, numbers with too few or too many
 * digits, and the words around them. Without any number, `words` is the whole text. `loose` are words of a
 * sentence or title, which count only if they are the name of an illness.
 */
export type TypedText = {
  trials: TrialName[];
  others: OtherNumber[];
  wrong: string[];
  words: string[];
  loose: string[];
};

/** The maximum number of words examined together as one number: "NCT 0990 0001" has three. */
const widest = 9;
/** The maximum number of characters read: far more than 500 numbers have. */
const longestTyped = 20_000;
/** From this number on, words around a number are a title or a sentence. */
const proseFrom = 4;

/** Words around a number that do not name an illness. */
const fillers = new Set(
  (
    'my the a an is are please trial trials study studies number numbers id nct clinical and or also see for i think ' +
    'have has of with in on to this that follow eudract euct eu ct ctis jprn utn isrctn no nr ' +
    'mi tengo el la los las un una es son por favor ensayo ensayos estudio estudios número numero números y o e u también ' +
    'tambien ver para de con en este esta seguir clínico clinico'
  ).split(' '),
);

/** Reads a typed or pasted text. `findIds` returns the numbers of all registries that are read. */
export function readTyped(typed: string, findIds: (text: string) => TrialName[]): TypedText {
  const text = typed.slice(0, longestTyped).normalize('NFKC');
  const trials = new Map<string, TrialName>();
  const rests: string[] = [];
  for (const part of text.split(separators)) {
    const cut = cutTrials(part, findIds);
    for (const one of cut.trials) trials.set(`${one.registry} ${one.id}`, one);
    rests.push(cut.rest);
  }
  const { others, wrong, rest } = cutOtherNumbers(rests.join(cutMark));
  const isPlain = trials.size + others.length + wrong.length === 0;
  const beside = isPlain
    ? []
    : rest
        .split(separators)
        .map(wordsBeside)
        .filter(({ words }) => words !== '');
  return {
    trials: [...trials.values()],
    others,
    wrong,
    words: isPlain
      ? [typed.trim()].filter(Boolean)
      : beside.flatMap(({ words, isLoose }) => (isLoose ? [] : words)),
    loose: beside.flatMap(({ words, isLoose }) => (isLoose ? words : [])),
  };
}

const separators = /[,;\n]+/;

/** Cuts out the trial numbers with everything that touches them, such as the rest of a link. */
function cutTrials(part: string, findIds: (text: string) => TrialName[]) {
  const all = findIds(part);
  if (all.length === 0) return { trials: all, rest: part };
  const words = part.split(/\s+/);
  const kept: string[] = [];
  for (let at = 0; at < words.length; ) {
    const width = widthOfNumber(words, at, findIds);
    kept.push(width === 0 ? (words[at] ?? '') : cutMark);
    at += Math.max(width, 1);
  }
  return { trials: all, rest: kept.join(' ') };
}

/** The number of words, from a position, that form one trial number; 0 if none begins there. */
function widthOfNumber(words: string[], at: number, findIds: (text: string) => TrialName[]): number {
  const idsIn = (from: number, to: number) => findIds(words.slice(from, to).join(' ')).map(({ id }) => id);
  for (let width = 1; width <= widest && at + width <= words.length; width++) {
    const [id] = idsIn(at, at + width);
    if (id === undefined) continue;
    if (width > 1 && idsIn(at + 1, at + width).length > 0) return 0;
    // The last block of an EU number is optional, and belongs to it, with a dash as a word of its own or without.
    const whole = [1, 2].find((more) => {
      const [longer = id, ...others] = idsIn(at, at + width + more);
      return others.length === 0 && longer.length > id.length && longer.startsWith(id);
    });
    return width + (whole ?? 0);
  }
  return 0;
}

/** The words beside numbers, if they may name an illness. */
function wordsBeside(part: string): { words: string; isLoose: boolean } {
  const words = part
    .replace(/https?:\S*/gi, ' ')
    .split(/\s+/)
    .map((word) => word.replace(/^[^\p{L}\p{N}"“”]+|[^\p{L}\p{N}"“”]+$/gu, ''))
    .filter((word) => word !== '');
  const isLoose = words.length >= proseFrom;
  const isFiller = (word: string | undefined) => word !== undefined && fillers.has(word.toLowerCase());
  while (isFiller(words[0])) words.shift();
  while (isFiller(words.at(-1))) words.pop();
  return { words: words.join(' '), isLoose };
}
