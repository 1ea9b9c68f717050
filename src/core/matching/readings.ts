import { registryFacts } from '../registries.ts';
import { foldName, foldToWords, longestText } from '../text/folding.ts';
import { conceptsAdmitted, within } from './admitted.ts';
import { conceptsAbove, conceptsBeneath } from './concepts-above.ts';
import { canonicalConceptId, kindOfConcept, umbrellaWords } from './concepts-kinds.ts';
import { type JudgedConcepts, judgeConcepts, type Matchable } from './concepts-weak.ts';
import { judgeOccurrences } from './disease-names.ts';
import { wordsOfIllness } from './modifiers.ts';
import { conceptsAbbreviated, conceptsIn, conceptsOfWhole, isWithin } from './named-concepts.ts';
import { type Passage, passagesOf, passagesOfConditions } from './passages.ts';
import { isGathering } from './synonyms.ts';

/**
 * Where a condition is named: in conditions or titles, in the keywords, or in the description of
 * participants.
 */
export type Found = { by: 'phrase' | 'keyword' | 'admitted'; words: string };

/** The parts of a trial that matching uses. `named` includes the ancestors of named conditions. */
export type NameReading = {
  judged: JudgedConcepts;
  passages: Passage[];
  /** Its codes and those above them. */
  codes: ReadonlySet<string>;
  named: ReadonlyMap<string, Found>;
  /** Everything that was found, by the conditions themselves: one may be named in several places. */
  found: readonly (readonly [conceptId: string, found: Found])[];
};

const readings = new WeakMap<Matchable, NameReading>();

/** Reads a trial once for all subscriptions that it is matched with. */
export function readTrialNames(trial: Matchable): NameReading {
  let reading = readings.get(trial);
  if (!reading) {
    reading = read(trial);
    readings.set(trial, reading);
  }
  return reading;
}

/** Limits the texts of a trial. Longer ones exceed what registries allow: an accident or an attack (C16). */
function bounded(trial: Matchable): Matchable {
  const cut = (text: string) => text.slice(0, longestText);
  return {
    ...trial,
    title: cut(trial.title),
    officialTitle: trial.officialTitle && cut(trial.officialTitle),
    conditions: trial.conditions.map(cut),
    keywords: trial.keywords.map(cut),
  };
}

function read(whole: Matchable): NameReading {
  const trial = bounded(whole);
  const conditionPassages = passagesOfConditions(trial);
  const passages = passagesOf(trial, conditionPassages);
  const judged = judgeConcepts(trial, passages);
  const codes = new Set([...trial.meshes, ...trial.ancestors].map(({ id }) => canonicalConceptId(id)));
  const counts = judgeOccurrences({ strong: judged.strong, all: codes });
  const named = new Map<string, Found>();
  const found: [string, Found][] = [];
  const add = (by: Found['by'], some: Iterable<readonly [id: string, words: string]>) => {
    for (const [id, words] of some) {
      const one = { by, words };
      found.push([id, one]);
      if (!named.has(id)) named.set(id, one);
    }
  };
  const spoken = conceptsIn(passages, counts);
  add('phrase', spoken.named);
  const namedWhole = trial.conditions.flatMap((condition) =>
    conceptsOfWhole(condition).map((id) => [id, condition] as const),
  );
  add('phrase', namedWhole);
  const open = openConcepts(trial, [
    ...namedWhole.map(([id]) => id),
    ...conceptsIn(conditionPassages, counts).alone,
  ]);
  const own = new Set([...spoken.alone, ...open]);
  const keywords = keywordConcepts(trial.keywords);
  // Keywords that classify the condition, such as MedDRA's terms in the EU register, need no support (X7).
  const isSure = registryFacts(trial.registry)?.classifies === true;
  const near = keywords.filter(([id]) => isSure || [...own].some((one) => isWithin(id, one)));
  add('keyword', near);
  const doubtful = keywords.filter(([id]) => !named.has(id));
  const short = trial.conditions.flatMap((condition) =>
    conceptsAbbreviated(condition).map((id) => [id, condition] as const),
  );
  const wide = [...open].filter(hasBeneath);
  const unsure = [...doubtful, ...short.filter(([id]) => !named.has(id))].map(([id]) => id);
  if (wide.length > 0 || unsure.length > 0) {
    const admitted = conceptsAdmitted(trial, wide, unsure);
    add(
      'keyword',
      doubtful.filter(([id]) => admitted.has(id)),
    );
    add(
      'phrase',
      short.filter(([id]) => admitted.has(id) || [...own].some((one) => isWithin(id, one))),
    );
    add('admitted', within(admitted, open));
  }
  for (const [id, one] of [...named])
    for (const above of conceptsAbove(id).ids) if (!named.has(above)) named.set(above, one);
  return { judged, passages, codes, named, found };
}

