import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Instant } from '../../core/trial.ts';
import type { FollowFacts, WhyFacts } from '../../core/why/facts.ts';
import type { Keys } from '../../keys.ts';
import { loadVersions } from '../catalog/versions.ts';
import type { Db, Tx } from '../connect.ts';
import { nameSmtpCircuit, readPause } from '../delivery/smtp-circuits.ts';
import { loadToldTrials } from '../digests/digest-inputs.ts';
import { listCandidates } from '../digests/digests.ts';
import { readHorizon } from '../ingest/changes.ts';
import { readAddress } from '../subscribers/subscribers.ts';
import { readSuppression } from '../subscribers/suppressions.ts';
import { rollbackAlways } from './rollback-always.ts';
import { loadChangeFacts, type WhyQuestion } from './why-changes.ts';
import { loadDigestFacts } from './why-digests.ts';

/** Gathers all that decides what a person is told of a trial, as of one instant; null for no such person. Nothing is written. */
export async function readWhyFacts(
  { db, keys, smtpUrl }: { db: Db; keys: Keys; smtpUrl: string | null },
  asked: WhyQuestion,
  now: Instant,
): Promise<WhyFacts | null> {
  const { subscriberId, trialId } = asked;
  const [address, pause] = await Promise.all([
    readAddress(db, keys, subscriberId),
    smtpUrl === null ? null : readPause(db, nameSmtpCircuit(keys, smtpUrl)),
  ]);
  if (address === null) return null;
  const suppressed = await readSuppression(db, keys, address);
  return rollbackAlways(db, async (tx) => {
    const clock = await readClock(tx, subscriberId);
    if (!clock) return null;
    const follows = await listFollows(tx, subscriberId);
    const watching = follows.filter(({ state, position }) => state === 'active' && position !== null);
    const ids = watching.map(({ id }) => id);
    const candidates = await listCandidates(tx, ids, await readHorizon(tx), trialId);
    const changes = await loadChangeFacts(tx, asked);
    const trials = await loadToldTrials(tx, [trialId]);
    const earlier = follows.some(({ filters }) => Object.keys(filters).length > 0)
      ? [...changes, ...candidates].map(({ version }) => ({ trialId, version: version - 1 }))
      : [];
    return {
      now,
      person: { ...clock, suppressed },
      trial: trials.get(trialId) ?? null,
      before: await loadVersions(tx, earlier),
      trialId,
      follows,
      changes,
      digests: await loadDigestFacts(tx, asked, changes),
      candidates,
      pause: pause && { reason: pause.reason, until: pause.until, reply: pause.reply },
    };
  });
}

async function readClock(tx: Tx, subscriberId: number) {
  return tx
    .selectFrom('subscribers')
    .select(['timezone', 'hour'])
    .where('id', '=', subscriberId)
    .executeTakeFirst();
}

async function listFollows(tx: Tx, subscriberId: number): Promise<FollowFacts[]> {
  const { rows } = await sql<FollowFacts & { facets: Facet[] }>`
    select id, kind, words, concept_id as "conceptId", concept_term as "conceptTerm", phrases, topics, filters,
      watching_since as "watchingSince", state, facets, frequency, weekday, position, next_due_at as "nextDueAt",
      created_at as "createdAt", ended_at as "endedAt", paused_until as "pausedUntil"
    from subscriptions where subscriber_id = ${subscriberId} order by id`.execute(tx);
  return rows;
}
