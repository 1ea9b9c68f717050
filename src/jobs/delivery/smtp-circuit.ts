import { addMs } from '../../core/instants.ts';
import type { Db, Tx } from '../../db/connect.ts';
import { countBlocked } from '../../db/delivery/bounces.ts';
import type { Claim, ClaimAnswer } from '../../db/delivery/claims.ts';
import { liftPause, noteTrouble, type PauseReason, passProbe } from '../../db/delivery/smtp-circuits.ts';
import { beforeMail, type SmtpRefusal } from '../../mail/smtp-reply.ts';
import { type Context, smtpCircuitOf } from '../context.ts';
import { enqueueDueDeliveries } from './enqueue-deliveries.ts';

/** A delivery refused for our standing waits this much longer than its lane, so that another one probes. */
const behindMs = 60_000;
/** The pause after a failure of the mail server that opens no breaker yet. */
const soonMs = 15_000;
/** One recipient's server may have a rule of its own; several refusals are about us. */
const severalRecipients = 2;

/** A claim, and the state of its SMTP circuit at that time. */
type Claimed = Pick<ClaimAnswer, 'isLaneTroubled' | 'laneLiftedAt'> & { claim: Claim; probing: boolean };

/** How long a delivery waits with its lane, and what admins are told; null when the refusal is its own. */
export type Waits = { dueAt: string; blocked: boolean; message: string | null };

/**
 * Notes a refusal where it is about the lane: for our standing or our address (`policy`, `sender`) it pauses when the
 * server said so before any recipient was named, or of several recipients (B5); for a server that takes no mail at all
 * (nothing was said of this one) after a few in a row. A delivery that is refused for our standing again, after others
 * went through, is its own trouble: then its tries are counted.
 */
export async function noteRefusal(
  context: Context,
  claimed: Claimed,
  refusal: SmtpRefusal,
): Promise<Waits | null> {
  const { claim, probing } = claimed;
  const name = smtpCircuitOf(context);
  const reason = reasonOf(refusal);
  const isOwn = reason === 'policy' && (isOwnTrouble(claimed) || !(await isAboutUs(context, claim, refusal)));
  if (name === null || reason === null || isOwn) {
    const isAnswer = reason === null ? refusal.class !== 'relay' : !isOwnTrouble(claimed);
    await noteCircuitProgress(context, claimed, isAnswer ? 'answered' : 'nothing');
    return null;
  }
  const now = context.now();
  const { reply } = refusal;
  const pause = await noteTrouble(context.db, name, { reason, reply, probing, now });
  const pausedMs = pause ? Date.parse(pause.until) - Date.parse(now) : soonMs;
  if (pause)
    context.log.warn({ pause: pause.reason, until: pause.until, times: pause.times, reply }, 'lane paused');
  context.enqueueLater?.(claim.id, pausedMs);
  if (reason === 'relay') return { dueAt: addMs(now, pausedMs), blocked: false, message: null };
  const message = pausedMessage(reply, addMs(now, pausedMs));
  return { dueAt: addMs(now, pausedMs + behindMs), blocked: true, message };
}

/** Refused for our reputation before, while others went through since. */
function isOwnTrouble({ claim, laneLiftedAt }: Claimed): boolean {
  return claim.blockedAt !== null && laneLiftedAt !== null && laneLiftedAt >= claim.blockedAt;
}

/** At MAIL the server knows no recipient, so a refusal there is about all mail. */
async function isAboutUs(
  context: Context,
  { id, subscriberId }: Claim,
  { stage }: SmtpRefusal,
): Promise<boolean> {
  if (stage === 'mail') return true;
  return isBlockedForSeveral(context, context.db, { deliveryId: id, subscriberId });
}

/** Records that a mail was refused for our reputation. Returns whether this happened to several recipients lately. */
export async function isBlockedForSeveral(
  context: Context,
  db: Db | Tx,
  mail: { deliveryId: number; subscriberId: number | null },
): Promise<boolean> {
  const name = smtpCircuitOf(context);
  if (name === null) return false;
  return (await countBlocked(db, { ...mail, now: context.now() }, name)) >= severalRecipients;
}

/** What admins are told of a lane that is refused for our standing. */
export function pausedMessage(reply: string, until: string): string {
  return `The mail server refuses us for who we are, not for whom we write to. All mails wait; one is tried at ${until}. ${quote(reply)}`;
}

/** The alarm about a mail that was refused for our reputation while others go on. */
export function blockedMessage(reply: string): string {
  return `A mail was refused for who we are, not for whom it went to. The other mails go on. ${quote(reply)}`;
}

/** The server's words, with the page that most providers name in them. */
function quote(reply: string): string {
  const link = /https?:\/\/[^\s<>"')]+/.exec(reply)?.[0].replace(/[.,;:!?]+$/, '');
  return `Its answer: ${reply}${link ? ` See: ${link}` : ''}`;
}

/** Up to the server's answer to MAIL nothing was said of this mail; a connection lost after that may be its doing. */
function reasonOf(refusal: SmtpRefusal): PauseReason | null {
  const { class: fault, stage, reply } = refusal;
  if (fault === 'policy' || fault === 'sender') return 'policy';
  if (fault !== 'relay') return null;
  return beforeMail.has(stage) || (stage === 'mail' && /^[45]\d\d/.test(reply)) ? 'relay' : null;
}

/**
 * Notes what else a try said of its lane: a mail that was sent lifts any pause, a server that spoke about the mail is no
 * dead one, and a probe that said nothing leaves its place to another.
 */
export async function noteCircuitProgress(
  context: Context,
  { probing, isLaneTroubled }: Claimed,
  progress: 'sent' | 'answered' | 'nothing',
): Promise<void> {
  const name = smtpCircuitOf(context);
  if (name === null || !isLaneTroubled) return;
  if (progress === 'nothing') {
    if (probing) await passProbe(context.db, name);
    return;
  }
  const lifted = await liftPause(context.db, name, {
    now: context.now(),
    probing,
    only: progress === 'sent' ? null : 'relay',
  });
  if (!lifted) return;
  context.log.info({ lane: name }, 'lane works again');
  await enqueueDueDeliveries(context);
}
