import { createHash } from 'node:crypto';
import type { Wording } from '../../core/wording/wording.ts';

/** Raised whenever the sentences say something else. */
const version = 'sign-up-1';

/** What a person agrees to (P4), as the form and the page behind the confirmation link say it. */
export type ConsentWording = {
  health: string;
  age: string;
  wordingVersion: string;
  /** Of the very sentences that were shown. */
  wordingHash: string;
};

/** The sentences of the consent in a language, and what is kept to prove them. `minAge` in years. */
export function consentWording(wording: Wording, minAge: number): ConsentWording {
  const health = wording.say('follow.consent.health');
  const age = wording.say('follow.consent.age', { age: minAge });
  const wordingHash = createHash('sha256').update(`${wording.language}\n${health}\n${age}`).digest('hex');
  return { health, age, wordingVersion: version, wordingHash };
}
