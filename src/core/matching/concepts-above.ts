import { canonicalConceptId } from './concepts-kinds.ts';
import recorded from './concepts-recorded.json' with { type: 'json' };
import { knownConditions } from './synonyms.ts';

type Recorded = { term: string; above?: string[] };

/**
 * MeSH headings met in recorded ClinicalTrials.gov records. `above` is the whole list of what a heading stands
 * beneath, taken only from records that carry that heading alone: elsewhere the registry mixes the lists.
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

const known = new Map<string, { ids: ReadonlySet<string>; complete: boolean }>();

/** What is known to stand above a heading, and whether that is the whole list. */
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
  const above = { ids, complete: recordedConcepts.get(id)?.above !== undefined };
  if (ids.size > 0) known.set(id, above);
  return above;
}

/** The recorded and listed headings known to stand beneath another. */
export function conceptsBeneath(conceptId: string): string[] {
  const ids = new Set([...recordedConcepts.keys(), ...broader.keys()]);
  return [...ids].filter((id) => conceptsAbove(id).ids.has(conceptId));
}
