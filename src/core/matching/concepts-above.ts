import { canonicalConceptId } from './concepts-kinds.ts';
import { knownConditions } from './synonyms.ts';
import recorded from './tables/concepts-recorded.json' with { type: 'json' };

type Recorded = { term: string; above?: string[] };

/**
 * MeSH headings from recorded ClinicalTrials.gov records. `above` is the complete list of a heading's
 * ancestors, taken only from records with that heading alone: in others the registry mixes the lists.
 */
export const recordedConcepts: ReadonlyMap<string, Recorded> = new Map(
  Object.entries(recorded as Record<string, Recorded>).map(([id, { term, above }]) => [
    canonicalConceptId(id),
    above ? { term, above: above.map(canonicalConceptId) } : { term },
  ]),
);

const broader = new Map(
  knownConditions.map(({ id, broader }) => [id, (broader ?? []).map(canonicalConceptId)] as const),
);

function collect(id: string, into: Set<string>): void {
  const next = recordedConcepts.get(id)?.above ?? broader.get(id) ?? [];
  for (const above of next) {
    if (into.has(above)) continue;
    into.add(above);
    collect(above, into);
  }
}

/**
 * Headings that MeSH files beneath another, but that its followers do not mean: cancers of the gullet and of
 * the thyroid under head and neck, Prader-Willi syndrome under obesity, prediabetes under diabetes.
 */
const astray: ReadonlyMap<string, readonly string[]> = new Map([
  ['D006258', ['D004938', 'D013964']],
  ['D009765', ['D011218']],
  ['D050177', ['D011218']],
  ['D008175', ['D008654', 'D000086002']],
  ['D065631', ['D000092542']],
  ['D003920', ['D011236']],
  ['D011014', ['D000086382']],
  ['D018358', ['D008545']],
  ['D014594', ['D002583']],
  ['D007674', ['D007680']],
  ['D008107', ['D008113']],
  ['D012220', ['D000092542']],
]);

/** Whether a heading is beneath another only in MeSH, not in everyday language. */
export function isAstray(conceptId: string, above: string): boolean {
  const strays = astray.get(above);
  return strays?.some((id) => id === conceptId || everythingAbove(conceptId).has(id)) ?? false;
}

function everythingAbove(id: string): Set<string> {
  const ids = new Set<string>();
  collect(id, ids);
  return ids;
}

/** The number of headings to remember if nothing is known to be above some of them. */
const rememberedAtMost = 50_000;

const known = new Map<string, { ids: ReadonlySet<string>; complete: boolean }>();

/** The known ancestors of a heading, and whether the list is complete. */
export function conceptsAbove(conceptId: string): { ids: ReadonlySet<string>; complete: boolean } {
  const id = canonicalConceptId(conceptId);
  const before = known.get(id);
  if (before) return before;
  const ids = new Set<string>();
  collect(id, ids);
  for (const above of broader.get(id) ?? []) {
    ids.add(above);
    collect(above, ids);
  }
  for (const one of ids) if (isAstray(id, one)) ids.delete(one);
  const above = { ids, complete: recordedConcepts.get(id)?.above !== undefined };
  if (ids.size > 0 || known.size < rememberedAtMost) known.set(id, above);
  return above;
}

/** The recorded and listed headings that are known to be beneath another. */
export function conceptsBeneath(conceptId: string): string[] {
  const ids = new Set([...recordedConcepts.keys(), ...broader.keys()]);
  return [...ids].filter((id) => conceptsAbove(id).ids.has(conceptId));
}
