import type { Tx } from '../../db/connect.ts';
import {
  countReport,
  findMailed,
  type Mailed,
  recordReceipt,
  wasRefusedBefore,
} from '../../db/delivery/bounces.ts';
import { recordCircuitFailure } from '../../db/delivery/smtp-circuits.ts';
import { readFormerKeys } from '../../db/subscribers/former-keys.ts';
import { withoutAddresses } from '../../errors.ts';
import { type Bounce, readBounce } from '../../mail/bounces/bounce.ts';
import type { BounceKind } from '../../mail/bounces/kinds.ts';
import { type Context, smtpCircuitOf } from '../context.ts';
import { raiseAlarm } from '../raise-alarm.ts';
import { type CountedRefusal, countRefusal } from './count-refusal.ts';
import { makeMessageId } from './message-id.ts';
import { blockedMessage, isBlockedForSeveral, pausedMessage } from './smtp-circuit.ts';

/**
 * The size limit of a report, in bytes. A report with its returned mail is far smaller; anything larger is
 * not a report.
 */
export const mostReportBytes = 5_000_000;

/**
 * The outcome of an incoming message. `none`: not a report. `oversized`: too large for one. `foreign`: names
 * no mail that we sent to that address (forged, or old). `repeated`: already known.
 */
export type TakenBounce = {
  kind: BounceKind | 'oversized' | 'foreign' | 'repeated';
  deliveryId: number | null;
  /** Mail to the address has been stopped. */
  suppressed: boolean;
};

/**
 * Processes a returned raw message; null stands for one that was too large to read. A report counts only if
 * it names the Message-ID of a mail that was handed over: a fault of the address stops mail to it, a refusal
 * of us pauses all mail and alerts admins. Everything else is only counted. `receipt` identifies the message:
 * repeating the last processed one changes nothing, not even a count.
 */
export async function takeBounce(
  context: Context,
  raw: Uint8Array | null,
  receipt: string | null = null,
): Promise<TakenBounce> {
  const read = raw && (await readBounce(raw));
  const bounce = read?.kind === 'none' ? null : read;
  const mailed = bounce && (await findOurs(context, bounce));
  const told = await context.db.transaction().execute(async (tx) => {
    if (receipt !== null && !(await recordReceipt(tx, receipt))) return toldOf('repeated');
    const taken = bounce && mailed ? await noteBounce(context, tx, mailed, bounce) : null;
    const { kind, ...rest } = taken ?? toldOf(bounce ? 'foreign' : raw ? 'none' : 'oversized');
    await countReport(tx, kind);
    return { kind, ...rest };
  });
  const { kind, deliveryId: delivery, suppressed } = told;
  if (delivery !== null) context.log.info({ kind, delivery, suppressed }, 'bounce');
  return told;
}

function toldOf(kind: TakenBounce['kind'], deliveryId: number | null = null): TakenBounce {
  return { kind, deliveryId, suppressed: false };
}

type OurMail = Mailed & { email: string };

/** Finds the mail that a report names, if we sent it and its address is still the destination. */
async function findOurs(
  { config, db, keys }: Context,
  { messageIds: named, tokens }: Bounce,
): Promise<OurMail | null> {
  const ownHost = new URL(config.baseUrl).hostname;
  const messageIds = [...tokens.map((token) => `<${token}@${ownHost}>`), ...named];
  if (messageIds.length === 0) return null;
  const known = [keys, ...(await readFormerKeys(db, keys))];
  for (const mailed of await findMailed(db, messageIds)) {
    const email = keys.decrypt(mailed.address);
    const host = mailed.messageId.slice(mailed.messageId.lastIndexOf('@') + 1, -1);
    const of = (key: (typeof known)[number]) => makeMessageId(key, { ...mailed, to: email }, host);
    if (known.some((key) => of(key) === mailed.messageId)) return { ...mailed, email };
  }
  return null;
}

async function noteBounce(
  context: Context,
  tx: Tx,
  { id: deliveryId, subscriberId, email, messageDate: writtenAt }: OurMail,
  bounce: Bounce,
): Promise<TakenBounce> {
  const told = toldOf(bounce.kind, deliveryId);
  const meant = meaningOf(bounce);
  if (meant === null) return told;
  const mail = { deliveryId, subscriberId, email, writtenAt };
  const { isNew, suppressed } = await countRefusal(context, tx, mail, meant);
  if (!isNew) return toldOf('repeated', deliveryId);
  if (meant.kind === 'policy') await noteBlocked(context, tx, { deliveryId, subscriberId }, bounce);
  return { ...told, suppressed };
}

/**
 * The refusal that a report tells of; null if none. A mail that was given up counts as refused, even if the
 * report calls it delayed.
 */
function meaningOf({ kind, limit, reason }: Bounce): CountedRefusal | null {
  if (kind === 'information' || kind === 'none') return null;
  if (kind !== 'delayed') return { kind, limit, reason };
  return limit === null ? null : { kind: 'soft', limit, reason };
}

/**
 * Records a refusal for our reputation. Raises an alarm, and pauses sending if several recipients were
 * affected, as in the conversation. If one person's mails return again although others were delivered, that
 * is their own server's rule.
 */
async function noteBlocked(
  context: Context,
  tx: Tx,
  mail: { deliveryId: number; subscriberId: number | null },
  { said }: Bounce,
): Promise<void> {
  const circuit = smtpCircuitOf(context);
  if (circuit !== null && (await wasRefusedBefore(tx, mail, circuit))) return;
  const reply = withoutAddresses(said);
  const trouble = { reason: 'policy', reply, probing: false, now: context.now() } as const;
  const isSeveral = await isBlockedForSeveral(context, tx, mail);
  const pause =
    circuit !== null && isSeveral ? await recordCircuitFailure(context.db, circuit, trouble) : null;
  if (pause) context.log.warn({ pause: pause.reason, until: pause.until, reply }, 'sending paused');
  // Before the report counts as processed: if the process is killed in between, the alarm comes twice, not
  // never.
  if (pause) await raiseAlarm(context, 'mail-paused', pausedMessage(reply, pause.until));
  else await raiseAlarm(context, 'mail-blocked', blockedMessage(reply));
}
