import { hash } from 'node:crypto';
import { type SayShared, type SharedWords, sharedWords } from '../core/wording/digest/trial-words.ts';
import type { GappedPart } from './gapped.ts';

/** The part of a trial's block that is the same for all readers: HTML, and text folded to its width. */
export type SharedBlock = { html: string; text: string };

/** Caches parts that many digests share, so that each is worded and rendered once. */
export type SharedBlocks = {
  say: SayShared;
  /** Returns the block for words from `say`; makes it if it is not cached. */
  render: (words: SharedWords, make: () => SharedBlock) => SharedBlock;
  /** Returns the form of a trial's block, for words from `say` and a key of what else shows in it. */
  form: (words: SharedWords, key: string, make: () => GappedPart) => GappedPart;
  /** Returns the form of what stands around the trials, for a key of all that shows in it. */
  frame: (key: string, make: () => GappedPart) => GappedPart;
};

/** Caches nothing. */
export const nothingShared: SharedBlocks = {
  say: sharedWords,
  render: (_words, make) => make(),
  form: (_words, _key, make) => make(),
  frame: (_key, make) => make(),
};

/** Frames differ by language, by day and by the kinds of news. */
const mostFrames = 500;
/** The forms of one trial differ by the number of reasons. */
const mostForms = 8;

/**
 * Opens a cache of at most `atMost` trials with their changes; evicts those that were used least recently.
 */
export function openSharedBlocks(atMost = 4_000): SharedBlocks {
  const kept = new Map<string, SharedWords>();
  const blocks = new WeakMap<SharedWords, SharedBlock>();
  const forms = new WeakMap<SharedWords, Map<string, GappedPart>>();
  const frames = new Map<string, GappedPart>();
  return {
    say(wording, trial, composedAt) {
      const { card, kind, changes, folded, elsewhere, versions } = trial;
      const told = JSON.stringify([card, kind, changes, folded, elsewhere, versions]);
      const key = hash('sha256', `${wording.language} ${composedAt.slice(0, 10)} ${told}`, 'base64');
      return keep(kept, key, () => sharedWords(wording, trial, composedAt), atMost);
    },
    render(words, make) {
      const known = blocks.get(words);
      if (known) return known;
      const block = make();
      blocks.set(words, block);
      return block;
    },
    form(words, key, make) {
      const own = forms.get(words) ?? new Map<string, GappedPart>();
      forms.set(words, own);
      return keep(own, key, make, mostForms);
    },
    frame: (key, make) => keep(frames, key, make, mostFrames),
  };
}

/** Remembers what is made for a key. Evicts what was used least recently. */
function keep<T>(kept: Map<string, T>, key: string, make: () => T, atMost: number): T {
  const known = kept.get(key);
  kept.delete(key);
  const value = known ?? make();
  kept.set(key, value);
  const [oldest] = kept.keys();
  if (kept.size > atMost && oldest !== undefined) kept.delete(oldest);
  return value;
}
