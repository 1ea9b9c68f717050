import { inEnglish, resolveCondition } from '../../core/matching/conditions.ts';
import type { InputResolution } from '../../core/matching/understood.ts';
import { looksLikeNumber } from '../../core/subscriptions/trial-numbers.ts';
import { asFollowed, understandCondition } from '../../core/subscriptions/understand-condition.ts';
import { foldName, isShortAbbreviation } from '../../core/text/folding.ts';
import type { Trial } from '../../core/trial.ts';
import { listConcepts } from '../../db/catalog/concepts.ts';
import type { Db } from '../../db/connect.ts';
import { loadTrials } from '../../db/ingest/trials.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type { Log } from '../../log.ts';
import { findIdsOf, type Registry } from '../../registries/registry.ts';
import { type AskTrials, findNaming } from '../../use-cases/subscriptions/find-trials.ts';
import { type FindIds, readInput } from '../../use-cases/subscriptions/read-input.ts';

/** The dependencies of resolving typed text. */
export type InputContext = { db: Db; log: Log; registries: ReadonlyMap<string, Registry> };

/** Makes a function that finds the numbers of every registry that is read. */
export function openFindIds(registries: ReadonlyMap<string, Registry>): FindIds {
  return (text) =>
    [...registries.keys()].flatMap((registry) => findIdsOf(registry, text).map((id) => ({ registry, id })));
}

/**
 * Resolves everything that a text names (trial numbers, links, conditions), or returns the obstacle for each
 * (M4).
 */
export async function understandInput(
  context: InputContext,
  text: string,
  as: 'trial' | 'condition',
): Promise<InputResolution[]> {
  const findIds = openFindIds(context.registries);
  const { trials, refused, words } = await readInput(context.db, findIds, text, as, openAsker(context));
  const understood: InputResolution[] = [];
  for (const { registry, id } of trials) {
    const one = context.registries.get(registry);
    if (one) understood.push(await understandTrial(context, one, id));
  }
  for (const some of words) understood.push(await understandWords(context, some));
  return [...understood, ...refused];
}

/** Asks registries for trials one by one; null if one does not answer. */
function openAsker({ registries, log }: InputContext): AskTrials {
  return async (registryId, ids) => {
    const found = new Map<string, { id: string; title: string }>();
    try {
      for (const asked of ids) {
        const record = await registries.get(registryId)?.trial(asked);
        if (record?.ok) found.set(asked, { id: record.trial.id, title: record.trial.title });
      }
      return found;
    } catch (error) {
      if (!(error instanceof RegistryUnavailable)) throw error;
      log.warn({ registry: registryId, reason: error.message }, 'registry unavailable');
      return null;
    }
  };
}

async function understandTrial(
  context: InputContext,
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
      if (record === null) {
        const elsewhere = (await findNaming(context.db, registry.id, [asked])).get(asked);
        if (!elsewhere) return { kind: 'no-such-trial', registry: registry.id, id: asked };
        const words = `the trial ${elsewhere.id}, whose record names ${asked}: ${elsewhere.title}`;
        return { kind: 'understood', understood: asFollowed(elsewhere.registry, elsewhere.id, words) };
      }
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
    understood: asFollowed(
      registry.id,
      id,
      title
        ? `the trial ${id}${renamed}: ${title}`
        : `the trial ${id}, to be read when the registry answers again`,
    ),
  };
}

/** Resolves words as a condition, and asks the registry if necessary (M1c, M2). */
export async function understandWords(context: InputContext, words: string): Promise<InputResolution> {
  const understood = await understandAsCondition(context, words.trim());
  return understood.kind === 'unknown' && looksLikeNumber(words)
    ? { kind: 'unknown-number', words: understood.words }
    : understood;
}

async function understandAsCondition(context: InputContext, words: string): Promise<InputResolution> {
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
