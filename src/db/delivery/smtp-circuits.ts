import {
  afterFailure,
  afterSuccess,
  type Circuit,
  closedCircuit,
  type Pause,
  type PauseReason,
  pauseOf,
} from '../../core/refusals/circuit-breaker.ts';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';

/**
 * The name of a mail server's circuit, which does not reveal the server. Another server or password gets
 * another circuit, so that it does not wait for the old one's pause. The purpose is part of stored names and
 * must not change.
 */
export function nameSmtpCircuit(keys: Keys, smtpUrl: string): string {
  return keys.sign('lane', smtpUrl).slice(0, 16);
}

/** The present pause of this circuit; null if there is none. */
export async function readPause(db: Db, name: string): Promise<Pause | null> {
  const circuit = await selectCircuit(db, name).executeTakeFirst();
  return circuit ? pauseOf(circuit) : null;
}

/**
 * Records that nothing can be sent at present, in one transaction. Returns the pause; null if sending
 * continues.
 */
export async function recordCircuitFailure(
  db: Db,
  name: string,
  failure: { reason: PauseReason; reply: string; probing: boolean; now: Instant },
): Promise<Pause | null> {
  return db.transaction().execute(async (tx) => {
    await tx
      .insertInto('smtp_circuits')
      .values({ name, ...toRow(closedCircuit) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const circuit = await selectCircuit(tx, name).forUpdate().executeTakeFirstOrThrow();
    const next = afterFailure(circuit, failure);
    await writeCircuit(tx, name, next);
    return pauseOf(next);
  });
}

/** Records that the mail server works, in one transaction. Returns whether this ended a pause. */
export async function recordCircuitSuccess(
  db: Db,
  name: string,
  success: { now: Instant; probing: boolean; only: PauseReason | null },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const circuit = await selectCircuit(tx, name).forUpdate().executeTakeFirst();
    if (!circuit) return false;
    const next = afterSuccess(circuit, success);
    if (next !== circuit) await writeCircuit(tx, name, next);
    return circuit.pausedUntil !== null && next.pausedUntil === null;
  });
}

function selectCircuit(db: Db | Tx, name: string) {
  return db
    .selectFrom('smtp_circuits')
    .select([
      'failures',
      'paused_until as pausedUntil',
      'probe_until as probeUntil',
      'pauses',
      'reason',
      'reply',
      'since',
      'recovered_at as recoveredAt',
    ])
    .where('name', '=', name);
}

async function writeCircuit(tx: Tx, name: string, circuit: Circuit): Promise<void> {
  await tx.updateTable('smtp_circuits').set(toRow(circuit)).where('name', '=', name).execute();
}

function toRow({ pausedUntil, probeUntil, recoveredAt, ...same }: Circuit) {
  return { ...same, paused_until: pausedUntil, probe_until: probeUntil, recovered_at: recoveredAt };
}
