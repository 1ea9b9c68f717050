import { createHash } from 'node:crypto';
import { type SayShared, type SharedWords, sharedWords } from '../core/wording/digest.ts';

/** The part of a trial's block that is the same for all readers: HTML, and text folded to its width. */
export type SharedBlock = { html: string; text: string };

/** Caches parts that many digests share, so that each is worded and rendered once. */
export type SharedBlocks = {
  say: SayShared;
  /** Returns the block for words from `say`; makes it if it is not cached. */
  render: (words: SharedWords, make: () => SharedBlock) => SharedBlock;
};

/** Caches nothing. */
export const nothingShared: SharedBlocks = { say: sharedWords, render: (_words, make) => make() };

/**
 * Opens a cache of at most `atMost` trials with their changes; evicts those that were used least recently.
 */
export function openSharedBlocks(atMost = 4_000): SharedBlocks {
  const kept = new Map<string, SharedWords>();
  const blocks = new WeakMap<SharedWords, SharedBlock>();
  return {
    say(wording, trial, composedAt) {
      const { card, kind, changes, folded, elsewhere, versions } = trial;
      const told = JSON.stringify([card, kind, changes, folded, elsewhere, versions]);
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
