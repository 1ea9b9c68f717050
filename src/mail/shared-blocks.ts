import { createHash } from 'node:crypto';
import { type SayShared, type SharedWords, sharedWords } from '../core/wording/digest.ts';

/** The part of a trial's block in a mail that everybody gets alike: HTML, and text folded to its width. */
export type SharedBlock = { html: string; text: string };

/** Remembers what many digests have in common, so that it is put into words and rendered once. */
export type SharedBlocks = {
  say: SayShared;
  /** The block of words that `say` gave, made when it is not remembered. */
  render: (words: SharedWords, make: () => SharedBlock) => SharedBlock;
};

/** Says and renders everything anew. */
export const nothingShared: SharedBlocks = { say: sharedWords, render: (_words, make) => make() };

/** Remembers so many trials with their changes, those asked for last. */
export function openSharedBlocks(atMost = 4_000): SharedBlocks {
  const kept = new Map<string, SharedWords>();
  const blocks = new WeakMap<SharedWords, SharedBlock>();
  return {
    say(wording, trial, composedAt) {
      const { card, kind, changes, folded, versions } = trial;
      const told = JSON.stringify([card, kind, changes, folded, versions]);
      const key = createHash('sha256')
        .update(`${wording.language} ${composedAt.slice(0, 10)} ${told}`)
        .digest('base64');
      const known = kept.get(key);
      kept.delete(key);
      const words = known ?? sharedWords(wording, trial, composedAt);
      kept.set(key, words);
      const [oldest] = kept.keys();
      if (kept.size > atMost && oldest !== undefined) kept.delete(oldest);
      return words;
    },
    render(words, make) {
      const known = blocks.get(words);
      if (known) return known;
      const block = make();
      blocks.set(words, block);
      return block;
    },
  };
}
