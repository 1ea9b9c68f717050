import { sql } from 'kysely';
import type { LinkFacts } from '../../core/links/link-facts.ts';
import type { Link } from '../../core/links/same-trial.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';
import { type StoredVersion, storedVersion, trialIn } from '../stored-trial.ts';

/** A stored record of another registry that has a number in common with a trial. */
export type LinkCandidate = { trialId: number; otherId: number; facts: LinkFacts };

/** The maximum number of records of other registries that a trial is compared with. */
const candidatesAtMost = 60;

/**
 * Whether records of another registry are stored. If so, waits until no other transaction works on links, and
 * keeps others waiting until the end of this one: two that store both records of a trial at once would not see
 * each other's.
 */
export async function takeLinks(tx: Tx, registry: string): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select exists (select from trials where registry < ${registry})
      or exists (select from trials where registry > ${registry}) as has`.execute(tx);
  if (rows[0]?.has !== true) return false;
  await sql`lock table trial_links in share row exclusive mode`.execute(tx);
  return true;
}

/** The stored records of other registries that share one of each trial's keys. */
export async function listLinkCandidates(
  tx: Tx,
  registry: string,
  trials: readonly { trialId: number; keys: readonly string[] }[],
): Promise<LinkCandidate[]> {
  const { rows } = await sql<Omit<LinkCandidate, 'facts'> & StoredVersion>`
    select asked.id as "trialId", o.id as "otherId", ${storedVersion}
    from unnest(${trials.map(({ trialId }) => trialId)}::bigint[],
      ${trials.map(({ keys }) => keys.join('\n'))}::text[]) as asked (id, keys)
    cross join lateral (
      select t.id, t.version from trials t
      where t.numbers && string_to_array(asked.keys, E'\n') and t.registry <> ${registry}
      order by t.id limit ${candidatesAtMost}) o
    join trial_versions v on v.trial_id = o.id and v.version = o.version`.execute(tx);
  return rows.map((row) => ({ trialId: row.trialId, otherId: row.otherId, facts: trialIn(row) }));
}

/** A link between two stored trials. */
export type StoredLink = Link & { trialId: number; otherId: number };

/**
 * Makes these the links of the trials `trialIds`: adds and updates them, and marks all others as broken. Links by
 * a number in `umbrellas` no longer say "the same trial", unless each record names the other.
 */
export async function writeLinks(
  tx: Tx,
  trialIds: readonly number[],
  links: readonly StoredLink[],
  umbrellas: ReadonlySet<string>,
  now: Instant,
): Promise<void> {
  const rows = new Map(
    links.map(({ trialId, otherId, same, rule, evidence }) => {
      const [a, b] = trialId < otherId ? [trialId, otherId] : [otherId, trialId];
      return [`${a} ${b}`, { a, b, same, rule, evidence: JSON.stringify(evidence) }] as const;
    }),
  );
  const list = [...rows.values()];
  await sql`
    update trial_links set broken_at = ${now}::timestamptz
    where (a = any(${[...trialIds]}::bigint[]) or b = any(${[...trialIds]}::bigint[])) and broken_at is null
      and (a, b) not in (select * from unnest(${list.map(({ a }) => a)}::bigint[], ${list.map(({ b }) => b)}::bigint[]))`.execute(
    tx,
  );
  if (list.length > 0)
    await sql`
      insert into trial_links as l (a, b, same, rule, evidence, first_seen_at)
      select n.a, n.b, n.same, n.rule, n.evidence::jsonb, ${now}::timestamptz
      from unnest(${list.map(({ a }) => a)}::bigint[], ${list.map(({ b }) => b)}::bigint[],
        ${list.map(({ same }) => same)}::boolean[], ${list.map(({ rule }) => rule)}::text[],
        ${list.map(({ evidence }) => evidence)}::text[]) as n (a, b, same, rule, evidence)
      on conflict (a, b) do update set same = excluded.same, rule = excluded.rule, evidence = excluded.evidence,
        broken_at = null`.execute(tx);
  if (umbrellas.size > 0)
    await sql`
      update trial_links set same = false, evidence = evidence || '{"umbrella": true}'
      where same and rule <> 'mutual' and evidence -> 'keys' ?| ${[...umbrellas]}::text[]
        and (a = any(${list.flatMap(({ a, b }) => [a, b])}::bigint[])
          or b = any(${list.flatMap(({ a, b }) => [a, b])}::bigint[]))`.execute(tx);
}
