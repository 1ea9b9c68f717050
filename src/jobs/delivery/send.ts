import { join } from 'node:path';
import { isNoteKind } from '../../core/digests/mail-kinds.ts';
import { mailedForm, senderAddress } from '../../core/text/mail-address.ts';
import { claimProbe, probeMs, renewProbe } from '../../db/delivery/circuit-probe.ts';
import type { Claim, ClaimHow } from '../../db/delivery/claims.ts';
import { renewClaim } from '../../db/delivery/deliveries.ts';
import { ledgerOf } from '../../db/delivery/ledger.ts';
import { readReport } from '../../db/lists/reports.ts';
import type { Phase } from '../../db/schema.ts';
import { messageOf, withoutAddresses } from '../../errors.ts';
import { addReturnToken } from '../../mail/bounces/return-token.ts';
import { writeToOutbox } from '../../mail/outbox.ts';
import { sendOverSmtp } from '../../mail/smtp.ts';
import type { SmtpOutcome, SmtpRefusal } from '../../mail/smtp-reply.ts';
import { type Context, smtpCircuitOf } from '../context.ts';
import { raiseAlarm } from '../raise-alarm.ts';
import { composeNote } from './compose-note.ts';
import { composeAgain, type Message, makeMessage } from './render-message.ts';
import { type Claimed, keep, leaseMs, renewEveryMs, retryOrFail, settle } from './settle-claim.ts';
import { blockedMessage, recordCircuitProgress, recordRefusal } from './smtp-circuit.ts';
import { hashesOfAddress, isDeliverySuppressed, openAddress } from './suppression.ts';

/**
 * Sends one delivery if it can be claimed. Returns the ledger's phase afterwards; `retry` also means that it
 * waits for an open circuit or its domain's rate. Null if there was nothing to do (already sent, claimed by
 * another process, or deleted), so a repeated job is harmless. `signal` ends a conversation at once.
 */
export async function sendDelivery(
  context: Context,
  id: number,
  signal?: AbortSignal,
): Promise<Phase | null> {
  return (await trySending(context, id, signal)).phase;
}

/** As `sendDelivery`, and tells whether the delivery was skipped because of its domain's rate. */
export async function trySending(
  context: Context,
  id: number,
  signal?: AbortSignal,
): Promise<{ phase: Phase | null; isPaced: boolean }> {
  const how = howToClaim(context);
  let answer = await ledgerOf(context.db).claim(id, how);
  const { waitMs, pausedUntil } = answer;
  if (waitMs !== null) {
    context.enqueueLater?.(id, waitMs);
    return { phase: 'retry', isPaced: true };
  }
  const probing = pausedUntil !== null && pausedUntil <= how.now;
  if (probing) answer = (await claimProbe(context.db, id, how)) ?? answer;
  if (!answer.claim) return { phase: pausedUntil === null ? null : 'retry', isPaced: false };
  const { claim } = answer;
  const stopRenewing = renewWhileSending(context, claim, probing);
  try {
    const phase = await sendClaimed(context, { ...answer, claim, probing, signal });
    return { phase, isPaced: false };
  } finally {
    stopRenewing();
  }
}

/**
 * Renews the claim, and a probe's hold on its circuit, during the conversation. Returns a function that stops
 * renewing.
 */
function renewWhileSending(context: Context, claim: Claim, probing: boolean): () => void {
  const { db, log } = context;
  const circuit = smtpCircuitOf(context);
  const repeat = (everyMs: number, renew: () => Promise<void>) =>
    setInterval(() => {
      renew().catch((error) => {
        log.warn({ delivery: claim.id, reason: messageOf(error) }, 'claim not renewed');
      });
    }, everyMs);
  const renewals = [repeat(renewEveryMs, () => renewClaim(db, claim, leaseMs))];
  if (probing && circuit !== null) renewals.push(repeat(probeMs / 3, () => renewProbe(db, circuit, probeMs)));
  return () => renewals.forEach(clearInterval);
}

function howToClaim(context: Context): ClaimHow {
  const circuit = smtpCircuitOf(context);
  const ratePerDomain = circuit === null ? 0 : context.config.mailRatePerDomain;
  return { holder: context.holder, leaseMs, now: context.now(), circuit, ratePerDomain };
}

async function sendClaimed(context: Context, claimed: Claimed): Promise<Phase | null> {
  const made = await makeOrSettle(context, claimed);
  if ('phase' in made) {
    await recordCircuitProgress(context, claimed, 'nothing');
    return made.phase;
  }
  let outcome: SmtpOutcome;
  try {
    outcome = await handOver(context, claimed, made.message);
  } catch (error) {
    await keep(context, claimed, () => recordCircuitProgress(context, claimed, 'nothing'));
    return failHandingOver(context, claimed, error);
  }
  return writeOutcome(context, claimed, outcome);
}

