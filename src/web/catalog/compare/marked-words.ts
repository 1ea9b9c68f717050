import { diffWordsWithSpace } from 'diff';

/** A piece of a text: `isMarked` if the other text lacks it. */
export type MarkedWords = { text: string; isMarked: boolean };

/** More single differences than this are not worth their time: the texts have little in common. */
const mostEdits = 600;

/** Two texts in pieces, each with its own words marked; both wholly marked if they have little in common. */
export function markWords(before: string, after: string): { before: MarkedWords[]; after: MarkedWords[] } {
  const pieces = diffWordsWithSpace(before, after, { maxEditLength: mostEdits }) ?? [
    { value: before, removed: true, added: false },
    { value: after, removed: false, added: true },
  ];
  const sideOf = (side: 'added' | 'removed') =>
    pieces.flatMap(({ value, ...piece }) => {
      const isOther = side === 'added' ? piece.removed : piece.added;
      return isOther || value === '' ? [] : [{ text: value, isMarked: piece[side] }];
    });
  return { before: sideOf('removed'), after: sideOf('added') };
}
