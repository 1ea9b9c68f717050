import type { Resolution } from '../matching/conditions.ts';
import { topicsOfCondition, trialTopic } from '../matching/topics.ts';
import type { InputResolution, ResolvedCondition } from '../matching/understood.ts';

/**
 * Turns resolved words into something to follow, or the reason why it cannot be followed. `words` are as
 * typed.
 */
export function understandCondition(
  resolution: Resolution,
  words: string,
  registry: string,
): InputResolution {
  const condition = (
    concept: { conceptId: string; term: string } | null,
    phrases: string[],
    said: string,
    weeklyOnly = false,
  ): InputResolution => {
    const conceptId = concept?.conceptId ?? null;
    return {
      kind: 'understood',
      understood: {
        kind: 'condition',
        registry,
        registryId: null,
        words,
        conceptId,
        conceptTerm: concept?.term ?? null,
        phrases,
        topics: topicsOfCondition({ conceptId, phrases }),
        said,
        weeklyOnly,
      },
    };
  };
  const asWritten = `trials that name "${words}" as a condition or in their title`;
  switch (resolution.kind) {
    case 'concept':
      return condition(resolution, resolution.phrases, `${resolution.term} (MeSH ${resolution.conceptId})`);
    case 'umbrella':
      return condition(resolution, resolution.phrases, `everything under ${resolution.term}`, true);
    case 'literal':
      return condition(null, resolution.phrases, asWritten);
    case 'attribute':
      return { kind: 'attribute', words, term: resolution.term };
    case 'choose': {
      const { suggestions, literal } = resolution;
      if (literal && suggestions.length === 0) return condition(null, resolution.phrases, asWritten);
      return { kind: 'choose', words, suggestions, literal };
    }
    case 'unknown':
      return { kind: 'unknown', words };
  }
}

/** A trial in the form for following. `said` tells how the text was understood. */
export function asFollowed(registry: string, id: string, said: string): ResolvedCondition {
  return {
    kind: 'trial',
    registry,
    registryId: id,
    words: id,
    conceptId: null,
    conceptTerm: null,
    phrases: [],
    topics: [trialTopic(registry, id)],
    said,
    weeklyOnly: false,
  };
}
