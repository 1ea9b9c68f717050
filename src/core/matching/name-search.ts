import { foldHeading, foldName } from '../text/folding.ts';
import { type NamedCondition, writtenNames } from './condition-names.ts';
import { foreignNamesOf } from './foreign-words.ts';

/** An index of names to search while somebody types. */
export type NameSearch = {
  entries: { folded: string; written: string; condition: NamedCondition }[];
  /** By complete folded name. */
  byName: ReadonlyMap<string, NamedCondition>;
};

/** A condition that fits the typed beginning, with the name that fits. */
export type FoundName = { condition: NamedCondition; written: string };

/**
 * Indexes conditions by their names in all languages. If two conditions share a name, the first one has it.
 */
export function openNameSearch(conditions: readonly NamedCondition[]): NameSearch {
  const entriesBy = (namesOf: (condition: NamedCondition) => readonly string[]) =>
    conditions.flatMap((condition) =>
      namesOf(condition).map((written) => ({ folded: foldHeading(written), written, condition })),
    );
  const entries = [...entriesBy(writtenNames), ...entriesBy(({ conceptId }) => foreignNamesOf(conceptId))];
  const byName = new Map<string, NamedCondition>();
  for (const { folded, condition } of entries) if (!byName.has(folded)) byName.set(folded, condition);
  return { entries, byName };
}

/**
 * Finds conditions with a name, or a word of one, that begins with the typed text. Complete names come first,
 * then conditions with most trials. Attributes (M1c) are never offered.
 */
export function searchNames({ entries }: NameSearch, typed: string, atMost: number): FoundName[] {
  const folded = foldName(typed);
  if (folded === '') return [];
  const best = new Map<NamedCondition, { score: number; written: string }>();
  for (const { folded: name, written, condition } of entries) {
    const score = name === folded ? 3 : name.startsWith(folded) ? 2 : name.includes(` ${folded}`) ? 1 : 0;
    if (score === 0 || condition.kind === 'attribute') continue;
    // Shown by the first name that fits: the everyday one if possible.
    const before = best.get(condition);
    best.set(condition, { score: Math.max(score, before?.score ?? 0), written: before?.written ?? written });
  }
  const found = [...best].map(([condition, { score, written }]) => ({ condition, score, written }));
  return found
    .toSorted(
      (a, b) =>
        Number(b.score === 3) - Number(a.score === 3) ||
        b.condition.count - a.condition.count ||
        b.score - a.score ||
        a.condition.name.length - b.condition.name.length,
    )
    .slice(0, atMost)
    .map(({ condition, written }) => ({ condition, written }));
}
