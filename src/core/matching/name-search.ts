import { foldHeading, foldName } from '../text/folding.ts';
import { type NamedCondition, writtenNames } from './condition-names.ts';
import { foreignNamesOf } from './foreign-words.ts';

/** Names to look words up in while they are typed. */
export type NameSearch = {
  entries: { folded: string; written: string; condition: NamedCondition }[];
  /** By a whole folded name. */
  byName: ReadonlyMap<string, NamedCondition>;
};

/** A condition that fits the beginning of what is being typed, and by which of its names. */
export type FoundName = { condition: NamedCondition; written: string };

/** Prepares conditions for searching, by their names in other languages too. The first condition keeps a name that two have. */
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
 * The conditions one of whose names begins with what is typed, or has a word that does; whole names first, then those with
 * most trials. Attributes (M1c) are never offered.
 */
export function searchNames({ entries }: NameSearch, typed: string, atMost: number): FoundName[] {
  const folded = foldName(typed);
  if (folded === '') return [];
  const best = new Map<NamedCondition, { score: number; written: string }>();
  for (const { folded: name, written, condition } of entries) {
    const score = name === folded ? 3 : name.startsWith(folded) ? 2 : name.includes(` ${folded}`) ? 1 : 0;
    if (score === 0 || condition.kind === 'attribute') continue;
    // Shown by the first of its names that fits: the everyday one, where it does.
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
