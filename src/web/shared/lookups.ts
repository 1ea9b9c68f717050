import { setTimeout as wait } from 'node:timers/promises';
import type { InputResolution } from '../../core/matching/understood.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** Most searches that wait for a registry at once; it is asked one question at a time. */
const waitingAtMost = 8;
/** How long a reader waits, in milliseconds. The registry client itself retries for minutes. */
const patienceMs = 12_000;

let waiting = 0;

/** Resolves words with the help of the registry, within the limits of `askInTime`. */
export function resolveInTime(
  { actions }: WebDeps,
  words: string,
): Promise<InputResolution | 'busy' | 'late'> {
  return askInTime(() => actions.resolveInput(words));
}

/**
 * Awaits a registry's answer. `busy` if too many requests wait already, `late` if it takes too long. Throws
 * RegistryUnavailable.
 */
export async function askInTime<T>(ask: () => Promise<T>): Promise<T | 'busy' | 'late'> {
  if (waiting >= waitingAtMost) return 'busy';
  waiting++;
  const asked = ask().finally(() => {
    waiting--;
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
