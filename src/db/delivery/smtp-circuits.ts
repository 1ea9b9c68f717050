import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import type { Db } from '../connect.ts';

/** Why a lane stands still: refused for our standing (or our address), or the mail server is not to be talked to. */
export type PauseReason = 'policy' | 'relay';

/** A lane that stands still until an instant of the injected clock; then one delivery probes it. */
export type Pause = {
  reason: PauseReason;
  until: Instant;
  since: Instant;
  reply: string;
  /** How often it was paused since it last worked. */
  times: number;
};

/** Failures of the mail server in a row, over all processes, that open the breaker. */
const failuresToOpen = 3;
const minuteMs = 60_000;
/** The n-th pause in a row; the last one is repeated. A dead server is asked often, one that dislikes us seldom. */
const pausesMs: Record<PauseReason, number[]> = {
  relay: [5_000, 10_000, 20_000, 30_000],
  policy: [15 * minuteMs, 30 * minuteMs, 60 * minuteMs, 120 * minuteMs, 240 * minuteMs],
};

/**
 * What the lane of a mail server is called, without telling the server. Another server or password is another lane: what
 * was wrong with the old one is not waited for.
 */
export function nameSmtpCircuit(keys: Keys, smtpUrl: string): string {
  return keys.sign('lane', smtpUrl).slice(0, 16);
}

/** Why the lane stands still; null while it does not. */
export async function readPause(db: Db, name: string): Promise<Pause | null> {
  const row = await db.selectFrom('lanes').selectAll().where('name', '=', name).executeTakeFirst();
  if (!row?.paused_until || !row.reason) return null;
  return {
    reason: row.reason,
    until: row.paused_until,
    since: row.since ?? row.paused_until,
    reply: row.reply ?? '',
    times: row.pauses,
  };
}

/**
 * Notes that nothing can be sent just now: a refusal for our standing pauses the lane at once, the mail server's failures
 * when they come in a row, a failed probe again and for longer. Returns the lane's pause, null when it goes on.
 */
export async function noteTrouble(
  db: Db,
  name: string,
  trouble: { reason: PauseReason; reply: string; probing: boolean; now: Instant },
): Promise<Pause | null> {
  const { reason, reply, probing, now } = trouble;
  return db.transaction().execute(async (tx) => {
    await tx
      .insertInto('lanes')
      .values({
        name,
        paused_until: null,
        probe_until: null,
        reason: null,
        reply: null,
        since: null,
        lifted_at: null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const lane = await tx
      .selectFrom('lanes')
      .selectAll()
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const update = tx.updateTable('lanes').where('name', '=', name);
    const failures = lane.failures + 1;
    const stands = lane.paused_until !== null && !probing && (reason === 'relay' || lane.reason === 'policy');
    if (stands || (reason === 'relay' && !probing && failures < failuresToOpen)) {
      await update.set(lane.paused_until ? { failures } : { failures, since: now }).execute();
      if (!lane.paused_until || !lane.reason) return null;
      const since = lane.since ?? now;
      return {
        reason: lane.reason,
        until: lane.paused_until,
        since,
        reply: lane.reply ?? '',
        times: lane.pauses,
      };
    }
    const goesOn = lane.reason === reason;
    const times = goesOn ? lane.pauses + 1 : 1;
    const since = goesOn ? (lane.since ?? now) : now;
    const until = new Date(Date.parse(now) + pauseMs(reason, times)).toISOString();
    await update
      .set({ failures, paused_until: until, probe_until: null, pauses: times, reason, reply, since })
      .execute();
    return { reason, until, since, reply, times };
  });
}

function pauseMs(reason: PauseReason, times: number): number {
  const pauses = pausesMs[reason];
  return pauses[Math.min(times, pauses.length) - 1] ?? minuteMs;
}

/**
 * Notes that the lane works. True when it stood still before. A mail claimed before the pause lifts none: it only ends a
 * row of failures. `only`: a pause for another reason stays, and its probe goes to another delivery.
 */
export async function liftPause(
  db: Db,
  name: string,
  how: { now: Instant; probing: boolean; only: PauseReason | null },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const lane = await tx
      .selectFrom('lanes')
      .select(['paused_until', 'reason', 'lifted_at'])
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirst();
    if (!lane) return false;
    if (lane.paused_until !== null && (!how.probing || (how.only !== null && how.only !== lane.reason))) {
      if (how.probing)
        await tx.updateTable('lanes').set({ probe_until: null }).where('name', '=', name).execute();
      return false;
    }
    await tx
      .updateTable('lanes')
      .set({
        failures: 0,
        paused_until: null,
        probe_until: null,
        pauses: 0,
        reason: null,
        reply: null,
        since: null,
        lifted_at: lane.reason === 'policy' ? how.now : lane.lifted_at,
      })
      .where('name', '=', name)
      .execute();
    return lane.paused_until !== null;
  });
}

/** Keeps a lane to its prober, who still lives; a probe that was given up or taken over stays so. */
export async function renewProbe(db: Db, name: string, forMs: number): Promise<void> {
  await sql`update lanes set probe_until = clock_timestamp() + ${forMs} * interval '1 millisecond'
    where name = ${name} and probe_until > clock_timestamp()`.execute(db);
}

/** Lets another delivery probe: this one's end said nothing about the lane. */
export async function passProbe(db: Db, name: string): Promise<void> {
  await db.updateTable('lanes').set({ probe_until: null }).where('name', '=', name).execute();
}
