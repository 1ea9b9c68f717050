import { type Resolution, resolveCondition, type Suggestion } from '../core/matching/conditions.ts';
import { topicsOfCondition, trialTopic } from '../core/matching/topics.ts';
import { foldName, isShortAbbreviation } from '../core/text/folding.ts';
import type { Trial } from '../core/trial.ts';
import { listConcepts } from '../db/concepts.ts';
import { loadTrials } from '../db/trials.ts';
import { RegistryUnavailable, TrialbellError } from '../errors.ts';
import type { Registry } from '../registries/registry.ts';
import type { Context } from './context.ts';

/** What a person wants to follow, understood. `said` tells them how it was understood. */
export type Understood = {
  kind: 'trial' | 'condition';
  registry: string;
  registryId: string | null;
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  phrases: string[];
  topics: string[];
  said: string;
  /** An umbrella concept (M1c) may be followed weekly only. */
  weeklyOnly: boolean;
};

/** Understands an NCT number, a registry link or a condition. Throws a TrialbellError with suggestions when it cannot. */
export async function understand(
  context: Context,
  text: string,
  as: 'trial' | 'condition',
): Promise<Understood> {
  for (const registry of context.registries.values()) {
    const id = registry.findId(text);
    if (id) return understandTrial(context, registry, id);
  }
  if (as === 'trial') {
    throw new TrialbellError(
      `"${text}" is no trial number. An NCT number has eight digits, such as NCT01234567.`,
      {
        exitCode: 2,
      },
    );
  }
  return understandCondition(context, text.trim());
}

async function understandTrial(context: Context, registry: Registry, asked: string): Promise<Understood> {
  const stored = await loadTrials(context.db, registry.id, [asked]);
  const known = stored.find((one) => one.registryId !== asked) ?? stored[0];
  let id = known?.registryId ?? asked;
  let title = known?.trial.title ?? null;
  if (!known) {
    try {
      const record = await registry.trial(asked);
      if (record === null)
        throw new TrialbellError(`${registry.name} does not know ${asked}. Check the number.`);
      if (record.ok) {
        id = record.trial.id;
        title = record.trial.title;
      }
    } catch (error) {
      // Away for now: the subscription waits for its baseline, and the next round reads it.
      if (!(error instanceof RegistryUnavailable)) throw error;
      context.log.warn({ trial: asked, reason: error.message }, 'registry away');
    }
  }
  const renamed = id === asked ? '' : ` (${asked} is its old number)`;
  return {
    kind: 'trial',
    registry: registry.id,
    registryId: id,
    words: id,
    conceptId: null,
    conceptTerm: null,
    phrases: [],
    topics: [trialTopic(registry.id, id)],
    said: title
      ? `the trial ${id}${renamed}: ${title}`
      : `the trial ${id}, to be read when the registry answers again`,
    weeklyOnly: false,
  };
}

async function understandCondition(context: Context, words: string): Promise<Understood> {
  const registry = [...context.registries.values()][0];
  if (!registry) throw new TrialbellError('No registry is configured.');
  const quoted = /^"(.+)"$/.exec(words)?.[1];
  if (quoted !== undefined && isShortAbbreviation(foldName(quoted))) {
    throw new TrialbellError(
      `"${quoted}" is too short to be followed as written: it stands for many things. Spell it out.`,
    );
  }
  if (quoted !== undefined) return understoodAs({ kind: 'literal', phrases: [quoted] }, quoted, registry.id);
  const concepts = await listConcepts(context.db);
  let resolution = resolveCondition(words, { concepts });
  if (resolution.kind === 'choose' || resolution.kind === 'unknown') {
    resolution = resolveCondition(words, {
      concepts,
      answer: { trials: await askRegistry(registry, words) },
    });
  }
  return understoodAs(resolution, words, registry.id);
}

/** The trials on the first page of the registry's own answer to the words (M2). */
async function askRegistry(registry: Registry, words: string): Promise<Trial[]> {
  for await (const page of registry.pages({ kind: 'condition', words })) {
    return page.records.flatMap((record) => (record.ok ? record.trial : []));
  }
  return [];
}

function understoodAs(resolution: Resolution, words: string, registry: string): Understood {
  const condition = (
    concept: { conceptId: string; term: string } | null,
    phrases: string[],
    said: string,
    weeklyOnly = false,
  ): Understood => {
    const conceptId = concept?.conceptId ?? null;
    return {
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
    };
  };
  switch (resolution.kind) {
    case 'concept':
      return condition(resolution, resolution.phrases, `${resolution.term} (MeSH ${resolution.conceptId})`);
    case 'umbrella':
      return condition(resolution, resolution.phrases, `everything under ${resolution.term}`, true);
    case 'literal':
      return condition(
        null,
        resolution.phrases,
        `trials that name "${words}" as a condition or in their title`,
      );
    case 'attribute':
      throw new TrialbellError(
        `"${words}" is a trait of many illnesses (${resolution.term}) and cannot be followed alone. Name the illness.`,
      );
    case 'choose':
      if (resolution.literal && resolution.suggestions.length === 0) {
        return condition(
          null,
          resolution.phrases,
          `trials that name "${words}" as a condition or in their title`,
        );
      }
      throw new TrialbellError(
        `"${words}" can mean several things. Choose one of these words:\n${listSuggestions(resolution.suggestions)}${
          resolution.literal
            ? `\n  --condition '"${words}"'   the words themselves, wherever they are written`
            : ''
        }`,
      );
    case 'unknown':
      throw new TrialbellError(
        `The registry knows no trial for "${words}". Check the spelling, or try a more general word for the illness.`,
      );
  }
}

function listSuggestions(suggestions: Suggestion[]): string {
  return suggestions.map(({ term }) => `  --condition "${term}"`).join('\n');
}
