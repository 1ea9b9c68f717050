import { inEnglish, type Resolution, resolveCondition } from '../../core/matching/conditions.ts';
import { topicsOfCondition, trialTopic } from '../../core/matching/topics.ts';
import type { InputResolution, ResolvedCondition } from '../../core/matching/understood.ts';
import { registryName } from '../../core/registries.ts';
import { foldName, isShortAbbreviation } from '../../core/text/folding.ts';
import type { Trial } from '../../core/trial.ts';
import { listConcepts } from '../../db/catalog/concepts.ts';
import { loadTrials } from '../../db/ingest/trials.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';

/** Understands an NCT number, a registry link or a condition. Throws a TrialbellError with suggestions when it cannot. */
export async function resolveInputOrThrow(
  context: Context,
  text: string,
  as: 'trial' | 'condition',
): Promise<ResolvedCondition> {
  const understanding = await resolveInput(context, text, as);
  if (understanding.kind === 'understood') return understanding.understood;
  throw new TrialbellError(refusal(understanding), understanding.kind === 'no-number' ? { exitCode: 2 } : {});
}

/** Understands an NCT number, a registry link or a condition, or says what stands in the way (M1c, M2, M4). */
export async function resolveInput(
  context: Context,
  text: string,
  as: 'trial' | 'condition' = 'condition',
): Promise<InputResolution | { kind: 'no-number'; words: string }> {
  for (const registry of context.registries.values()) {
    const id = registry.findId(text);
    if (id) return understandTrial(context, registry, id);
  }
  return as === 'trial' ? { kind: 'no-number', words: text } : understandCondition(context, text.trim());
}

async function understandTrial(
  context: Context,
  registry: Registry,
  asked: string,
): Promise<InputResolution> {
  const stored = await loadTrials(context.db, registry.id, [asked]);
  const known = stored.find((one) => one.registryId !== asked) ?? stored[0];
  let id = known?.registryId ?? asked;
  let title = known?.trial.title ?? null;
  if (!known) {
    try {
      const record = await registry.trial(asked);
      if (record === null) return { kind: 'no-such-trial', registry: registry.id, id: asked };
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
    kind: 'understood',
    understood: {
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
    },
  };
}

async function understandCondition(context: Context, words: string): Promise<InputResolution> {
  const registry = [...context.registries.values()][0];
  if (!registry) throw new TrialbellError('No registry is configured.');
  const quoted = /^"(.+)"$/.exec(words)?.[1];
  if (quoted !== undefined && isShortAbbreviation(foldName(quoted)))
    return { kind: 'too-short', words: quoted };
  if (quoted !== undefined) return understoodAs({ kind: 'literal', phrases: [quoted] }, quoted, registry.id);
  const concepts = await listConcepts(context.db);
  // Words of another language lead to what the registry calls it, and are looked for nowhere themselves.
  const english = inEnglish(words);
  let resolution = resolveCondition(english, { concepts });
  if (resolution.kind === 'choose' || resolution.kind === 'unknown') {
    resolution = resolveCondition(english, {
      concepts,
      answer: { trials: await askRegistry(registry, english) },
    });
  }
  return understoodAs(resolution, resolution.kind === 'choose' ? english : words, registry.id);
}

/** The trials on the first page of the registry's own answer to the words (M2). */
async function askRegistry(registry: Registry, words: string): Promise<Trial[]> {
  for await (const page of registry.pages({ kind: 'condition', words })) {
    return page.records.flatMap((record) => (record.ok ? record.trial : []));
  }
  return [];
}

function understoodAs(resolution: Resolution, words: string, registry: string): InputResolution {
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

/** Why something cannot be followed, and the way out, for the command line. */
function refusal(
  understanding: Exclude<Awaited<ReturnType<typeof resolveInput>>, { kind: 'understood' }>,
): string {
  switch (understanding.kind) {
    case 'no-number':
      return `"${understanding.words}" is no trial number. An NCT number has eight digits, such as NCT01234567.`;
    case 'no-such-trial':
      return `${registryName(understanding.registry)} does not know ${understanding.id}. Check the number.`;
    case 'too-short':
      return `"${understanding.words}" is too short to be followed as written: it stands for many things. Spell it out.`;
    case 'attribute':
      return `"${understanding.words}" is a trait of many illnesses (${understanding.term}) and cannot be followed alone. Name the illness.`;
    case 'choose': {
      const { words, suggestions, literal } = understanding;
      const listed = suggestions.map(({ term }) => `  --condition "${term}"`);
      if (literal)
        listed.push(`  --condition '"${words}"'   the words themselves, wherever they are written`);
      return `"${words}" can mean several things. Choose one of these words:\n${listed.join('\n')}`;
    }
    case 'unknown':
      return `The registry knows no trial for "${understanding.words}". Check the spelling, or try a more general word for the illness.`;
  }
}