/** Every place where a trial names a condition or one beneath it, with the words there. May repeat. */
export function namingsOf(trial: Matchable, conceptId: string): Found[] {
  const { judged, passages, codes, found } = readTrialNames(trial);
  const counts = judgeOccurrences({ strong: judged.strong, all: codes });
  const spoken = passages.flatMap((passage) => [...conceptsIn([passage], counts).named]);
  return [...spoken.map(([id, words]): [string, Found] => [id, { by: 'phrase', words }]), ...found].flatMap(
    ([id, one]) => (isWithin(id, conceptId) ? one : []),
  );
}

const gathering = new Map<string, boolean>();

function hasBeneath(id: string): boolean {
  let has = gathering.get(id);
  if (has === undefined) {
    has = conceptsBeneath(id).length > 0;
    gathering.set(id, has);
  }
  return has;
}

/**
 * The broad conditions of a trial, whose text may name narrower ones: "Leukemia", "Advanced Solid Tumors".
 */
function openConcepts(trial: Matchable, named: string[]): Set<string> {
  const open = new Set(named);
  open.delete(umbrellaOfTumors);
  const texts = [...trial.conditions, trial.title, trial.officialTitle ?? ''];
  for (const condition of trial.conditions) {
    const umbrella = umbrellaWords.get(
      wordsOfIllness(foldToWords(condition).filter((word) => word !== '|')).join(' '),
    );
    if (umbrella) open.add(umbrella.id);
  }
  if (texts.some((text) => /\bsolid (?:tumou?r|malignan|neoplasm|cancer)/i.test(text)))
    open.add(umbrellaOfTumors);
  // "Spine Disease" beside "Degenerative Disc Disease" means the latter.
  const isExplained = (id: string) =>
    isGathering(id) && [...open].some((other) => other !== id && isWithin(other, id));
  const isTooWide = (id: string) => id !== umbrellaOfTumors && kindOfConcept(id) === 'umbrella';
  return new Set([...open].filter((id) => !isTooWide(id) && !isExplained(id)));
}

const umbrellaOfTumors = 'D009369';

/** The number of keywords read from one combined keyword. */
const longestList = 100;

/** The conditions that whole keywords name. Some registrants write all of them into one, with commas. */
function keywordConcepts(keywords: readonly string[]): (readonly [id: string, words: string])[] {
  return keywords.flatMap((keyword) => {
    const items = keyword.split(',', longestList);
    return (items.length > 2 ? items : [keyword]).flatMap((part) => {
      const words = part.trim();
      const folded = foldName(words);
      const { named } = conceptsIn([folded.split(' ')], judgeOccurrences({ strong: [], all: new Set() }));
      const exact = [...named].filter(([, name]) => foldName(name) === folded).map(([id]) => id);
      return [...new Set([...exact, ...conceptsOfWhole(words), ...conceptsAbbreviated(words)])].map(
        (id) => [id, words] as const,
      );
    });
  });
}
