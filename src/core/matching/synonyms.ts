import { foldName, isShortAbbreviation } from '../text/folding.ts';
import { lazily } from '../text/remember.ts';
import { canonicalConceptId } from './concepts-kinds.ts';
import list from './tables/synonyms.json' with { type: 'json' };
import { tumorVariants } from './tumors.ts';

/**
 * One condition of the committed list, `tables/synonyms.json`. Each group of names has its source as key: `mesh`,
 * entry terms of that MeSH heading; `lay`, everyday English; `records`, registrants' words in recorded
 * records. `also` are names of narrower conditions that its followers want to hear of. `not` are names of
 * other conditions that contain one of these names. `broader` are MeSH headings above it.
 */
export type KnownCondition = {
  id: string;
  term: string;
  names?: { mesh?: string[]; lay?: string[]; records?: string[] };
  /** It covers illnesses of many kinds, and its trials name them. */
  gathers?: boolean;
  also?: string[];
  not?: string[];
  broader?: string[];
  abbreviations?: string[];
};

/** The committed list of common conditions. */
export const knownConditions: readonly KnownCondition[] = list.map((condition) => ({
  ...condition,
  id: canonicalConceptId(condition.id),
}));

function expand(names: string[]): string[] {
  const folded = names.map(foldName).filter(Boolean);
  return [...new Set(folded.flatMap((name) => [name, ...tumorVariants(name)]))];
}

/**
 * All folded names of one condition: heading, listed names, swapped tumour words. Excludes short
 * abbreviations.
 */
function namesOfCondition(condition: KnownCondition): string[] {
  const listed = Object.values(condition.names ?? {}).flat();
  return expand([condition.term, ...listed]).filter((name) => !isShortAbbreviation(name));
}

const byId = new Map(knownConditions.map((condition) => [condition.id, condition]));
const byName = lazily(() => {
  const named = new Map(knownConditions.map((condition) => [foldName(condition.term), condition]));
  for (const condition of knownConditions)
    for (const name of namesOfCondition(condition)) if (!named.has(name)) named.set(name, condition);
  return named;
});

/** The listed condition with this name, else null. */
export function findCondition(name: string): KnownCondition | null {
  return byName().get(foldName(name)) ?? null;
}

/** The listed conditions that an abbreviation may stand for (MS: multiple sclerosis). */
export function findByAbbreviation(typed: string): KnownCondition[] {
  const folded = foldName(typed);
  return knownConditions.filter((condition) =>
    (condition.abbreviations ?? []).some((short) => foldName(short) === folded),
  );
}

const namesByConcept = new Map<string, string[]>();

/** The folded names of a concept: its term, its listed names, and swapped tumour words. */
export function namesOf(concept: { id: string; term: string }): readonly string[] {
  const key = `${concept.id} ${concept.term}`;
  let names = namesByConcept.get(key);
  if (!names) {
    const listed = byId.get(concept.id);
    names = [...new Set([...expand([concept.term]), ...(listed ? namesOfCondition(listed) : [])])];
    namesByConcept.set(key, names);
  }
  return names;
}

/** The listed names of narrower conditions that followers of this concept want to hear of. */
export function narrowerNamesOf(conceptId: string): string[] {
  return byId.get(conceptId)?.also ?? [];
}

/** The listed names of a concept as people write them, without swapped tumour words. */
export function writtenNamesOf(conceptId: string): string[] {
  return Object.values(byId.get(conceptId)?.names ?? {}).flat();
}

/** Every listed name with its concept; `id` is null for names of no concept. */
export function listedNames(): { id: string | null; name: string }[] {
  return [
    ...[...byName()].map(([name, condition]) => ({ id: condition.id, name })),
    ...knownConditions.flatMap((condition) =>
      (condition.not ?? []).map((name) => ({ id: null, name: foldName(name) })),
    ),
  ];
}

/** Whether a condition is a heading for illnesses of many kinds, none of which it names itself. */
export function isGathering(conceptId: string): boolean {
  return byId.get(conceptId)?.gathers === true;
}
