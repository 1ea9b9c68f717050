import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';

/**
 * The comparison of the registry's own condition search with our matching for one concept, over a week's
 * updates.
 */
export type MatchAudit = {
  conceptId: string;
  term: string;
  auditedAt: Instant;
  both: number;
  registryOnly: number;
  localOnly: number;
  /** Some ids that differ. */
  samples: string[];
};

/** Followed concepts that were not audited since `cutoff`, those that have waited longest first. */
export async function listUnaudited(
  db: Db,
  registry: string,
  cutoff: Instant,
  limit: number,
): Promise<{ conceptId: string; term: string }[]> {
  const { rows } = await sql<{ conceptId: string; term: string }>`
    select s.concept_id as "conceptId", min(s.concept_term) as term
    from subscriptions s left join match_audits a on a.registry = ${registry} and a.concept_id = s.concept_id
    where s.registry = ${registry} and s.concept_id is not null and s.state in ('active', 'paused')
      and (a.audited_at is null or a.audited_at < ${cutoff})
    group by s.concept_id order by min(a.audited_at) nulls first, s.concept_id limit ${limit}`.execute(db);
  return rows;
}

/** Stores the newest audit of a concept. */
export async function writeMatchAudit(db: Db, registry: string, audit: MatchAudit): Promise<void> {
  await sql`
    insert into match_audits (registry, concept_id, term, audited_at, both_count, registry_only, local_only, samples)
    values (${registry}, ${audit.conceptId}, ${audit.term}, ${audit.auditedAt}, ${audit.both}, ${audit.registryOnly},
      ${audit.localOnly}, ${audit.samples}::text[])
    on conflict (registry, concept_id) do update set term = excluded.term, audited_at = excluded.audited_at,
      both_count = excluded.both_count, registry_only = excluded.registry_only, local_only = excluded.local_only,
      samples = excluded.samples`.execute(db);
}

/** The newest audit of every concept, those with the most differences first. */
export async function listMatchAudits(db: Db): Promise<MatchAudit[]> {
  const { rows } = await sql<MatchAudit>`
    select concept_id as "conceptId", term, audited_at as "auditedAt", both_count as both,
      registry_only as "registryOnly", local_only as "localOnly", samples
    from match_audits order by registry_only + local_only desc, term`.execute(db);
  return rows;
}

/** The audit after which a page begins: its number of differences, concept and registry. */
export type MatchAuditKey = { weight: number; conceptId: string; registry: string };

/** The newest audits, those with the most differences first; after `before` if given. */
export async function listDisagreements(
  db: Db,
  page: { before: MatchAuditKey | null; limit: number },
): Promise<(MatchAudit & { registry: string })[]> {
  const { before, limit } = page;
  const beneath = before
    ? sql`(registry_only + local_only, concept_id, registry) < (${before.weight}::int, ${before.conceptId}, ${before.registry})`
    : sql`true`;
  const { rows } = await sql<MatchAudit & { registry: string }>`
    select registry, concept_id as "conceptId", term, audited_at as "auditedAt", both_count as both,
      registry_only as "registryOnly", local_only as "localOnly", samples
    from match_audits where ${beneath}
    order by registry_only + local_only desc, concept_id desc, registry desc limit ${limit}`.execute(db);
  return rows;
}

/** The titles of a registry's stored trials among these ids, by id. */
export async function readTitles(db: Db, registry: string, ids: string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; title: string }>`select registry_id as id, title from trials
    where registry = ${registry} and registry_id = any(${ids}::text[])`.execute(db);
  return new Map(rows.map(({ id, title }) => [id, title]));
}

/** Stored trials with any of these topics that were updated since a day. */
export async function listUpdatedUnder(
  db: Db,
  registry: string,
  topics: string[],
  day: string,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select registry_id as id from trials
    where registry = ${registry} and last_update_posted_on >= ${day} and topics && ${topics}::text[]`.execute(
    db,
  );
  return rows.map((row) => row.id);
}
