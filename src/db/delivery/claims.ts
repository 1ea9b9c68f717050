import { sql } from 'kysely';
import type { Digest } from '../../core/digests/digest.ts';
import type { MailKind } from '../../core/digests/mail-kinds.ts';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import { type Db, planOnce, type Tx } from '../connect.ts';
import { isDeliverable, namesActiveOnly, tellsNewer } from '../digests/delivery-conditions.ts';

import { bounceReasons } from '../subscribers/suppressions.ts';

/** A claimed delivery and what is needed to render it. The fence makes every later write of a stale holder miss. */
export type Claim = {
  id: number;
  kind: MailKind;
  fence: number;
  attempts: number;
  subscriberId: number | null;
  digestId: number | null;
  /** Encrypted address and parameters; null for a subscriber who is gone. */
  address: Buffer | null;
  params: Buffer | null;
  language: string | null;
  linkGeneration: number | null;
  /** How its reader wants subjects. */
  subject: SubjectStyle;
  /** Notes that their writer wants to see in mails, by subscription: sealed, in base64 (P12). */
  notes: Record<string, string> | null;
  content: Digest | null;
  /**
   * Whether the mail is wanted as it stands: every item of a digest, and every subscription it names; the one a
   * confirmation asks about.
   */
  isWanted: boolean;
  /** Digests that were told since, while this one waited, of the same trials and facets. */
  toldSince: number[];
  messageDate: Instant;
  /** When it was last refused for our standing. */
  blockedAt: Instant | null;
};

/** Who claims, for how long, through which lane, and at most how many mails a second to one domain (0: any number). */
export type ClaimHow = {
  holder: string;
  leaseMs: number;
  now: Instant;
  lane?: string | null;
  ratePerDomain?: number;
  /** This holder probes a lane that stands still. */
  probing?: boolean;
};

/** What came of asking for a delivery. */
export type ClaimAnswer = {
  /** Null when it is not there to be claimed, or not yet. */
  claim: Claim | null;
  /** How long it waits for its domain's rate; null when it does not. */
  waitMs: number | null;
  /** Until when its lane stands still; null when it does not wait for that. */
  pausedUntil: Instant | null;
  /** The lane had failures lately: a success is worth noting. */
  isLaneTroubled: boolean;
  laneLiftedAt: Instant | null;
};

/**
 * Claims deliveries that are planned, or due for another try. Each takes a token of its destination domain first; the
 * ones that get none wait in line and are told how long. In any T seconds a domain is granted at most rate × (T + 1),
 * by the database's clock, whatever the number of processes. Answers in the order asked.
 */