/** Makes the message, or settles a delivery without one and returns its phase. */
async function makeOrSettle(
  context: Context,
  claimed: Claimed,
): Promise<{ message: Message } | { phase: Phase | null }> {
  const { claim } = claimed;
  const end = async (why: string) => ({ phase: await settle(context, claimed, 'cancelled', why) });
  if (claim.kind === 'confirmation' && !claim.isWanted)
    return end('Nothing waits for a confirmation anymore');
  try {
    const isAsPlanned = claim.isWanted && claim.newerDigests.length === 0;
    const content =
      claim.kind === 'digest' && !isAsPlanned ? await composeAgain(context, claim) : claim.content;
    const note = isNoteKind(claim.kind) ? await composeNote(context, claim) : null;
    const report = await readClaimedReport(context, claim);
    const isNothing =
      (claim.kind === 'digest' && content === null) ||
      (isNoteKind(claim.kind) && note === null) ||
      (claim.kind === 'report' && report === null);
    if (isNothing) return end('None of it is wanted anymore');
    const address = openAddress(context, claim);
    if (address === null) return end('Its reader is gone');
    return {
      message: await makeMessage(context, claim, content, mailedForm(address), { note, report }),
    };
  } catch (error) {
    // An incomplete mail is never sent (D10): it is tried again and admins are alerted, except about a mail
    // to admins.
    if (claim.kind !== 'alert') {
      await raiseAlarm(context, 'mail-not-made', `Email ${claim.id} could not be made: ${messageOf(error)}`);
    }
    return { phase: await retryOrFail(context, claimed, `It could not be made: ${messageOf(error)}`) };
  }
}

/** What a report says, as its owner saw it; null if its reader does not get it anymore. */
async function readClaimedReport({ db }: Context, { kind, listReportId, isWanted }: Claim) {
  return kind === 'report' && listReportId !== null && isWanted ? readReport(db, listReportId) : null;
}

async function handOver(
  context: Context,
  { claim, signal }: Claimed,
  message: Message,
): Promise<SmtpOutcome> {
  const { config, db, smtpTimeouts } = context;
  const { id, fence, newerDigests } = claim;
  const { to, bytes, messageId } = message;
  const addressHashes = await hashesOfAddress(context, claim);
  const beforeBody = () =>
    ledgerOf(db).beginBody({ id, fence, messageId, newerDigests, addressHashes, now: context.now() });
  if (config.smtpUrl) {
    const sender = senderAddress(config.mailFrom);
    const from = config.bounceVerp ? addReturnToken(sender, messageId) : sender;
    const envelope = { from, to, message: bytes, beforeBody, signal };
    if (context.mailer) return context.mailer.send(envelope);
    return sendOverSmtp(config.smtpUrl, { ...envelope, ...(smtpTimeouts ? { timeouts: smtpTimeouts } : {}) });
  }
  return writeToOutbox(join(config.dataDir, 'outbox'), {
    message: bytes,
    messageId,
    date: claim.messageDate,
    beforeBody,
  });
}

/**
 * The outbox's disk may be full, or the database unavailable. Nothing was sent, unless the ledger already
 * says `body`.
 */
async function failHandingOver(context: Context, claimed: Claimed, error: unknown): Promise<Phase | null> {
  const reply = `It could not be handed over: ${messageOf(error)}`;
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    await raiseAlarm(
      context,
      'disk-full',
      'The disk is full: emails cannot be written to the outbox. Free some space.',
    );
  }
  return retryOrFail(context, claimed, reply);
}

async function writeOutcome(context: Context, claimed: Claimed, outcome: SmtpOutcome): Promise<Phase | null> {
  const { claim } = claimed;
  if (outcome.phase === 'retry' || outcome.phase === 'failed') return writeRefusal(context, claimed, outcome);
  let phase: Phase | null;
  if (outcome.phase === 'sent') {
    const { id, fence } = claim;
    const acceptance = { id, fence, reply: withoutAddresses(outcome.reply), now: context.now() };
    const written = await keep(context, claimed, () => ledgerOf(context.db).markSent(acceptance));
    phase = written ? 'sent' : null;
  } else if (outcome.phase === 'ambiguous') {
    phase = await settle(context, claimed, 'ambiguous', outcome.reason);
  } else {
    phase = (await keep(context, claimed, () => isDeliverySuppressed(context, claim)))
      ? await settle(context, claimed, 'suppressed', 'Email to this address was stopped')
      : await settle(context, claimed, 'retry', 'It was no longer wanted unchanged');
  }
  await keep(context, claimed, () =>
    recordCircuitProgress(context, claimed, outcome.phase === 'sent' ? 'sent' : 'nothing'),
  );
  return phase;
}

/**
 * Settles a refusal. Failures on our or the server's side do not count as an attempt: the delivery waits
 * until its circuit closes. Others are the delivery's own: a 4xx is tried again, a 5xx is final, and a
 * mailbox that does not exist gets no more mail.
 */
async function writeRefusal(context: Context, claimed: Claimed, refusal: SmtpRefusal): Promise<Phase | null> {
  const { reply } = refusal;
  const said = withoutAddresses(reply);
  const waits = await keep(context, claimed, () =>
    recordRefusal(context, claimed, { ...refusal, reply: said }),
  );
  if (waits) {
    const phase = await settle(context, claimed, 'retry', said, { ...waits, free: true });
    if (waits.message !== null) await raiseAlarm(context, 'mail-paused', waits.message);
    return phase;
  }
  const isOurs = refusal.class === 'policy' || refusal.class === 'sender';
  if (isOurs) await raiseAlarm(context, 'mail-blocked', blockedMessage(said));
  return refusal.phase === 'retry' || isOurs
    ? retryOrFail(context, claimed, said, { refusal, blocked: isOurs })
    : settle(context, claimed, 'failed', said, { refusal });
}
