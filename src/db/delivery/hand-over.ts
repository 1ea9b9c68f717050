import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import { anyList, type Db, notIndexed, planOnce } from '../connect.ts';
import { isDeliverable, newerDigests } from '../digests/delivery-conditions.ts';
import { bounceReasons } from '../subscribers/suppressions.ts';

/** A claimed delivery whose message is about to be sent. */
export type Body = {
  id: number;
  fence: number;
  messageId: string;
  now: Instant;
  /** The later digests that were considered when it was composed. */
  newerDigests?: number[];
  /** The hashes under which mail to it may have been suppressed, if its address is not its subscriber's. */
  addressHashes?: Buffer[];
};

/**
 * A mail that the owner requested after the suppression is sent anyway, so that its link can lift it (B6).
 */
const liftsIt = sql`(d.kind in ('confirmation', 'manage') and d.address is null and d.planned_at >= s.since
  and s.reason in (${sql.join([...bounceReasons])}))`;

/**
 * The point of no return, committed before the first byte of each message. False if another process took over
 * the claim, the lease expired, the address is suppressed, the mail is no longer wanted unchanged, or newer
 * news was mailed meanwhile. The answers are in the order of `bodies`.
 */
export async function beginBodies(db: Db, bodies: Body[]): Promise<boolean[]> {
  const of = (read: (body: Body) => unknown, type: string) => anyList(bodies.map(read), type);
  const { rows } = await sql<{ id: number }>`${planOnce}
    update deliveries d set phase = 'body', body_at = b.now::timestamptz, message_id = b.message_id
    from unnest(${of((b) => b.id, 'bigint[]')}, ${of((b) => b.fence, 'bigint[]')}, ${of((b) => b.messageId, 'text[]')},
      ${of((b) => b.now, 'text[]')}, ${of((b) => `{${b.newerDigests?.join() ?? ''}}`, 'text[]')},
      ${of((b) => `{${b.addressHashes?.map((hash) => `"\\\\x${hash.toString('hex')}"`).join() ?? ''}}`, 'text[]')})
      as b (id, fence, message_id, now, newer, hashes)
    where d.id = b.id and d.fence = b.fence and d.phase ${notIndexed} = 'claimed' and d.lease_until > clock_timestamp()
      and not exists (
        select from subscribers p join suppressions s on s.address_hash = p.address_hash
        where p.id = d.subscriber_id and not ${liftsIt})
      and not exists (select from suppressions s where s.address_hash = any(b.hashes::bytea[]) and not ${liftsIt})
      and ${isDeliverable} and not exists (
        select from (${newerDigests}) as newer where not newer.digest_id = any(b.newer::bigint[]))
    returning d.id`.execute(db);
  return inOrder(bodies, rows);
}

/** A delivery that the mail server accepted. */
export type Acceptance = { id: number; fence: number; reply: string; now: Instant };

/**
 * Writes the server's acceptances. A stale holder may still do so for an ambiguous delivery that was not
 * attempted again. Repeating it changes nothing.
 */
export async function markAllSent(db: Db, sent: Acceptance[]): Promise<boolean[]> {
  const of = (read: (acceptance: Acceptance) => unknown, type: string) => anyList(sent.map(read), type);
  const { rows } = await sql<{ id: number }>`${planOnce}
    update deliveries d set phase = 'sent', reply = b.reply, finished_at = b.now::timestamptz, lease_until = null, params = null
    from unnest(${of((b) => b.id, 'bigint[]')}, ${of((b) => b.fence, 'bigint[]')}, ${of((b) => b.reply, 'text[]')},
      ${of((b) => b.now, 'text[]')}) as b (id, fence, reply, now)
    where d.id = b.id and d.fence = b.fence
      and (d.phase ${notIndexed} in ('body', 'ambiguous', 'sent') or (d.phase ${notIndexed} = 'retry' and d.was_ambiguous))
    returning d.id`.execute(db);
  return inOrder(sent, rows);
}

function inOrder(asked: { id: number }[], done: { id: number }[]): boolean[] {
  const ids = new Set(done.map(({ id }) => id));
  return asked.map(({ id }) => ids.has(id));
}