export async function claimDeliveries(db: Db | Tx, ids: number[], how: ClaimHow): Promise<ClaimAnswer[]> {
  const { now, lane = null, ratePerDomain: rate = 0, probing = false } = how;
  const step = sql`interval '1 second' / ${Math.max(rate, 1)}::float`;
  const { rows } = await sql<Claim & Omit<ClaimAnswer, 'claim'>>`${planOnce}
    with lane as (select failures, paused_until, lifted_at from lanes where name = ${lane}),
    clock as materialized (select clock_timestamp() as at),
    ready as (
      select d.id, d.due_at, p.domain_hash as domain
      from deliveries d left join subscribers p on p.id = d.subscriber_id
      where d.id = any(${ids}::bigint[]) and d.phase in ('planned', 'retry') and d.due_at <= ${now}
        and (d.paced_until is null or d.paced_until <= clock_timestamp())
        and (${probing} or not exists (select from lane where paused_until is not null))
      order by d.id for update of d skip locked
    ),
    ranked as (
      select id, domain, row_number() over (partition by domain order by due_at, id)::int as n from ready
    ),
    tokens as (
      insert into domain_rates as r (domain_hash, wanted, granted, busy_until, line_until)
      select domain, count(*), least(count(*), ${rate}::int),
        min(at) + least(count(*), ${rate}::int) * ${step}, min(at) + count(*) * ${step}
      from ranked, clock where domain is not null and ${rate}::int > 0 group by domain order by domain
      on conflict (domain_hash) do update set (wanted, granted, busy_until, line_until) = (
        select excluded.wanted, g, b + g * ${step}, greatest(r.line_until, b + g * ${step}) + (excluded.wanted - g) * ${step}
        from clock, lateral (select greatest(r.busy_until, at) as b) as base, lateral (
          select greatest(0, least(excluded.wanted,
            floor(extract(epoch from at + interval '1 second' - b) * ${rate}::int)))::int as g) as grant_of)
      returning domain_hash, wanted, granted, line_until
    ),
    claimed as (
      update deliveries d set phase = 'claimed', fence = fence + 1, holder = ${how.holder}, attempts = attempts + 1,
        lease_until = clock_timestamp() + ${how.leaseMs} * interval '1 millisecond', paced_until = null,
        message_date = coalesce(message_date, ${now}::timestamptz)
      from ranked r left join tokens t on t.domain_hash = r.domain
      where d.id = r.id and d.phase in ('planned', 'retry') and (t.granted is null or r.n <= t.granted)
      returning d.*
    ),
    paced as (
      update deliveries d set paced_until = t.line_until - (t.wanted - r.n) * ${step}
      from ranked r join tokens t on t.domain_hash = r.domain where d.id = r.id and r.n > t.granted
      returning d.id, d.paced_until
    )
    select d.id, d.kind, d.fence, d.attempts, d.subscriber_id as "subscriberId", d.digest_id as "digestId",
      coalesce(d.address, p.address) as address, d.params, p.language, p.link_generation as "linkGeneration",
      coalesce(p.subject, 'neutral') as subject, (
        select jsonb_object_agg(s.id, translate(encode(s.note, 'base64'), E'\n', '')) from subscriptions s
        where s.subscriber_id = d.subscriber_id and s.note_in_mails and s.note is not null) as notes,
      g.content, d.message_date as "messageDate",
      d.blocked_at as "blockedAt",
      ${isDeliverable} and ${namesActiveOnly} as "isWanted",
      array(${tellsNewer}) as "toldSince",
      ceil(extract(epoch from o.paced_until - clock_timestamp()) * 1000)::int as "waitMs",
      case when w.id is not null and not ${probing} then lane.paused_until end as "pausedUntil",
      coalesce(lane.failures, 0) > 0 or lane.paused_until is not null as "isLaneTroubled",
      lane.lifted_at as "laneLiftedAt"
    from unnest(${ids}::bigint[]) with ordinality as asked (id, place)
    left join lane on true
    left join deliveries w on w.id = asked.id and w.phase in ('planned', 'retry') and w.due_at <= ${now}
    left join paced o on o.id = asked.id
    left join claimed d on d.id = asked.id
    left join subscribers p on p.id = d.subscriber_id left join digests g on g.id = d.digest_id
    order by asked.place`.execute(db);
  return rows.map(({ waitMs, pausedUntil, isLaneTroubled, laneLiftedAt, ...claim }) => {
    const claimed = claim.id === null ? null : claim;
    return {
      claim: claimed,
      waitMs,
      pausedUntil: claimed ? null : pausedUntil,
      isLaneTroubled,
      laneLiftedAt,
    };
  });
}

/** How long a prober that died is waited for, in milliseconds: one that lives says so more often, see `renewProbe`. */
export const probeMs = 15_000;

/**
 * Claims one delivery as the only probe of a lane whose pause is over; null when another probes it, or the delivery is
 * not there to be claimed.
 */
