import { foldName, foldToWords } from '../text/folding.ts';
import type { Concept, Trial } from '../trial.ts';
import { conceptsAbove, isAstray } from './concepts-above.ts';
import { canonicalConceptId } from './concepts-kinds.ts';
import { judgeOccurrences } from './disease-names.ts';
import { exclusionsOf, type Passage, passagesOf } from './passages.ts';
import { findOccurrences, indexNames, type NameIndex } from './phrases.ts';
import { namesOf, narrowerNamesOf } from './synonyms.ts';

/** The parts of a trial that matching reads. */
export type Matchable = Pick<
  Trial,
  'registry' | 'id' | 'title' | 'officialTitle' | 'conditions' | 'keywords' | 'meshes' | 'ancestors'
> &
  Partial<Pick<Trial, 'arms' | 'criteria' | 'summary' | 'description'>>;

/** A trial's codes by how far they can be trusted (M1b). */
export type JudgedConcepts = { strong: Concept[]; weak: Concept[]; above: Concept[] };

/** Words too common in disease names to identify one. */
const commonWords = new Set(
  (
    'disease disorder syndrome condition chronic acute primary secondary congenital hereditary idiopathic ' +
    'generalized generalised juvenile adult human type induced related injury severe infection neoplasm cancer ' +
    'tumor carcinoma system nervous function deficiency insufficiency failure'
  ).split(' '),
);

/** The characteristic words of a name, each cut to the stem that its forms share ("asthma", "asthmatic"). */
function stemsOf(folded: string): string[] {
  return folded
    .split(' ')
    .filter((word) => word.length >= 5 && !commonWords.has(word))
    .map((word) => word.slice(0, Math.max(5, word.length - 3)));
}

/** Signs that a text speaks of a concept. Computed once per concept. */
type Signs = { names: NameIndex<true>; stems: string[]; initials: string; isTumor: boolean };

const signsByConcept = new Map<string, Signs>();

function signsOf(concept: Concept): Signs {
  const key = `${concept.id} ${concept.term}`;
  let signs = signsByConcept.get(key);
  if (!signs) {
    const names = [...namesOf(concept), ...narrowerNamesOf(concept.id).map(foldName)];
    const words = foldName(concept.term).split(' ');
    signs = {
      names: indexNames(names.map((name) => [name, true] as const)),
      stems: [...new Set(names.flatMap(stemsOf))],
      initials: initialsOf(words),
      isTumor: conceptsAbove(concept.id).ids.has('D009369') || words.some((word) => tumorWords.has(word)),
    };
    signsByConcept.set(key, signs);
  }
  return signs;
}

function speakOf(passages: Passage[], { names, stems }: Signs): boolean {
  if (findOccurrences(passages, names).length > 0) return true;
  return passages.some((passage) => passage.some((word) => stems.some((stem) => word.startsWith(stem))));
}

const smallWords = new Set(['of', 'and', 'or', 'in', 'with', 'by', 'to']);

function initialsOf(words: string[]): string {
  return words
    .filter((word) => !smallWords.has(word))
    .map((word) => word[0] ?? '')
    .join('');
}

/**
 * Evidence for or against a code. `keptOut`: mentions in conditions and titles that only exclude something.
 * `counts`: whether a name in a passage is not part of another illness's name.
 */
type Evidence = {
  spoken: Passage[];
  wholeConditions: Set<string>;
  keywords: Passage[];
  keptOut: Passage[];
  counts: ReturnType<typeof judgeOccurrences>;
};

const tumorWords = new Set(['cancer', 'tumor', 'neoplasm', 'malignancy', 'carcinoma', 'adenocarcinoma']);

function isWeak(concept: Concept, evidence: Evidence): boolean {
  const signs = signsOf(concept);
  const { initials } = signs;
  // "Hypertension" for "ocular hypertension": the name occurs only inside another illness's.
  const named = findOccurrences(evidence.spoken, signs.names);
  if (named.length > 0)
    return !named.some((one) => evidence.counts({ ...one, value: { conceptId: concept.id } }));
  if (speakOf(evidence.spoken, signs) || evidence.wholeConditions.has(initials)) return false;
  if (evidence.keptOut.length > 0 && speakOf(evidence.keptOut, signs)) return true;
  const abbreviated = [...evidence.spoken, ...evidence.keywords].some((passage) =>
    passage.includes(initials),
  );
  if (initials.length > 1 && initials.length <= 3 && abbreviated) return true;
  // In trials of "solid tumors" the keywords often list which ones, so they are narrower words for the
  // conditions.
  const narrows =
    signs.isTumor && evidence.spoken.some((passage) => passage.some((word) => tumorWords.has(word)));
  return !narrows && speakOf(evidence.keywords, signs);
}

/**
 * The trusted codes of a trial that its conditions or titles confirm: only these are fit to be offered. A
 * code that nothing mentions is still matched, because most are right, but may come from a filing error of
 * the registry.
 */
export function conceptsBorneOut(trial: Matchable): Concept[] {
  const spoken = passagesOf(trial);
  const whole = new Set(trial.conditions.map(foldName));
  const namesTumor = spoken.some((passage) => passage.some((word) => tumorWords.has(word)));
  return judgeConcepts(trial, spoken).strong.filter((concept) => {
    const signs = signsOf(concept);
    return speakOf(spoken, signs) || whole.has(signs.initials) || (signs.isTumor && namesTumor);
  });
}

/**
 * The headings of a trial that may be offered: the confirmed ones, or all trusted ones if none is confirmed.
 */
export function conceptsToOffer(trial: Matchable): Concept[] {
  const borneOut = conceptsBorneOut(trial);
  return borneOut.length > 0 ? borneOut : judgeConcepts(trial).strong;
}

const canonical = ({ id, term }: Concept): Concept => ({ id: canonicalConceptId(id), term });

/**
 * Splits a trial's codes into trusted and weak ones. Of the headings above them, keeps only those that are
 * certainly above a trusted one: the registry gives one list for all codes of a record.
 */
export function judgeConcepts(trial: Matchable, spoken: Passage[] = passagesOf(trial)): JudgedConcepts {
  const meshes = trial.meshes.map(canonical);
  const evidence: Evidence = {
    spoken,
    wholeConditions: new Set(trial.conditions.map(foldName)),
    keywords: trial.keywords.map(foldToWords),
    counts: judgeOccurrences({ strong: [], all: new Set() }),
    keptOut: [...trial.conditions, trial.title, trial.officialTitle ?? ''].flatMap(exclusionsOf),
  };
  const supported = meshes.filter((concept) => !isWeak(concept, evidence));
  const trusted = new Set(supported.flatMap(({ id }) => [...conceptsAbove(id).ids]));
  const strong = meshes.filter((concept) => supported.includes(concept) || trusted.has(concept.id));
  const weak = meshes.filter((concept) => !strong.includes(concept));
  const ancestors = trial.ancestors
    .map(canonical)
    .filter(({ id }) => trusted.has(id) || !strong.some((own) => isAstray(own.id, id)));
  if (weak.length === 0) return { strong, weak, above: ancestors };
  const doubtful = weak.map(({ id }) => conceptsAbove(id));
  const above = ancestors.filter(
    ({ id }) =>
      trusted.has(id) ||
      (strong.length > 0 && doubtful.every((known) => known.complete && !known.ids.has(id))),
  );
  return { strong, weak, above };
}

/** Codes that come from a keyword or an abbreviation and that no condition or title mentions (M1b). */
export function weakMeshes(trial: Matchable): Concept[] {
  return judgeConcepts(trial).weak;
}
