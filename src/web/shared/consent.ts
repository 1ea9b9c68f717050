import { createHash } from 'node:crypto';
import type { Wording } from '../../core/wording/wording.ts';

/** Raise it whenever the meaning of the sentences changes. */
const version = 'sign-up-3';

/** The consent (P4) in the words of the page that asks for it. */
export type ConsentWording = {
  health: string;
  age: string;
  wordingVersion: string;
  /** A hash of the exact sentences that were shown. */
  wordingHash: string;
};

/** The consent in a language, with the proof to store. `minAge` in years. */
export function consentWording(wording: Wording, minAge: number): ConsentWording {
  const health = wording.say('follow.consent.health');
  const age = wording.say('follow.consent.age', { age: minAge });
  const wordingHash = createHash('sha256').update(`${wording.language}\n${health}\n${age}`).digest('hex');
  return { health, age, wordingVersion: version, wordingHash };
}