export async function claimProbe(db: Db, id: number, how: ClaimHow): Promise<ClaimAnswer | null> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql`
      update lanes set probe_until = clock_timestamp() + ${probeMs} * interval '1 millisecond'
      where name = ${how.lane} and paused_until <= ${how.now} and (probe_until is null or probe_until <= clock_timestamp())
      returning name`.execute(tx);
    if (rows.length === 0) return null;
    const answer = (await claimDeliveries(tx, [id], { ...how, probing: true }))[0] ?? null;
    if (!answer?.claim)
      await tx
        .updateTable('lanes')
        .set({ probe_until: null })
        .where('name', '=', how.lane ?? '')
        .execute();
    return answer;
  });
}

/** A claimed delivery whose message is about to go out. */
export type Body = {
  id: number;
  fence: number;
  messageId: string;
  now: Instant;
  /** The digests told since that it was looked through for. */
  toldSince?: number[];
  /** The hashes under which mail to it may have been stopped, of an address that is not its subscriber's. */
  addressHashes?: Buffer[];
};

/** What its owner asked for since its mailbox took no mail goes there, so that its link can lift that (B6). */
const liftsIt = sql`(d.kind in ('confirmation', 'manage') and d.address is null and d.planned_at >= s.since
  and s.reason in (${sql.join([...bounceReasons])}))`;

/**
 * The point of no return, committed before the first byte of each message: false when this holder was overtaken, the
 * lease ran out, the address is suppressed, it is not wanted as it stands any more, or newer news of the same was told
 * meanwhile. Answers in the order asked.
 */
export async function beginBodies(db: Db, bodies: Body[]): Promise<boolean[]> {
  const { rows } = await sql<{ id: number }>`${planOnce}
    update deliveries d set phase = 'body', body_at = b.now::timestamptz, message_id = b.message_id
    from unnest(${bodies.map((b) => b.id)}::bigint[], ${bodies.map((b) => b.fence)}::bigint[],
      ${bodies.map((b) => b.messageId)}::text[], ${bodies.map((b) => b.now)}::text[],
      ${bodies.map((b) => `{${b.toldSince?.join() ?? ''}}`)}::text[],
      ${bodies.map((b) => `{${b.addressHashes?.map((hash) => `"\\\\x${hash.toString('hex')}"`).join() ?? ''}}`)}::text[])
      as b (id, fence, message_id, now, told_since, hashes)
    where d.id = b.id and d.fence = b.fence and d.phase = 'claimed' and d.lease_until > clock_timestamp()
      and not exists (
        select from subscribers p join suppressions s on s.address_hash = p.address_hash
        where p.id = d.subscriber_id and not ${liftsIt})
      and not exists (select from suppressions s where s.address_hash = any(b.hashes::bytea[]) and not ${liftsIt})
      and ${isDeliverable} and not exists (
        select from (${tellsNewer}) as newer where not newer.digest_id = any(b.told_since::bigint[]))
    returning d.id`.execute(db);
  return inOrder(bodies, rows);
}

/** A delivery that the mail server accepted. */
export type Acceptance = { id: number; fence: number; reply: string; now: Instant };

/**
 * Writes the server's acceptances. A stale holder may still say so of an ambiguous delivery nobody tried again; to say
 * it twice changes nothing.
 */
export async function markAllSent(db: Db, sent: Acceptance[]): Promise<boolean[]> {
  const { rows } = await sql<{ id: number }>`${planOnce}
    update deliveries d set phase = 'sent', reply = b.reply, finished_at = b.now::timestamptz, lease_until = null, params = null
    from unnest(${sent.map((b) => b.id)}::bigint[], ${sent.map((b) => b.fence)}::bigint[],
      ${sent.map((b) => b.reply)}::text[], ${sent.map((b) => b.now)}::text[]) as b (id, fence, reply, now)
    where d.id = b.id and d.fence = b.fence
      and (d.phase in ('body', 'ambiguous', 'sent') or (d.phase = 'retry' and d.was_ambiguous))
    returning d.id`.execute(db);
  return inOrder(sent, rows);
}

function inOrder(asked: { id: number }[], done: { id: number }[]): boolean[] {
  const ids = new Set(done.map(({ id }) => id));
  return asked.map(({ id }) => ids.has(id));
}
