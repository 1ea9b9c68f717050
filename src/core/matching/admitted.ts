import { foldToWords } from '../text/folding.ts';
import { type ParticipantText, sentencesOfParticipants } from './admitted-text.ts';
import { withoutInterruptions } from './modifiers.ts';
import { abbreviationsIn, conceptsIn, isWithin, type Named, namesWithin } from './named-concepts.ts';
import { shared } from './passages.ts';

const nothingCoded = { strong: [], all: new Set<string>() };

/** Capitals that are a word as well: an abbreviation only beside others of its kind. */
const ambiguous = /\bALL\b/;
const besideIt = /leuk|AML|lymphoblastic|B-ALL|T-ALL|relapse|remission|\bPh\b|\bPh\+|MRD|CR\d/i;

/** The beginnings of words, as far as spellings share them. */
const beginnings = 4;
const letters = /[\p{L}\p{N}]+/gu;

function beginningOf(word: string): string {
  return word.toLowerCase().replace(/[ao]e/g, 'e').slice(0, beginnings);
}

const hintsByConcept = new Map<string, ReadonlySet<string>>();

/** How the first words of all names beneath a condition begin. A sentence without any need not be read. */
function hintsOf(conceptId: string): ReadonlySet<string> {
  let hints = hintsByConcept.get(conceptId);
  if (!hints) {
    hints = new Set(namesWithin(conceptId).map((name) => beginningOf(name)));
    hintsByConcept.set(conceptId, hints);
  }
  return hints;
}

/**
 * The conditions named in the sentences that tell who may take part: those beneath one of `open`, and `others` wherever
 * they stand.
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
    if (!words.some((word) => hints.some((known) => known.has(beginningOf(word))))) continue;
    const folded = foldToWords(sentence);
    const whole = withoutInterruptions(folded);
    const passages = [folded, ...shared(folded), ...(whole ? [whole] : [])];
    const { named } = conceptsIn(passages, nothingCoded);
    const isShouted = sentence === sentence.toUpperCase();
    const short = isShouted ? new Map() : abbreviationsIn(sentence);
    for (const [id, words] of [...named, ...short]) {
      if (ambiguous.test(words) && !besideIt.test(sentence.replace(ambiguous, ''))) continue;
      if (!admitted.has(id)) admitted.set(id, words);
    }
  }
  return admitted;
}

/** Of conditions, those that stand beneath one of others, or are it. */
export function within(named: Named, above: Iterable<string>): Named {
  const wide = [...above];
  return new Map([...named].filter(([id]) => wide.some((one) => id !== one && isWithin(id, one))));
}
