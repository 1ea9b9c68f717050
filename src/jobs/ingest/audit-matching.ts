import { addMs } from '../../core/instants.ts';
import { phrasesOfConcept } from '../../core/matching/conditions.ts';
import { matchOf, topicsOfCondition } from '../../core/matching/topics.ts';
import { listUnaudited, listUpdatedUnder, writeMatchAudit } from '../../db/ingest/match-audits.ts';
import { RegistryUnavailable } from '../../errors.ts';
import type { Registry } from '../../registries/registry.ts';
import type { Context } from '../context.ts';

const weekMs = 7 * 24 * 3_600_000;
const conceptsAtOnce = 20;
const samplesKept = 10;

/**
 * Asks the registry's own condition search for followed concepts, among the trials updated in the last week,
 * and stores differences from our matching for admins. Covers each concept once a week, a few at a time.
 */
export async function auditMatching(context: Context, registry: Registry): Promise<void> {
  const now = context.now();
  const weekAgo = addMs(now, -weekMs);
  const updatedSince = weekAgo.slice(0, 10);
  try {
    for (const { conceptId, term } of await listUnaudited(context.db, registry.id, weekAgo, conceptsAtOnce)) {
      const phrases = phrasesOfConcept({ id: conceptId, term }, term);
      const topics = topicsOfCondition({ conceptId, phrases });
      const ours = await listUpdatedUnder(context.db, registry.id, topics, updatedSince);
      // Matches again: a stored trial has the topics that were followed when it was read.
      const theirs = new Map<string, boolean>();
      for await (const page of registry.pages({ kind: 'condition', words: term, updatedSince })) {
        for (const record of page.records) {
          if (!record.ok) continue;
          const isMatched = matchOf(record.trial, { conceptId, conceptTerm: term, phrases }) !== null;
          theirs.set(record.trial.id, isMatched);
        }
      }
      const registryOnly = [...theirs].flatMap(([id, isMatched]) => (isMatched ? [] : id));
      const localOnly = ours.filter((id) => !theirs.has(id));
      await writeMatchAudit(context.db, registry.id, {
        conceptId,
        term,
        auditedAt: now,
        both: theirs.size - registryOnly.length,
        registryOnly: registryOnly.length,
        localOnly: localOnly.length,
        samples: [...registryOnly, ...localOnly].slice(0, samplesKept),
      });
    }
  } catch (error) {
    if (!(error instanceof RegistryUnavailable)) throw error;
    context.log.warn({ registry: registry.id, reason: error.message }, 'matching not audited');
  }
}
