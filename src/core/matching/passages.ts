import { BREAK, foldToWords, longestText } from '../text/folding.ts';
import type { Trial } from '../trial.ts';
import { withoutInterruptions } from './modifiers.ts';
import { isOrgan } from './tumors.ts';

/** Folded words of one condition or title that belong together. */
export type Passage = readonly string[];

/** Removes the parts in brackets; an unclosed bracket extends to the end. */
export function withoutBrackets(text: string): string {
  return text.replace(/\([^()]*\)|\[[^[\]]*\]/g, ' ').replace(/[([][^()[\]]*$/, ' ');
}

/** "… excluding breast and gastric cancer": an excluded illness does not count. */
const keptOut =
  /\b(?:excluding|exclusive of|except(?:ing)?(?: for)?|other than|apart from|with the exception of|not including|but not)\b[^;.()[\]]*/gi;

/** Removes mentions that only exclude something. */
export function withoutExclusions(text: string): string {
  return text.replace(keptOut, ' ');
}

/** The mentions that only exclude something. */
export function exclusionsOf(text: string): Passage[] {
  return [...text.slice(0, longestText).matchAll(keptOut)].map(([words]) => foldToWords(words));
}

/** "Bronchospasm, Exercise-Induced" in natural word order; null for a list of several illnesses. */
function uninverted(condition: string): string | null {
  if (
    condition.length > longestText ||
    !condition.includes(',') ||
    /[;:]|\b(?:and|or|und|y)\b/i.test(condition)
  )
    return null;
  const parts = condition.split(',').map((part) => part.trim());
  if (parts.some((part) => part === '' || part.split(/\s+/).length > 4)) return null;
  return parts.reverse().join(' ');
}

const heads = new Set(
  (
    'cancer carcinoma adenocarcinoma tumor neoplasm malignancy disease lymphoma leukemia diabete hypersensitivity ' +
    'allergy headache'
  ).split(' '),
);
const conjunctions = new Set(['and', 'or', BREAK]);
const longestOrgan = 3;

/** "Breast and lung cancer" names breast cancer too. */
export function shared(passage: Passage): Passage[] {
  const found: Passage[] = [];
  passage.forEach((head, at) => {
    // "Anaplastic lymphoma kinase" is not a lymphoma.
    if (!heads.has(head) || /^(?:kinase|cell|antigen|receptor)$/.test(passage[at + 1] ?? '')) return;
    let end = at;
    while (end > 0 && !conjunctions.has(passage[end - 1] ?? '')) end--;
    const own = passage.slice(end, at);
    if (own.length === 0) return;
    for (;;) {
      while (conjunctions.has(passage[end - 1] ?? '')) end--;
      let start = end;
      while (start > 0 && end - start <= longestOrgan && !conjunctions.has(passage[start - 1] ?? '')) start--;
      const organ = passage.slice(start, end);
      if (organ.length === 0 || organ.some((word) => heads.has(word))) break;
      if (organ.length <= longestOrgan) found.push([...organ, head]);
      else {
        // The list begins inside a sentence: its first organ is the last one or two words.
        for (const width of [1, 2]) found.push([...organ.slice(-width), head]);
        break;
      }
      end = start;
    }
  });
  return found;
}

const gatheredTumors =
  /\b(?:cancers?|tumou?rs?|malignanc(?:y|ies)|neoplasms?|carcinomas?)\s*[([:]([^)\]]*)/gi;

/** "Solid Tumors (Breast, NSCLC": organs listed after a word for tumors name tumors of those organs. */
function listedTumors(text: string): Passage[] {
  return [...text.matchAll(gatheredTumors)].flatMap(([, list = '']) =>
    list.split(/[,;/&]|\b(?:and|or)\b/i).flatMap((item) => {
      const organ = foldToWords(item).filter((word) => word !== BREAK);
      return isOrgan(organ.join(' ')) ? [[...organ, 'cancer']] : [];
    }),
  );
}

/** "Type 1 or 2 diabetes", "diabetes type I/II": the number after the conjunction is a type as well. */
export function withEachType(text: string): string {
  return text.replace(/\b(type)s?[ -]([1I]|2|II)\s?(?:and|or|&|,|\/)\s?([1I]|2|II)\b/gi, '$1 $2 or $1 $3');
}

/** The passages of one text, as written and as meant. */
export function passagesOfText(whole: string): Passage[] {
  const text = withEachType(withoutExclusions(whole.slice(0, longestText)));
  const folded = foldToWords(text);
  const outside = withoutBrackets(text);
  const bare = outside === text ? folded : foldToWords(outside);
  const slashed = text.includes('/') ? shared(foldToWords(text.replaceAll('/', ' or '))) : [];
  const uninterrupted = [...new Set([folded, bare])].map((passage) => withoutInterruptions(passage) ?? []);
  return [folded, bare, ...shared(folded), ...slashed, ...listedTumors(text), ...uninterrupted];
}

function distinct(passages: Passage[]): Passage[] {
  const byWords = new Map(passages.map((passage) => [passage.join(' '), passage]));
  byWords.delete('');
  return [...byWords.values()];
}

/** The passages of a trial's conditions, as written and as meant. */
export function passagesOfConditions(trial: Pick<Trial, 'conditions'>): Passage[] {
  return distinct(
    trial.conditions.flatMap((condition) => {
      const natural = uninverted(condition);
      return [...passagesOfText(condition), ...(natural ? [foldToWords(natural)] : [])];
    }),
  );
}

/** The passages that may name a trial's conditions (M1): conditions and titles, as written and as meant. */
export function passagesOf(
  trial: Pick<Trial, 'conditions' | 'title' | 'officialTitle'>,
  conditions: Passage[] = passagesOfConditions(trial),
): Passage[] {
  return distinct([...conditions, ...[trial.title, trial.officialTitle ?? ''].flatMap(passagesOfText)]);
}
