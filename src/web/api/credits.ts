import { z } from 'zod';
import { registryFacts, registryName } from '../../core/registries.ts';
import { attributions } from '../../core/wording/sources.ts';
import type { Wording } from '../../core/wording/wording.ts';

/** A registry whose records an answer holds (X12). */
export const Credit = z
  .strictObject({
    registry: z.string(),
    name: z.string(),
    attribution: z.string().meta({ description: 'What its terms ask to be shown with its records' }),
    licence: z.string().nullable().meta({ description: 'The URL of those terms' }),
  })
  .meta({ id: 'Credit', description: 'A registry whose records the answer holds' });

/** The registries of some records, each once, with their terms. */
export function sourcesOf(wording: Wording, registries: Iterable<string>): z.input<typeof Credit>[] {
  return [...new Set(registries)].sort().map((registry) => ({
    registry,
    name: registryName(registry),
    attribution: attributions(wording, [registry]).join(' '),
    licence: registryFacts(registry)?.licence ?? null,
  }));
}
