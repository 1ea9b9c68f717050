import { setTimeout as wait } from 'node:timers/promises';
import type { InputResolution } from '../../core/matching/understood.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** Most searches that wait for a registry at once, in all and of one asker; it is asked one question at a time. */
const waitingAtMost = 8;
const waitingOfOne = 3;
/** How long a reader waits, in milliseconds. The registry client itself retries for minutes. */
const patienceMs = 12_000;

let waiting = 0;
const waitingBy = new Map<string, number>();

/** Resolves words with the help of the registry, within the limits of `askInTime`. */
export function resolveInTime(
  { actions, asker }: WebDeps,
  words: string,
): Promise<InputResolution | 'busy' | 'late'> {
  return askInTime(asker, () => actions.resolveInput(words));
}

/**
 * Awaits a registry's answer. `busy` if too many requests wait already, in all or of this asker (N9), `late` if it takes too long. Throws
 * RegistryUnavailable.
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
