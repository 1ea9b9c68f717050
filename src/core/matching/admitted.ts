import { foldToWords } from '../text/folding.ts';
import { type ParticipantText, sentencesOfParticipants } from './admitted-text.ts';
import { judgeOccurrences } from './disease-names.ts';
import { withoutInterruptions } from './modifiers.ts';
import { abbreviationsIn, conceptsIn, isWithin, type Named, namesWithin } from './named-concepts.ts';
import { shared } from './passages.ts';

const nothingCoded = { strong: [], all: new Set<string>() };

/** An abbreviation that is also a word. It counts only beside other abbreviations. */
const ambiguous = /\bALL\b/;
const besideIt = /leuk|AML|lymphoblastic|B-ALL|T-ALL|relapse|remission|\bPh\b|\bPh\+|MRD|CR\d/i;

/** The length of word beginnings that all spellings share. */
const beginnings = 4;
const letters = /[\p{L}\p{N}]+/gu;

function beginningOf(word: string): string {
  const lower = word.toLowerCase();
  return (lower.includes('e') ? lower.replace(/[ao]e/g, 'e') : lower).slice(0, beginnings);
}

const hintsByConcept = new Map<string, ReadonlySet<string>>();

/**
 * The first words of all names beneath a condition, cut to their beginnings. A sentence without any of them
 * need not be searched.
 */
function hintsOf(conceptId: string): ReadonlySet<string> {
  let hints = hintsByConcept.get(conceptId);
  if (!hints) {
    hints = new Set(namesWithin(conceptId).map((name) => beginningOf(name)));
    hintsByConcept.set(conceptId, hints);
  }
  return hints;
}

/**
 * Finds the conditions named in the sentences about participants: those beneath one of `open`, and `others`
 * anywhere.
 */
export function conceptsAdmitted(
  trial: ParticipantText,
  open: Iterable<string>,
  others: Iterable<string>,
): Named {
  const admitted: Named = new Map();
  const hints = [...[...open].map(hintsOf), ...[...others].map(hintsOf)];
  if (hints.length === 0) return admitted;
  for (const sentence of sentencesOfParticipants(trial)) {
    const words = sentence.match(letters) ?? [];
    const isHint = (beginning: string) => hints.some((known) => known.has(beginning));
    if (!words.some((word) => isHint(beginningOf(word)))) continue;
    const folded = foldToWords(sentence);
    const whole = withoutInterruptions(folded);
    const passages = [folded, ...shared(folded), ...(whole ? [whole] : [])];
    const { named } = conceptsIn(passages, judgeOccurrences(nothingCoded));
    const isShouted = sentence === sentence.toUpperCase();
    const short = isShouted ? new Map() : abbreviationsIn(sentence);
    for (const [id, words] of [...named, ...short]) {
      if (ambiguous.test(words) && !besideIt.test(sentence.replace(ambiguous, ''))) continue;
      if (!admitted.has(id)) admitted.set(id, words);
    }
  }
  return admitted;
}

/** Selects the conditions that equal one of `above` or stand beneath it. */
export function within(named: Named, above: Iterable<string>): Named {
  const wide = [...above];
  return new Map([...named].filter(([id]) => wide.some((one) => id !== one && isWithin(id, one))));
}
