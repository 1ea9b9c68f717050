import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import { anyList, notIndexed } from '../connect.ts';

/** The circuit of the deliveries: no row without a circuit, or before its first failure. Locks nothing. */
export const circuitPart = (name: string | null) =>
  sql`circuit as (select failures, paused_until, recovered_at from smtp_circuits where name = ${name})`;

/**
 * A single reading of the database's clock, so that all domains are granted tokens as of the same instant.
 */
export const clockPart = sql`clock as materialized (select clock_timestamp() as at)`;

/**
 * Whether the delivery `d` waits and is due. One that was never put off is due for everybody, whatever the claimer's
 * clock says: its planner's may be ahead.
 */
export const isDue = (now: Instant) =>
  sql<boolean>`d.phase ${notIndexed} in ('planned', 'retry') and d.due_at <= greatest(${now}, d.planned_at)`;

/**
 * The deliveries that may be claimed, locked by ascending id. Leaves out those that another claimer holds,
 * that are not due, or that wait for their domain's rate; and all of them while the circuit is open, unless
 * this is the probe.
 */
export const readyPart = (ids: number[], now: Instant, probing: boolean) =>
  sql`ready as (
      select d.id, d.due_at, p.domain_hash as domain
      from deliveries d left join subscribers p on p.id = d.subscriber_id
      where d.id = any(${anyList(ids, 'bigint[]')}) and ${isDue(now)}
        and (d.paced_until is null or d.paced_until <= clock_timestamp())
        and (${probing} or not exists (select from circuit where paused_until is not null))
      order by d.id for update of d skip locked
    )`;

/** Numbers the ready deliveries of each domain, those due longest first: number n gets token n. */
export const rankedPart = sql`ranked as (
      select id, domain, row_number() over (partition by domain order by due_at, id)::int as n from ready
    )`;

/** The interval between two tokens of a domain at this rate. */
const stepOf = (rate: number) => sql`interval '1 second' / ${Math.max(rate, 1)}::float`;

/**
 * Takes tokens from each domain's account, locked by ascending domain. `busy_until` is when the granted
 * tokens are used up, at most a second ahead; `queue_until` is the turn of the last delivery without a token.
 * At rate 0, or for mail without a subscriber, there is no account and no limit.
 */
export const tokensPart = (rate: number) => {
  const step = stepOf(rate);
  return sql`tokens as (
      insert into domain_rates as r (domain_hash, requested, granted, busy_until, queue_until)
      select domain, count(*), least(count(*), ${rate}::int),
        min(at) + least(count(*), ${rate}::int) * ${step}, min(at) + count(*) * ${step}
      from ranked, clock where domain is not null and ${rate}::int > 0 group by domain order by domain
      on conflict (domain_hash) do update set (requested, granted, busy_until, queue_until) = (
        select excluded.requested, g, b + g * ${step}, greatest(r.queue_until, b + g * ${step}) + (excluded.requested - g) * ${step}
        from clock, lateral (select greatest(r.busy_until, at) as b) as base, lateral (
          select greatest(0, least(excluded.requested,
            floor(extract(epoch from at + interval '1 second' - b) * ${rate}::int)))::int as g) as grant_of)
      returning domain_hash, requested, granted, queue_until
    )`;
};

/**
 * Claims the deliveries that got a token or need none: sets a new fence, a lease and the message's date, and
 * counts the attempt.
 */
export const claimedPart = (how: { holder: string; leaseMs: number; now: Instant }) =>
  sql`claimed as (
      update deliveries d set phase = 'claimed', fence = fence + 1, holder = ${how.holder}, attempts = attempts + 1,
        lease_until = clock_timestamp() + ${how.leaseMs} * interval '1 millisecond', paced_until = null,
        message_date = coalesce(message_date, ${how.now}::timestamptz)
      from ranked r left join tokens t on t.domain_hash = r.domain
      where d.id = r.id and d.phase ${notIndexed} in ('planned', 'retry') and (t.granted is null or r.n <= t.granted)
      returning d.*
    )`;

/** Assigns each delivery without a token its turn in the domain's queue. */
export const pacedPart = (rate: number) =>
  sql`paced as (
      update deliveries d set paced_until = t.queue_until - (t.requested - r.n) * ${stepOf(rate)}
      from ranked r join tokens t on t.domain_hash = r.domain where d.id = r.id and r.n > t.granted
      returning d.id, d.paced_until
    )`;
