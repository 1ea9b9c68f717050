import { trialTopic } from '../../../core/matching/topics.ts';
import {
  type InputResolution,
  type ResolvedCondition,
  wordsToChoose,
} from '../../../core/matching/understood.ts';
import { asFollowed } from '../../../core/subscriptions/understand-condition.ts';
import { problemSentence } from '../../../core/wording/problem-sentence.ts';
import { holdsAddress } from '../../../errors.ts';
import { findTrials } from '../../../use-cases/subscriptions/find-trials.ts';
import { readInput } from '../../../use-cases/subscriptions/read-input.ts';
import type { PageRequest } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { openTrialAsker, understandSoon } from '../../shared/lookups.ts';

/** Longest list of trial numbers or conditions, in characters. */
const longest = 300;

/** What a typed trial or condition resolves to; or why it cannot be resolved, with suggestions if there are any. */
export type Meant = { understood: ResolvedCondition[] } | { trouble: string; suggestions: string[] };

/**
 * Resolves a trial number, a registry link or a condition, as the sign-up does. Sends no e-mail address to a registry.
 */
export async function findMeant({ wording }: PageRequest, deps: WebDeps, typed: string): Promise<Meant> {
  const words = typed.slice(0, longest);
  const trouble = (key: string) => ({ trouble: wording.say(key, { words }), suggestions: [] });
  if (!/[\p{L}\p{N}]/u.test(words)) return trouble('follow.problem.unknown');
  if (holdsAddress(typed)) return trouble('admin.people.no-address-here');
  const ask = openTrialAsker(deps);
  const {
    trials,
    refused,
    words: conditions,
  } = await readInput(deps.db, deps.actions.findTrialIds, words, 'condition', ask);
  const understood: ResolvedCondition[] = [];
  const found = await findTrials(deps.db, trials, ask);
  for (const { registry, id } of trials) {
    const known = found.get(trialTopic(registry, id)) ?? 'unknown';
    if (known === 'unknown')
      return { trouble: problemSentence(wording, { kind: 'no-such-trial', registry, id }), suggestions: [] };
    // If the registry is unavailable, the trial may exist: it is read later.
    const current = known === 'away' ? { registry, id, title: id } : known;
    understood.push(asFollowed(current.registry, current.id, `the trial ${current.id}: ${current.title}`));
  }
  for (const one of [...refused, ...(await understandAll(deps, conditions))]) {
    if (one === null) return trouble('follow.problem.away');
    if (one.kind === 'choose')
      return {
        trouble: wording.say('admin.people.choose', { words: one.words }),
        suggestions: wordsToChoose(one),
      };
    if (one.kind !== 'understood') return { trouble: problemSentence(wording, one), suggestions: [] };
    understood.push(one.understood);
  }
  return { understood };
}

async function understandAll(deps: WebDeps, words: readonly string[]) {
  const understood: (InputResolution | null)[] = [];
  for (const one of words) understood.push(await understandSoon(deps, one));
  return understood;
}
