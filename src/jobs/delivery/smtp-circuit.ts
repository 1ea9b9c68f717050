import { addMs } from '../../core/instants.ts';
import type { PauseReason } from '../../core/refusals/circuit-breaker.ts';
import type { Db, Tx } from '../../db/connect.ts';
import { countBlocked } from '../../db/delivery/bounces.ts';
import { releaseProbe } from '../../db/delivery/circuit-probe.ts';
import type { Claim, ClaimAnswer } from '../../db/delivery/claims.ts';
import { recordCircuitFailure, recordCircuitSuccess } from '../../db/delivery/smtp-circuits.ts';
import { beforeMail, type SmtpRefusal } from '../../mail/smtp-reply.ts';
import { type Context, smtpCircuitOf } from '../context.ts';
import { enqueueDueDeliveries } from './enqueue-deliveries.ts';

/**
 * After a refusal for our reputation, a delivery waits this much longer than the pause, so that another one
 * probes.
 */
const behindMs = 60_000;
/** The wait after a failure of the mail server that does not yet open the circuit. */
const soonMs = 15_000;
/** One recipient's server may have a rule of its own; refusals for this many recipients concern us. */
const severalRecipients = 2;

/** A claim, and the state of its SMTP circuit at that time. */
type Claimed = Pick<ClaimAnswer, 'isCircuitTroubled' | 'circuitRecoveredAt'> & {
  claim: Claim;
  probing: boolean;
};

/** When a delivery is tried again after a failure that is not its own, and the alarm's text, if any. */
export type Waits = { dueAt: string; blocked: boolean; message: string | null };

/**
 * Records a refusal that concerns all mail. A refusal for our reputation or our address (`policy`, `sender`)
 * pauses sending if it came before any recipient was named, or for several recipients (B5). A server that
 * accepts no mail at all pauses sending after a few failures in a row. Returns null for a refusal that
 * concerns only this delivery and counts as its attempt; that includes one that is refused for our reputation
 * again although others were delivered.
 */
export async function recordRefusal(
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
    await recordCircuitProgress(context, claimed, isAnswer ? 'answered' : 'nothing');
    return null;
  }
  const now = context.now();
  const { reply } = refusal;
  const pause = await recordCircuitFailure(context.db, name, { reason, reply, probing, now });
  const pausedMs = pause ? Date.parse(pause.until) - Date.parse(now) : soonMs;
  if (pause)
    context.log.warn(
      { pause: pause.reason, until: pause.until, times: pause.times, reply },
      'sending paused',
    );
  context.enqueueLater?.(claim.id, pausedMs);
  if (reason === 'relay') return { dueAt: addMs(now, pausedMs), blocked: false, message: null };
  const message = pausedMessage(reply, addMs(now, pausedMs));
  return { dueAt: addMs(now, pausedMs + behindMs), blocked: true, message };
}

/** Whether the delivery was already refused for our reputation, while others have been delivered since. */
function isOwnTrouble({ claim, circuitRecoveredAt }: Claimed): boolean {
  return claim.blockedAt !== null && circuitRecoveredAt !== null && circuitRecoveredAt >= claim.blockedAt;
}

/** Whether a refusal concerns all mail. At MAIL the server knows no recipient, so it does. */
async function isAboutUs(
  context: Context,
  { id, subscriberId }: Claim,
  { stage }: SmtpRefusal,
): Promise<boolean> {
  if (stage === 'mail') return true;
  return isBlockedForSeveral(context, context.db, { deliveryId: id, subscriberId });
}

/**
 * Records that a mail was refused for our reputation. Returns whether this recently affected several
 * recipients.
 */
export async function isBlockedForSeveral(
  context: Context,
  db: Db | Tx,
  mail: { deliveryId: number; subscriberId: number | null },
): Promise<boolean> {
  const name = smtpCircuitOf(context);
  if (name === null) return false;
  return (await countBlocked(db, { ...mail, now: context.now() }, name)) >= severalRecipients;
}

/** The alarm about a pause for our reputation. */
export function pausedMessage(reply: string, until: string): string {
  return `The mail server refuses us for who we are, not for whom we write to. All emails wait; one is tried at ${until}. ${quote(reply)}`;
}

/** The alarm about a mail that was refused for our reputation while others are delivered. */
export function blockedMessage(reply: string): string {
  return `An email was refused for who we are, not for whom it went to. The other emails go on. ${quote(reply)}`;
}

/** The server's words, with the help page that most providers name in them. */
function quote(reply: string): string {
  const link = /https?:\/\/[^\s<>"')]+/.exec(reply)?.[0].replace(/[.,;:!?]+$/, '');
  return `Its answer: ${reply}${link ? ` See: ${link}` : ''}`;
}

/**
 * The reason to pause. Until the server's answer to MAIL, this mail was not mentioned; a connection lost
 * later may be its fault.
 */
function reasonOf(refusal: SmtpRefusal): PauseReason | null {
  const { class: fault, stage, reply } = refusal;
  if (fault === 'policy' || fault === 'sender') return 'policy';
  if (fault !== 'relay') return null;
  return beforeMail.has(stage) || (stage === 'mail' && /^[45]\d\d/.test(reply)) ? 'relay' : null;
}

/**
 * Records any other outcome of an attempt for its circuit. A sent mail ends any pause, an answer about the
 * mail shows that the server is alive, and a probe without an answer passes to another delivery.
 */
export async function recordCircuitProgress(
  context: Context,
  { probing, isCircuitTroubled }: Claimed,
  progress: 'sent' | 'answered' | 'nothing',
): Promise<void> {
  const name = smtpCircuitOf(context);
  if (name === null || !isCircuitTroubled) return;
  if (progress === 'nothing') {
    if (probing) await releaseProbe(context.db, name);
    return;
  }
  const isResumed = await recordCircuitSuccess(context.db, name, {
    now: context.now(),
    probing,
    only: progress === 'sent' ? null : 'relay',
  });
  if (!isResumed) return;
  // `lane` is the former name of `circuit`; remove it in 0.3.0.
  context.log.info({ circuit: name, lane: name }, 'sending resumed');
  await enqueueDueDeliveries(context);
}
