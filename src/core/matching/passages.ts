import { BREAK, foldText, longestText } from '../text/folding.ts';
import type { Trial } from '../trial.ts';

/** Folded words of one condition or title, as far as they belong together. */
export type Passage = string[];

function withoutBrackets(text: string): string {
  return text.replace(/\([^()]*\)|\[[^[\]]*\]/g, ' ');
}

/** "Bronchospasm, Exercise-Induced" as people say it; null for a list of several things. */
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
  'cancer carcinoma tumor neoplasm disease lymphoma leukemia diabete hypersensitivity allergy'.split(' '),
);
const conjunctions = new Set(['and', 'or', BREAK]);

/** "Breast and lung cancer" speaks of breast cancer too. */
function shared(passage: Passage): Passage[] {
  const found: Passage[] = [];
  passage.forEach((head, at) => {
    if (!heads.has(head)) return;
    for (const width of [1, 2]) {
      let end = at - width;
      while (conjunctions.has(passage[end - 1] ?? '')) {
        while (conjunctions.has(passage[end - 1] ?? '')) end--;
        const start = end - width;
        const organ = start < 0 ? [] : passage.slice(start, end);
        if (organ.length < width || organ.some((word) => conjunctions.has(word))) break;
        found.push([...(passage[start - 1] === 'non' ? ['non'] : []), ...organ, head]);
        end = start;
      }
    }
  });
  return found;
}

function passagesOfText(whole: string): Passage[] {
  const text = whole.slice(0, longestText);
  const folded = foldText(text);
  return [folded, foldText(withoutBrackets(text)), ...shared(folded)];
}

/** Where a condition may be spoken of in a trial (M1): its conditions and titles, as written and as meant. */
export function passagesOf(trial: Pick<Trial, 'conditions' | 'title' | 'officialTitle'>): Passage[] {
  const conditions = trial.conditions.flatMap((condition) => {
    const natural = uninverted(condition);
    return [...passagesOfText(condition), ...(natural ? [foldText(natural)] : [])];
  });
  const titles = [trial.title, trial.officialTitle ?? ''].flatMap(passagesOfText);
  const distinct = new Map([...conditions, ...titles].map((passage) => [passage.join(' '), passage]));
  distinct.delete('');
  return [...distinct.values()];
}
