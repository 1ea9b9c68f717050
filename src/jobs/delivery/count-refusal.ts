import type { RefusalLimit } from '../../core/refusals/meanings.ts';
import { giveUpAfter } from '../../core/refusals/streak.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { addBounce, suppressAddress } from '../../db/delivery/bounces.ts';
import { isAddressOf } from '../../db/subscribers/addresses.ts';
import { addRefusedMail } from '../../db/subscribers/refused-mails.ts';
import type { Context } from '../context.ts';

/** A refused mail. */
export type RefusedDelivery = {
  deliveryId: number;
  subscriberId: number | null;
  /** Its destination. */
  email: string;
  writtenAt: Instant;
};

/** The meaning of a refusal, from a verdict or a report. */
export type CountedRefusal = {
  kind: 'hard' | 'soft' | 'policy' | 'message' | 'complaint';
  limit: RefusalLimit;
  reason: string;
};

/**
 * Records a refusal from the conversation or from a report, and suppresses the address when a limit is reached (B3).
 * Returns whether the refusal is new, and whether the address is suppressed now.
 */
export async function countRefusal(
  { keys, now }: Context,
  tx: Tx,
  { deliveryId, subscriberId, email, writtenAt }: RefusedDelivery,
  { kind, limit, reason }: CountedRefusal,
): Promise<{ isNew: boolean; suppressed: boolean }> {
  const at = now();
  if (!(await addBounce(tx, { deliveryId, subscriberId, kind, now: at })))
    return { isNew: false, suppressed: false };
  const addressHash = keys.hashAddress(email);
  const stop = async (why: Parameters<typeof suppressAddress>[2], because: string) => {
    await suppressAddress(tx, addressHash, why, at, because);
    return { isNew: true, suppressed: true };
  };
  if (limit === 'at-once') return stop(kind === 'complaint' ? 'complaint' : 'hard-bounce', reason);
  const goesOn = { isNew: true, suppressed: false };
  // A new address has no subscriber of its own until it is confirmed.
  if (limit === null || subscriberId === null || !(await isAddressOf(tx, subscriberId, addressHash)))
    return goesOn;
  const mail = { isDoubtful: limit === 'three', writtenAt };
  const refused = await addRefusedMail(tx, { subscriberId, deliveryId }, mail, at);
  const why = giveUpAfter(refused);
  return why === null ? goesOn : stop('soft-bounces', `${why} The last one: ${reason}`);
}
