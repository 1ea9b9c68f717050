import { sql } from 'kysely';
import type { Candidate } from '../../core/digests/compose.ts';
import { changesTold } from '../../core/digests/elsewhere.ts';
import { sameFactDays, sharedFacets, type ToldElsewhere } from '../../core/digests/same-fact.ts';
import { openContent, type StoredContent } from '../../core/digests/stored-digest.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';
import { storedContent } from '../stored-content.ts';

type Linked = { trialId: number; otherId: number };

/**
 * The other records of each of these trials, without removed ones; also as of an earlier instant. One
 * statement.
 */
export async function listLinkedTrials(
  tx: Tx,
  trialIds: readonly number[],
  at: Instant | null = null,
): Promise<Map<number, number[]>> {
  const { rows } = await sql<Linked>`
    select asked.id as "trialId", o.id as "otherId"
    from unnest(${[...trialIds]}::bigint[]) as asked (id)
    join lateral (
      select b as id, same, first_seen_at, broken_at from trial_links where a = asked.id
      union all select a, same, first_seen_at, broken_at from trial_links where b = asked.id) l
      on l.same and (l.broken_at is null or l.broken_at > ${at}::timestamptz)
        and (${at}::timestamptz is null or l.first_seen_at <= ${at}::timestamptz)
    join trials o on o.id = l.id and o.removed_at is null
    order by asked.id, o.registry, o.registry_id`.execute(tx);
  const linked = new Map<number, number[]>();
  for (const { trialId, otherId } of rows) linked.set(trialId, [...(linked.get(trialId) ?? []), otherId]);
  return linked;
}

/** The other records of each of these trials: those that are not in `known` are read, and added to it. */
export async function findLinkedTrials(
  tx: Tx,
  trialIds: Iterable<number>,
  known: Map<number, number[]>,
): Promise<Map<number, number[]>> {
  const missing = [...trialIds].filter((id) => !known.has(id));
  if (missing.length > 0) {
    const found = await listLinkedTrials(tx, missing);
    for (const id of missing) known.set(id, found.get(id) ?? []);
  }
  return known;
}

type ToldDigest = {
  subscriberId: number;
  trialId: number;
  registry: string;
  id: string;
  at: Instant;
  content: StoredContent;
};

/**
 * Adds to candidates what the mails of the days before told the person of the same trial's records in other
 * registries (X8). Only mails that were sent count, and only what they said. `before` leaves out a digest and all later
 * ones. Without links it is one statement.
 */
export async function addToldElsewhere<T extends Candidate>(
  tx: Tx,
  candidates: T[],
  before: number | null = null,
): Promise<T[]> {
  const shared = candidates.filter(({ change }) => sharedFacets.some((facet) => facet === change.facet));
  if (shared.length === 0) return candidates;
  const links = await listLinkedTrials(tx, [...new Set(shared.map(({ trialId }) => trialId))]);
  const asked = new Map(
    shared.flatMap(({ subscriberId, trialId }) =>
      (links.get(trialId) ?? []).map((otherId) => [
        `${subscriberId} ${trialId} ${otherId}`,
        { subscriberId, trialId, otherId },
      ]),
    ),
  );
  if (asked.size === 0) return candidates;
  const told = await listToldDigests(tx, [...asked.values()], before);
  const byTrial = Map.groupBy(told, ({ subscriberId, trialId }) => `${subscriberId} ${trialId}`);
  return candidates.map((candidate) => {
    const digests = byTrial.get(`${candidate.subscriberId} ${candidate.trialId}`) ?? [];
    const toldElsewhere = digests.flatMap((digest) => toldIn(digest, candidate.detectedAt));
    return toldElsewhere.length > 0 ? { ...candidate, toldElsewhere } : candidate;
  });
}

async function listToldDigests(
  tx: Tx,
  asked: { subscriberId: number; trialId: number; otherId: number }[],
  before: number | null,
): Promise<ToldDigest[]> {
  const { rows } = await sql<ToldDigest>`
    select asked.person as "subscriberId", asked.trial as "trialId", o.registry, o.registry_id as id,
      g.planned_at as at, ${storedContent} as content
    from unnest(${asked.map((one) => one.subscriberId)}::bigint[], ${asked.map((one) => one.trialId)}::bigint[],
      ${asked.map((one) => one.otherId)}::bigint[]) as asked (person, trial, other)
    join trials o on o.id = asked.other
    join digests g on g.subscriber_id = asked.person and (${before}::bigint is null or g.id < ${before}::bigint)
      and exists (select from deliveries d where d.digest_id = g.id and d.phase = 'sent')
      and exists (select from digest_items i join changes c on c.id = i.change_id
        where i.digest_id = g.id and c.trial_id = asked.other and c.facet = any(${[...sharedFacets]}::text[]))`.execute(
    tx,
  );
  return rows;
}

/** What a digest told of a linked record, if that was within the days before a change was detected, or after. */
function toldIn({ at, content, registry, id }: ToldDigest, detectedAt: Instant): ToldElsewhere[] {
  const isRecent = Date.parse(detectedAt) - Date.parse(at) <= sameFactDays * 86_400_000;
  return isRecent
    ? (changesTold(openContent(content).trials, registry, id) ?? []).map((change) => ({ at, change }))
    : [];
}
