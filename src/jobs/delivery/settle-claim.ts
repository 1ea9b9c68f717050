import { addMs } from '../../core/instants.ts';
import type { Tx } from '../../db/connect.ts';
import type { Claim, ClaimAnswer } from '../../db/delivery/claims.ts';
import { markOutcome } from '../../db/delivery/deliveries.ts';
import { retryWrite } from '../../db/delivery/retry-write.ts';
import type { Phase } from '../../db/schema.ts';
import { messageOf, withoutAddresses } from '../../errors.ts';
import type { SmtpRefusal } from '../../mail/smtp-reply.ts';
import type { Context } from '../context.ts';
import { countRefusal } from './count-refusal.ts';

/** How long a claim lasts without renewal, in milliseconds. */
export const leaseMs = 120_000;
/** The interval of renewals, in milliseconds. */
export const renewEveryMs = leaseMs / 4;
/**
 * How long to retry writing an outcome while the database is unavailable. The lease certainly lasts that
 * long.
 */
const insistMs = leaseMs - renewEveryMs - 10_000;
/** Minutes to wait after the n-th refused attempt. After the last one the delivery has failed. */
const retryAfterMinutes = [5, 15, 60, 180, 360, 720, 1_440, 1_440];

/** A claim, and the state of its SMTP circuit at that time. */
export type Claimed = ClaimAnswer & { claim: Claim; probing: boolean; signal: AbortSignal | undefined };

/**
 * Retries a write while the database is unavailable. Without the outcome, the mail's fate would be unknown.
 */
export function keep<T>(context: Context, { claim, signal }: Claimed, write: () => Promise<T>): Promise<T> {
  const onFailure = (error: unknown) =>
    context.log.warn({ delivery: claim.id, reason: messageOf(error) }, 'outcome not written yet');
  return retryWrite(write, { forMs: insistMs, signal, onFailure });
}

/** Schedules the next attempt. After the last one the delivery has failed. */
export function retryOrFail(
  context: Context,
  claimed: Claimed,
  reply: string,
  how: { refusal?: SmtpRefusal; blocked?: boolean } = {},
): Promise<Phase | null> {
  const minutes = retryAfterMinutes[claimed.claim.attempts - 1];
  if (minutes === undefined) return settle(context, claimed, 'failed', reply, how);
  const dueAt = addMs(context.now(), minutes * 60_000);
  return settle(context, claimed, 'retry', reply, { dueAt, blocked: how.blocked ?? false });
}

/**
 * Writes the outcome of a claim. A `refusal` counts against the address, `blocked` against us. Null if another process
 * took over the claim.
 */
export async function settle(
  context: Context,
  claimed: Claimed,
  phase: 'retry' | 'failed' | 'ambiguous' | 'cancelled' | 'suppressed',
  reply: string,
  how: { dueAt?: string; free?: boolean; blocked?: boolean; refusal?: SmtpRefusal | null } = {},
): Promise<Phase | null> {
  const { claim } = claimed;
  const { dueAt, free = false, blocked = false, refusal = null } = how;
  const said = withoutAddresses(reply);
  const outcome = { phase, reply: said, now: context.now(), free, blocked, ...(dueAt ? { dueAt } : {}) };
  const written = await keep(context, claimed, () =>
    refusal === null
      ? markOutcome(context.db, claim, outcome)
      : context.db.transaction().execute(async (tx) => {
          const isWritten = await markOutcome(tx, claim, outcome);
          if (isWritten) await countRefused(context, tx, claim, refusal);
          return isWritten;
        }),
  );
  context.log.info({ delivery: claim.id, phase, attempts: claim.attempts }, 'delivery');
  return written ? phase : null;
}

/**
 * A final refusal in the conversation counts like a report of one. Before RCPT, the server knew no address.
 */
async function countRefused(
  context: Context,
  tx: Tx,
  claim: Claim,
  { verdict, stage }: SmtpRefusal,
): Promise<void> {
  if (verdict === null || stage === 'mail' || claim.address === null) return;
  // Its destination: during an address change, this is not yet the subscriber's address.
  const email = context.keys.decrypt(claim.address);
  const { id: deliveryId, subscriberId, messageDate: writtenAt } = claim;
  await countRefusal(context, tx, { deliveryId, subscriberId, email, writtenAt }, verdict);
}
