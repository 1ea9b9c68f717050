import type { Exclusion } from '../../subscriptions/exclusions.ts';
import { quoteRegistry, quoteText } from '../values.ts';
import type { Wording } from '../wording.ts';

/** Trials that are found only in one way, as what a reader may leave out. */
export function sayWay(wording: Wording, { by, words }: Pick<Exclusion, 'by' | 'words'>): string {
  // A phrase has the reader's words, in any language; a heading has the registry's.
  const match = by === 'phrase' ? quoteText(words, 120) : quoteRegistry(wording, words, 120);
  return wording.say(`misfit.way.${by}`, { match });
}
