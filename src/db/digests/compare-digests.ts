import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Candidate, DigestInputs, FollowedSubscription } from '../../core/digests/compose.ts';
import type { Digest } from '../../core/digests/digest.ts';
import { openContent, type StoredContent } from '../../core/digests/stored-digest.ts';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import { withholdFacets } from '../../core/withhold.ts';
import { loadVersions } from '../catalog/versions.ts';
import type { Tx } from '../connect.ts';
import { type ListReasons, listsBehind } from '../lists/list-reasons.ts';
import { storedContent } from '../stored-content.ts';
import { type StoredVersion, storedVersion, trialIn } from '../stored-trial.ts';
import { asksForFacet } from '../subscribers/subscription-conditions.ts';
import { listLinkedTrials } from './linked-trials.ts';

/** A digest as it was promised, and its reader's settings for mails. */
export type StoredDigest = {
  id: number;
  subscriberId: number;
  content: Digest;
  plannedAt: Instant;
  language: string;
  subject: SubjectStyle;
  linkGeneration: number;
  /** Subscriptions whose note its writer wants to see in mails. */
  noted: number[];
  lists: ListReasons | null;
};

/** The number before the first digest promised since an instant; null if there is none. */
export async function findFirstSince(tx: Tx, since: Instant): Promise<number | null> {
  // No index holds a sum, and without this all older digests would be scanned by number.
  const { rows } = await sql<{ id: number | null }>`
    select min(id + 0) - 1 as id from digests where planned_at >= ${since}`.execute(tx);
  return rows[0]?.id ?? null;
}

/** Digests promised since an instant, by number, after the given one. */
export async function listStoredDigests(
  tx: Tx,
  since: Instant,
  page: { after: number; limit: number },
): Promise<StoredDigest[]> {
  const { rows } = await sql<Omit<StoredDigest, 'content'> & { content: StoredContent }>`
    select g.id, g.subscriber_id as "subscriberId", ${storedContent} as content, g.planned_at as "plannedAt", p.language, p.subject,
      p.link_generation as "linkGeneration", coalesce((select jsonb_agg(s.id) from subscriptions s
        where s.subscriber_id = p.id and s.note_in_mails and s.note is not null), '[]') as noted,
      ${listsBehind(sql`g.id`)} as lists
    from digests g join subscribers p on p.id = g.subscriber_id
    where g.planned_at >= ${since} and g.id > ${page.after} order by g.id limit ${page.limit}`.execute(tx);
  return rows.map((row) => ({ ...row, content: openContent(row.content) }));
}

/**
 * The changes that digests settled, as of that time: the subscriptions of each, and what had been reported later.
 */
export async function loadSettled(
  tx: Tx,
  digestIds: readonly number[],
): Promise<{ candidates: (Candidate & { digestId: number })[]; follows: Map<number, FollowedSubscription> }> {
  const { rows: candidates } = await sql<Candidate & { digestId: number }>`
    select i.digest_id as "digestId", s.id as "subscriptionId", s.subscriber_id as "subscriberId", c.id as "changeId",
      c.position, c.trial_id as "trialId", c.version, c.change, c.other_topics as "otherTopics",
      c.detected_at as "detectedAt", (
        select jsonb_agg(jsonb_build_object('digestId', o.digest_id, 'change', n.change) order by n.position)
        from changes n join digest_items o on o.change_id = n.id and o.subscriber_id = i.subscriber_id
        where n.trial_id = c.trial_id and n.facet = c.facet and n.version > c.version and n.position > c.position
          and o.digest_id < i.digest_id) as "notifiedLater"
    from digest_items i join changes c on c.id = i.change_id join digests g on g.id = i.digest_id
    join subscriptions s on s.subscriber_id = i.subscriber_id and c.topics && s.topics and (s.id = i.subscription_id or (
      ${asksForFacet} and s.watching_since <= c.released_at
      and s.id in (select r.id::bigint from
        jsonb_path_query(g.content, '$.trials[*].reasons[*].subscriptionId') as r (id))))
    where i.digest_id = any(${[...digestIds]}::bigint[]) order by i.digest_id, s.id, c.position`.execute(tx);
  const ids = [...new Set(candidates.map(({ subscriptionId }) => subscriptionId))];
  const { rows: follows } = await sql<FollowedSubscription>`
    select id, kind, words, concept_id as "conceptId", concept_term as "conceptTerm", phrases, topics, filters, exclusions,
      watching_since as "watchingSince" from subscriptions where id = any(${ids}::bigint[])`.execute(tx);
  return { candidates, follows: new Map(follows.map((follow) => [follow.id, follow])) };
}

/**
 * The input of a digest as of an instant: the trials as mails showed them then; for held changes, the earlier
 * values.
 */
export async function loadMaterialAsOf(
  tx: Tx,
  candidates: readonly Candidate[],
  at: Instant,
): Promise<DigestInputs> {
  const own = [...new Set(candidates.map(({ trialId }) => trialId))];
  const links = await listLinkedTrials(tx, own, at);
  const ids = [...new Set([...own, ...[...links.values()].flat()])];
  const { rows } = await sql<{ id: number } & StoredVersion>`
    select v.trial_id as id, ${storedVersion}
    from (select distinct on (trial_id) * from trial_versions
      where trial_id = any(${ids}::bigint[]) and read_at <= ${at} order by trial_id, version desc) v`.execute(
    tx,
  );
  const trials = new Map(rows.map((row) => [row.id, trialIn(row)]));
  for (const [trialId, held] of Map.groupBy(await listHeldAsOf(tx, ids, at), (one) => one.trialId)) {
    const newest = trials.get(trialId);
    if (newest) trials.set(trialId, withholdFacets(newest, held));
  }
  const before = await loadVersions(
    tx,
    candidates.map(({ trialId, version }) => ({ trialId, version: version - 1 })),
  );
  return { trials, before, links };
}

async function listHeldAsOf(
  tx: Tx,
  trialIds: readonly number[],
  at: Instant,
): Promise<{ trialId: number; facet: Facet; before: Trial }[]> {
  const { rows } = await sql<{ trialId: number; facet: Facet } & StoredVersion>`
    select h.trial_id as "trialId", h.facet, ${storedVersion}
    from (select c.trial_id, c.facet, min(c.version) as version from changes c
      where c.trial_id = any(${[...trialIds]}::bigint[]) and c.detected_at <= ${at} and (
        c.state = 'held' or (c.state = 'released' and c.released_at > ${at}) or (c.state = 'discarded' and exists (
          select from audit_log a where a.act = 'discard' and a.subject = 'run ' || c.held_by and a.at > ${at})))
      group by c.trial_id, c.facet) h
    join trial_versions v on v.trial_id = h.trial_id and v.version = h.version - 1`.execute(tx);
  return rows.map((row) => ({ trialId: row.trialId, facet: row.facet, before: trialIn(row) }));
}
