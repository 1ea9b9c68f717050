import { sql } from 'kysely';
import { numbersOf } from '../../core/links/link-facts.ts';
import { listingsOf, type OtherRecord, type StoredListing } from '../../core/links/listings.ts';
import { numberKey } from '../../core/links/registry-numbers.ts';
import { recordsOfUmbrella } from '../../core/links/same-trial.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import { type Db, planOnce, type Tx } from '../connect.ts';

/** The unbroken links of a stored trial, each with the record at its other end. */
export async function listLinks(db: Db | Tx, trialId: number): Promise<StoredListing[]> {
  const { rows } = await sql<StoredListing>`${planOnce}
    select o.registry, o.registry_id as id, o.title, o.status, array(
        select alias from trial_aliases where trial_id = o.id order by alias) as aliases,
      l.same, l.rule, l.evidence
    from trial_links l join trials o on o.id = case when l.a = ${trialId} then l.b else l.a end
    where (l.a = ${trialId} or l.b = ${trialId}) and l.broken_at is null
    order by o.registry, o.registry_id`.execute(db);
  return rows;
}

/** The stored records of these trials in other registries. */
export async function listElsewhere(
  db: Db,
  trials: readonly { registry: string; id: string }[],
): Promise<{ registry: string; id: string; title: string; watchedSince: Instant }[]> {
  const { rows } = await sql<{ registry: string; id: string; title: string; watchedSince: Instant }>`
    select distinct o.registry, o.registry_id as id, o.title, o.watched_since as "watchedSince"
    from unnest(${trials.map(({ registry }) => registry)}::text[], ${trials.map(({ id }) => id)}::text[])
      as asked (registry, id)
    join trials t on t.registry = asked.registry and t.registry_id = asked.id
    join trial_links l on t.id in (l.a, l.b) and l.same and l.broken_at is null
    join trials o on o.id in (l.a, l.b) and o.id <> t.id and o.removed_at is null
    order by o.registry, o.registry_id`.execute(db);
  return rows;
}

/** The other records of a stored trial, including related ones and those known only by number. */
export async function listOtherRecords(
  db: Db,
  { trialId, trial }: { trialId: number; trial: Trial },
): Promise<OtherRecord[]> {
  const keys = numbersOf(trial).named.map(({ number }) => numberKey(number));
  return listingsOf(trial, await listLinks(db, trialId), await listUmbrellas(db, keys, recordsOfUmbrella));
}

/** Selects the keys that more than `atMost` records of one registry name. A record's own key does not count. */
export async function listUmbrellas(
  db: Db | Tx,
  keys: readonly string[],
  atMost: number,
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const { rows } = await sql<{ key: string }>`
    select distinct asked.key from unnest(${[...keys]}::text[]) as asked (key)
    cross join lateral (
      select t.registry from trials t
      where t.numbers @> array[asked.key]
        and not starts_with(regexp_replace(upper(t.registry_id), '[^A-Z0-9]', '', 'g'), asked.key)
      group by t.registry having count(*) > ${atMost}) named`.execute(db);
  return new Set(rows.map(({ key }) => key));
}
