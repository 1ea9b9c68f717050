import { findReasonFault, type NewEntry } from '../../core/lists/shared-list.ts';
import { inEnglish, resolveCondition } from '../../core/matching/conditions.ts';
import { trialTopic } from '../../core/matching/topics.ts';
import { asFollowed } from '../../core/subscriptions/understand-condition.ts';
import type { InputProblem } from '../../core/wording/problem-sentence.ts';
import { listConcepts } from '../../db/catalog/concepts.ts';
import { findTrials } from '../../use-cases/subscriptions/find-trials.ts';
import { readInputs } from '../../use-cases/subscriptions/read-input.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { conditionsAtMost } from '../shared/limits.ts';
import { openTrialAsker, understandSoon } from '../shared/lookups.ts';
import type { ListItem } from './read-list-text.ts';

/** What could not be understood, by line: why, or the names that it can mean. */
export type ListTrouble = {
  line: number;
  words: string;
  why: 'reason-long' | 'reason-address' | 'too-many-looked-up' | { choices: string[] } | InputProblem;
};

/** A read text: what goes on the list, with the title of each trial that has one, and what does not. */
export type UnderstoodList = {
  entries: (NewEntry & { title: string | null })[];
  troubles: ListTrouble[];
};

/**
 * Understands what a text names: trials by the numbers of all registries, and conditions. Asks the registries for
 * trials that are not stored, and for few conditions; writes nothing.
 */
export async function understandList(deps: WebDeps, items: readonly ListItem[]): Promise<UnderstoodList> {
  const ask = openTrialAsker(deps);
  const result: UnderstoodList = { entries: [], troubles: [] };
  const readAs = async (kind: 'trial' | 'condition') => {
    const texts = items.filter((one) => (one.kind ?? 'condition') === kind).map(({ value }) => value);
    return readInputs(deps.db, deps.actions.findTrialIds, texts, kind, ask);
  };
  const read = { trial: await readAs('trial'), condition: await readAs('condition') };
  const named = [...read.trial.values(), ...read.condition.values()].flatMap(({ trials }) => trials);
  const known = await findTrials(deps.db, named, ask);
  const understandWords = await openConditions(deps);
  for (const { line, kind, value, reason } of items) {
    const trouble = (words: string, why: ListTrouble['why']) => result.troubles.push({ line, words, why });
    const fault = findReasonFault(reason);
    if (fault) {
      trouble(value, fault);
      continue;
    }
    const { trials = [], refused = [], words = [] } = read[kind ?? 'condition'].get(value) ?? {};
    for (const { registry, id: asked } of trials) {
      const found = known.get(trialTopic(registry, asked)) ?? 'unknown';
      if (found === 'unknown') trouble(value, { kind: 'no-such-trial', registry, id: asked });
      else if (found === 'away')
        result.entries.push({ understood: asFollowed(registry, asked, asked), reason, title: null });
      else {
        const { id, title } = found;
        result.entries.push({ understood: asFollowed(found.registry, id, title), reason, title });
      }
    }
    for (const one of refused) if (one.kind !== 'understood' && one.kind !== 'choose') trouble(value, one);
    for (const some of words) {
      const answer = await understandWords(some);
      if (answer === 'too-many-looked-up') trouble(some, answer);
      else if (answer === null) trouble(some, { kind: 'away', words: some });
      else if (answer.kind === 'understood')
        result.entries.push({ understood: answer.understood, reason, title: null });
      else if (answer.kind === 'choose')
        trouble(some, { choices: answer.suggestions.slice(0, 8).map(({ term }) => term) });
      else trouble(some, answer);
    }
  }
  return result;
}

/** Understands conditions. Few may need a registry; those that need none have no limit. */
async function openConditions(deps: WebDeps) {
  const concepts = await listConcepts(deps.db);
  let lookedUp = 0;
  return async (words: string) => {
    const isQuoted = /^".+"$/.test(words);
    const { kind } = resolveCondition(inEnglish(words), { concepts });
    const isLocal = isQuoted || kind === 'concept' || kind === 'umbrella' || kind === 'attribute';
    if (!isLocal && lookedUp++ >= conditionsAtMost) return 'too-many-looked-up' as const;
    return understandSoon(deps, words);
  };
}
