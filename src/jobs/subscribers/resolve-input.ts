import { inEnglish, resolveCondition } from '../../core/matching/conditions.ts';
import { trialTopic } from '../../core/matching/topics.ts';
import type { InputResolution, ResolvedCondition } from '../../core/matching/understood.ts';
import { registryName } from '../../core/registries.ts';
import { understandCondition } from '../../core/subscriptions/understand-condition.ts';
import { foldName, isShortAbbreviation } from '../../core/text/folding.ts';
import type { Trial } from '../../core/trial.ts';
import { listConcepts } from '../../db/catalog/concepts.ts';
import { loadTrials } from '../../db/ingest/trials.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';

/**
 * Resolves an NCT number, a registry link or a condition. Throws a TrialbellError with suggestions on
 * failure.
 */
export async function resolveInputOrThrow(
  context: Context,
  text: string,
  as: 'trial' | 'condition',
): Promise<ResolvedCondition> {
  const understanding = await resolveInput(context, text, as);
  if (understanding.kind === 'understood') return understanding.understood;
  throw new TrialbellError(refusal(understanding), understanding.kind === 'no-number' ? { exitCode: 2 } : {});
}

/** Resolves an NCT number, a registry link or a condition, or returns the obstacle (M1c, M2, M4). */
export async function resolveInput(
  context: Context,
  text: string,
  as: 'trial' | 'condition' = 'condition',
): Promise<InputResolution | { kind: 'no-number'; words: string }> {
  for (const registry of context.registries.values()) {
    const id = registry.findId(text);
    if (id) return understandTrial(context, registry, id);
  }
  return as === 'trial' ? { kind: 'no-number', words: text } : understandWords(context, text.trim());
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
      // The registry is unavailable: the subscription waits for its baseline, and the next round reads it.
      if (!(error instanceof RegistryUnavailable)) throw error;
      context.log.warn({ trial: asked, reason: error.message }, 'registry unavailable');
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

async function understandWords(context: Context, words: string): Promise<InputResolution> {
  const registry = [...context.registries.values()][0];
  if (!registry) throw new TrialbellError('No registry is configured.');
  const quoted = /^"(.+)"$/.exec(words)?.[1];
  if (quoted !== undefined && isShortAbbreviation(foldName(quoted)))
    return { kind: 'too-short', words: quoted };
  if (quoted !== undefined)
    return understandCondition({ kind: 'literal', phrases: [quoted] }, quoted, registry.id);
  const concepts = await listConcepts(context.db);
  // Words of another language lead to the registry's term, and are not searched for themselves.
  const english = inEnglish(words);
  let resolution = resolveCondition(english, { concepts });
  if (resolution.kind === 'choose' || resolution.kind === 'unknown') {
    resolution = resolveCondition(english, {
      concepts,
      answer: { trials: await askRegistry(registry, english) },
    });
  }
  return understandCondition(resolution, resolution.kind === 'choose' ? english : words, registry.id);
}

/** Fetches the trials on the first page of the registry's own answer to the words (M2). */
async function askRegistry(registry: Registry, words: string): Promise<Trial[]> {
  for await (const page of registry.pages({ kind: 'condition', words })) {
    return page.records.flatMap((record) => (record.ok ? record.trial : []));
  }
  return [];
}

/** Why something cannot be followed, with the remedy, for the command line. */
function refusal(
  understanding: Exclude<Awaited<ReturnType<typeof resolveInput>>, { kind: 'understood' }>,
): string {
  switch (understanding.kind) {
    case 'no-number':
      return `"${understanding.words}" is not a trial number. An NCT number has eight digits, such as NCT01234567.`;
    case 'no-such-trial':
      return `${registryName(understanding.registry)} does not know ${understanding.id}. Check the number.`;
    case 'too-short':
      return `"${understanding.words}" is too short to be followed as written: it can mean many things. Spell it out.`;
    case 'attribute':
      return `"${understanding.words}" is a trait of many illnesses (${understanding.term}) and cannot be followed alone. Name the illness.`;
    case 'choose': {
      const { words, suggestions, literal } = understanding;
      const list = (of: typeof suggestions) => of.map(({ term }) => `  --condition "${term}"`);
      const lines = literal
        ? [`  --condition '"${words}"'   the words themselves, wherever they are written`]
        : [];
      lines.push(...list(suggestions.filter(({ beside }) => !beside)));
      const beside = list(suggestions.filter((one) => one.beside));
      if (beside.length > 0) lines.push('Also named in trials with these words:', ...beside);
      return `"${words}" can mean several things. Choose one of these words:\n${lines.join('\n')}`;
    }
    case 'unknown':
      return `The registry knows no trial for "${understanding.words}". Check the spelling, or try a more general word for the illness.`;
  }
}
