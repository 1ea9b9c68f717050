import { languagePhrases } from './languages.ts';
import { fullPhrases, gonePhrases, suspendedPhrases, troublePhrases } from './mailbox.ts';
import { messagePhrases } from './message.ts';
import type { Phrase } from './phrase.ts';
import { domainPhrases, fixedPhrases, laterPhrases, serverPhrases, vaguePhrases } from './route.ts';
import { identityPhrases, ratePhrases, rulePhrases, standingPhrases } from './sender.ts';

/**
 * Phrases that outrank every code, in the order of search. Phrases of a living mailbox come before those of a dead one,
 * so that a text with both stops nobody (B2).
 */
export const clearPhrases: readonly Phrase[] = [
  ...fixedPhrases,
  ...troublePhrases,
  ...ratePhrases,
  ...fullPhrases,
  ...suspendedPhrases,
  ...messagePhrases,
  ...identityPhrases,
  ...standingPhrases,
  ...domainPhrases,
  ...gonePhrases,
  ...languagePhrases,
];

/** Phrases that count only if no enhanced code says more. */
export const weakPhrases: readonly Phrase[] = [
  ...laterPhrases,
  ...rulePhrases,
  ...serverPhrases,
  ...vaguePhrases,
];
