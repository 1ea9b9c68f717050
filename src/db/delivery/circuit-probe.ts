import { sql } from 'kysely';
import type { Db } from '../connect.ts';
import { type ClaimAnswer, type ClaimHow, claimDeliveries } from './claims.ts';

/** How long the probe of a dead process blocks others, in milliseconds. A live one renews it more often. */
export const probeMs = 15_000;

/**
 * Claims one delivery as the only probe of a circuit whose pause is over. Null if another delivery is probing
 * it. If the answer contains no claim, the probe is free again. Locks the circuit first, then the rows that a
 * claim locks.
 */
export async function claimProbe(db: Db, id: number, how: ClaimHow): Promise<ClaimAnswer | null> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql`
      update smtp_circuits set probe_until = clock_timestamp() + ${probeMs} * interval '1 millisecond'
      where name = ${how.circuit} and paused_until <= ${how.now} and (probe_until is null or probe_until <= clock_timestamp())
      returning name`.execute(tx);
    if (rows.length === 0) return null;
    const answer = (await claimDeliveries(tx, [id], { ...how, probing: true }))[0] ?? null;
    if (!answer?.claim)
      await tx
        .updateTable('smtp_circuits')
        .set({ probe_until: null })
        .where('name', '=', how.circuit ?? '')
        .execute();
    return answer;
  });
}

/** Prolongs a probe while its process lives. Has no effect on a probe that was released or taken over. */
export async function renewProbe(db: Db, name: string, forMs: number): Promise<void> {
  await sql`update smtp_circuits set probe_until = clock_timestamp() + ${forMs} * interval '1 millisecond'
    where name = ${name} and probe_until > clock_timestamp()`.execute(db);
}

/** Lets another delivery probe, because this one's outcome said nothing about the mail server. */
export async function releaseProbe(db: Db, name: string): Promise<void> {
  await db.updateTable('smtp_circuits').set({ probe_until: null }).where('name', '=', name).execute();
}
