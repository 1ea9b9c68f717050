import { setTimeout as wait } from 'node:timers/promises';
import type { InputResolution } from '../../core/matching/understood.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** Searches that may wait for a registry at once: it is asked one question after the other, and others wait behind. */
const waitingAtMost = 8;
/** A person waits so long for an answer; the registry's client would try for minutes. */
const patienceMs = 12_000;

let waiting = 0;

/** What the words mean, with the registry's help, as `askInTime` says. */
export function resolveInTime(
  { actions }: WebDeps,
  words: string,
): Promise<InputResolution | 'busy' | 'late'> {
  return askInTime(() => actions.resolveInput(words));
}

/**
 * A registry's answer; `busy` when too many wait for one already, `late` when it takes too long. Throws
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
