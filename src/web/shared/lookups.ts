import { setTimeout as wait } from 'node:timers/promises';
import type { InputResolution } from '../../core/matching/understood.ts';
import type { TrialName } from '../../core/subscriptions/typed-text.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type { AskTrials } from '../../use-cases/subscriptions/find-trials.ts';
import { olderTrial } from '../../use-cases/subscriptions/older-numbers.ts';
import { readInput } from '../../use-cases/subscriptions/read-input.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** Most searches that wait for a registry at once, in all and by one client. A registry gets one request at a time. */
const waitingAtMost = 8;
const waitingOfOne = 3;
/** How long a reader waits, in milliseconds. The registry client itself retries for minutes. */
const patienceMs = 12_000;
const longestName = 200;

let waiting = 0;
const waitingBy = new Map<string, number>();

/**
 * The first trial that a text names: by its number, by another number in a stored record, or by the older number under
 * which a registry may know it. Null if there is none.
 */
export async function findTrialNamed(
  { actions, config, db }: WebDeps,
  text: string,
): Promise<TrialName | null> {
  const [named] = actions.findTrialIds(text);
  if (named || text.length > longestName) return named ?? null;
  const { trials, refused } = await readInput(db, actions.findTrialIds, text, 'trial');
  const [older = null] = refused.map(olderTrial);
  return trials[0] ?? (older && older.registry in config.registries ? older : null);
}

/**
 * Looks up trials that are not stored, each once, within the limits of `askInTime`. Null if the registry does not
 * answer.
 */
export function openTrialAsker({ actions, asker }: Pick<WebDeps, 'actions' | 'asker'>): AskTrials {
  const known = new Map<string, Awaited<ReturnType<typeof actions.lookUpTrials>>>();
  return async (registry, ids) => {
    const before = known.get(registry) ?? new Map();
    const open = ids.filter((id) => !before.has(id));
    if (open.length === 0) return before;
    try {
      const found = await askInTime(asker, () => actions.lookUpTrials(registry, open));
      if (typeof found === 'string') return null;
      known.set(registry, new Map([...before, ...found]));
      return known.get(registry) ?? null;
    } catch (error) {
      if (error instanceof RegistryUnavailable) return null;
      throw error;
    }
  };
}

/** As `understandInTime`; null if the registry does not answer, or does so with an error. */
export async function understandSoon(deps: WebDeps, words: string): Promise<InputResolution | null> {
  try {
    const understanding = await understandInTime(deps, words);
    return typeof understanding === 'string' ? null : understanding;
  } catch (error) {
    if (error instanceof TrialbellError) return null;
    throw error;
  }
}

/** Understands words with the help of the registry, within the limits of `askInTime`. */
export function understandInTime(
  { actions, asker }: WebDeps,
  words: string,
): Promise<InputResolution | 'busy' | 'late'> {
  return askInTime(asker, () => actions.understandWords(words));
}

/**
 * Awaits a registry's answer. `busy` if too many requests wait already, in all or by this client (N9); `late` if it
 * takes too long. Throws RegistryUnavailable.
 */
export async function askInTime<T>(asker: string, ask: () => Promise<T>): Promise<T | 'busy' | 'late'> {
  const own = waitingBy.get(asker) ?? 0;
  if (waiting >= waitingAtMost || own >= waitingOfOne) return 'busy';
  waiting++;
  waitingBy.set(asker, own + 1);
  const asked = ask().finally(() => {
    waiting--;
    const left = (waitingBy.get(asker) ?? 1) - 1;
    if (left > 0) waitingBy.set(asker, left);
    else waitingBy.delete(asker);
  });
  const ended = new AbortController();
  const late = wait(patienceMs, 'late' as const, { signal: ended.signal, ref: false });
  try {
    return await Promise.race([asked, late]);
  } finally {
    ended.abort();
    late.catch(() => {});
    asked.catch(() => {});
  }
}
