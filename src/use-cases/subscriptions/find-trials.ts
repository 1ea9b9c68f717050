import { trialTopic } from '../../core/matching/topics.ts';
import type { TrialName } from '../../core/subscriptions/typed-text.ts';
import type { Instant } from '../../core/trial.ts';
import { listTrials, listTrialsByNumber } from '../../db/catalog/named-trials.ts';
import type { Db } from '../../db/connect.ts';

/** A trial under its current number. */
export type KnownTrial = { registry: string; id: string; title: string; watchedSince: Instant | null };

/** Asks a registry for the current numbers and titles of some trials; null if it does not answer. */
export type AskTrials = (
  registry: string,
  ids: string[],
) => Promise<Map<string, { id: string; title: string }> | null>;

/** The maximum number of trials in one request to a registry. */
const trialsAtOnce = 100;

/**
 * Finds trials among the stored ones, and asks their registry for the others. One that it does not know, or not yet,
 * is the trial whose stored record gives the number, if there is just one. `unknown`: the registry does
 * not know the trial. `away`: it does not answer. The keys are the topics of the requested trials.
 */
export async function findTrials(
  db: Db,
  asked: readonly TrialName[],
  ask: AskTrials,
): Promise<Map<string, KnownTrial | 'unknown' | 'away'>> {
  const found = new Map<string, KnownTrial | 'unknown' | 'away'>();
  for (const [registry, ofOne] of Map.groupBy(asked, (one) => one.registry)) {
    const ids = [...new Set(ofOne.map(({ id }) => id))];
    for (const { asked: id, ...one } of await listTrials(db, registry, ids))
      found.set(trialTopic(registry, id), { registry, ...one });
    const missing = ids.filter((id) => !found.has(trialTopic(registry, id)));
    let isAway = false;
    for (let at = 0; at < missing.length; at += trialsAtOnce) {
      const some = missing.slice(at, at + trialsAtOnce);
      const answer: Awaited<ReturnType<AskTrials>> = isAway ? null : await ask(registry, some);
      isAway ||= answer === null;
      for (const id of some) {
        const one = answer?.get(id);
        const known = one ? { registry, ...one, watchedSince: null } : answer === null ? 'away' : 'unknown';
        found.set(trialTopic(registry, id), known);
      }
    }
    const unknown = ids.filter((id) => found.get(trialTopic(registry, id)) === 'unknown');
    for (const [id, trial] of await findNaming(db, registry, unknown))
      found.set(trialTopic(registry, id), trial);
  }
  return found;
}

/** For numbers that a registry does not know: the stored trial of another registry that alone gives the number. */
export async function findNaming(
  db: Db,
  registry: string,
  ids: readonly string[],
): Promise<Map<string, KnownTrial>> {
  const rows = await listTrialsByNumber(db, ids);
  return new Map(
    [...Map.groupBy(rows, ({ asked }) => asked)].flatMap(([id, named]): [string, KnownTrial][] => {
      const [only, ...more] = named;
      return only && more.length === 0 && only.registry !== registry ? [[id, only]] : [];
    }),
  );
}
