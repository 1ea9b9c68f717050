import { createHash } from 'node:crypto';
import type { Wording } from '../../core/wording/wording.ts';

/** Raise it whenever the meaning of the sentences changes. */
const version = 'sign-up-4';

/** The consent (P4) in the words of the page that asks for it. */
export type ConsentWording = {
  health: string;
  age: string;
  /** That the owner of a list may add to it; null if no list is to be followed. */
  list: string | null;
  wordingVersion: string;
  /** A hash of the exact sentences that were shown. */
  wordingHash: string;
};

/** The consent in a language, with the proof to store. `minAge` in years. `isToList`: a list is to be followed. */
export function consentWording(wording: Wording, minAge: number, isToList = false): ConsentWording {
  const health = wording.say('follow.consent.health');
  const age = wording.say('follow.consent.age', { age: minAge });
  const list = isToList ? wording.say('follow.consent.list') : null;
  const said = [wording.language, health, age, ...(list === null ? [] : [list])].join('\n');
  const wordingHash = createHash('sha256').update(said).digest('hex');
  return { health, age, list, wordingVersion: version, wordingHash };
}
