import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import type { Db } from '../connect.ts';
import { writtenFirst } from '../subscribers/addresses.ts';
import { readFormerKeys } from '../subscribers/former-keys.ts';

/**
 * The state of an address: its owner's topics (sorted), the reason for suppression, and whether it may be
 * asked now (P3).
 */
export type KnownAddress = {
  subscriberId: number | null;
  follows: Set<string>;
  suppressed: string | null;
  mayBeAsked: boolean;
};

/** The canonical form of a set of topics. */
export function topicsKey(topics: readonly string[]): string {
  return topics.toSorted().join('\n');
}

/** Looks up many addresses in three queries. `fold` and `allowance` are those of confirmation mails. */
export async function lookUpAddresses(
  db: Db,
  keys: Keys,
  emails: readonly string[],
  how: {
    fold: (email: string) => string;
    allowance: { most: number; everyHours: number };
    now: Instant;
  },
): Promise<KnownAddress[]> {
  const former = await readFormerKeys(db, keys);
  const hash = (email: string) => keys.hashAddress(email);
  const own = emails.map(hash);
  const people = await sql<{ hash: Buffer; id: number; address: Buffer; topics: string[] | null }>`
    select p.address_hash as hash, p.id, p.address, s.topics from subscribers p
    left join subscriptions s on s.subscriber_id = p.id and s.state in ('active', 'paused')
    where p.address_hash = any(${own}::bytea[]) order by p.duplicate, p.id`.execute(db);
  const all = emails.map((email) => [keys, ...former].flatMap(({ hashSpellings }) => hashSpellings(email)));
  const stopped = await sql<{ hash: Buffer; reason: string }>`
    select address_hash as hash, reason from suppressions where address_hash = any(${all.flat()}::bytea[])`.execute(
    db,
  );
  const folded = emails.map((email) => hash(how.fold(email)));
  const tired = await sql<{ hash: Buffer }>`
    select address_hash as hash from rate_limits where kind = 'confirmation' and address_hash = any(${folded}::bytea[])
      and (times >= ${how.allowance.most}::int
        or last_at > ${how.now}::timestamptz - ${how.allowance.everyHours}::int * interval '1 hour')`.execute(
    db,
  );
  const hex = (value: Buffer | undefined) => value?.toString('hex') ?? '';
  const follows = Map.groupBy(people.rows, (row) => hex(row.hash));
  const reasons = new Map(stopped.rows.map((row) => [hex(row.hash), row.reason]));
  const refused = new Set(tired.rows.map((row) => hex(row.hash)));
  return emails.map((email, n) => {
    const [owner, ...others] = writtenFirst(keys, follows.get(hex(own[n])) ?? [], email);
    const rows = owner ? [owner, ...others.filter(({ id }) => id === owner.id)] : [];
    const reason = all[n]?.map((one) => reasons.get(hex(one))).find((one) => one !== undefined);
    return {
      subscriberId: owner?.id ?? null,
      follows: new Set(rows.flatMap(({ topics }) => (topics ? topicsKey(topics) : []))),
      suppressed: reason ?? null,
      mayBeAsked: !refused.has(hex(folded[n])),
    };
  });
}

/**
 * The living subscriptions to one topic under any filters, to any of some trials, or of some people, by
 * person. Includes unconfirmed ones.
 */
export async function listLiving(
  db: Db,
  which: { topics: readonly string[] } | { anyOf: readonly string[] } | { subscriberIds: readonly number[] },
): Promise<{ id: number; subscriptions: number[] }[]> {
  const chosen =
    'topics' in which
      ? sql`topics @> ${[...which.topics]}::text[] and topics <@ ${[...which.topics]}::text[]`
      : 'anyOf' in which
        ? sql`kind = 'trial' and topics && ${[...which.anyOf]}::text[]`
        : sql`subscriber_id = any(${[...which.subscriberIds]}::bigint[])`;
  // Two halves, each with its own index.
  const { rows } = await sql<{ id: number; subscriptions: number[] }>`
    select subscriber_id as id, array_agg(id order by id) as subscriptions from (
      select subscriber_id, id from subscriptions where state in ('active', 'paused') and ${chosen}
      union all select subscriber_id, id from subscriptions where state = 'pending' and ${chosen}
    ) living group by subscriber_id order by subscriber_id`.execute(db);
  return rows.map((row) => ({ id: row.id, subscriptions: row.subscriptions.map(Number) }));
}
