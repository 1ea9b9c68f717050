import { join } from 'node:path';
import type { Digest } from '../core/digest.ts';
import { beginBody, type Claim, claimDelivery, markOutcome, markSent, renewClaim } from '../db/deliveries.ts';
import { keepWanted, replaceContent } from '../db/digests.ts';
import type { Phase } from '../db/schema.ts';
import { messageOf, withoutAddresses } from '../errors.ts';
import { createWording } from '../mail/catalogue.ts';
import { buildMessage, listIdFor, messageIdFor, type RenderedMail } from '../mail/message.ts';
import { writeToOutbox } from '../mail/outbox.ts';
import { renderMail } from '../mail/render.ts';
import { sendOverSmtp } from '../mail/smtp.ts';
import type { SmtpOutcome } from '../mail/smtp-reply.ts';
import { alarm } from './alarms.ts';
import { composeFor, loadMaterial } from './compose.ts';
import { type Context, plusMs } from './context.ts';

const leaseMs = 120_000;
/** The pause after the n-th refused try, in minutes; after the last one the delivery has failed. */
const retryAfterMinutes = [5, 15, 60, 180, 360, 720, 1_440, 1_440];

/**
 * Sends one delivery, if it is there to be sent. Returns the ledger's phase after it, null when there was nothing to do
 * (sent already, claimed by another, or gone): a repeated job does no harm. `signal` ends a conversation where it stands.
 */
export async function sendDelivery(
  context: Context,
  id: number,
  signal?: AbortSignal,
): Promise<Phase | null> {
  const claim = await claimDelivery(context.db, id, { holder: context.holder, leaseMs, now: context.now() });
  if (!claim) return null;
  const renewal = setInterval(() => {
    renewClaim(context.db, claim, leaseMs).catch((error) => {
      context.log.warn({ delivery: id, reason: messageOf(error) }, 'claim not renewed');
    });
  }, leaseMs / 4);
  try {
    return await sendClaimed(context, claim, signal);
  } finally {
    clearInterval(renewal);
  }
}

async function sendClaimed(
  context: Context,
  claim: Claim,
  signal: AbortSignal | undefined,
): Promise<Phase | null> {
  if (claim.kind === 'confirmation' && !claim.isWanted) {
    return settle(context, claim, 'cancelled', 'Nothing waits for a confirmation any more');
  }
  let message: { to: string; bytes: Buffer; messageId: string };
  try {
    const content =
      claim.kind === 'digest' && !claim.isWanted ? await composeAgain(context, claim) : claim.content;
    if (claim.kind === 'digest' && content === null) {
      return settle(context, claim, 'cancelled', 'Nothing of it is wanted any more');
    }
    if (claim.address === null) return settle(context, claim, 'cancelled', 'Its reader is gone');
    message = await makeMessage(context, claim, content, context.keys.decrypt(claim.address));
  } catch (error) {
    // Nothing empty or half goes out (D10): it is tried again, and an admin hears of it, but not of a mail to admins.
    if (claim.kind !== 'alert') {
      await alarm(context, 'mail-not-made', `Mail ${claim.id} could not be made: ${messageOf(error)}`);
    }
    return retryOrFail(context, claim, `It could not be made: ${messageOf(error)}`);
  }
  let outcome: SmtpOutcome;
  try {
    outcome = await handOver(context, claim, message, signal);
  } catch (error) {
    return failHandingOver(context, claim, error);
  }
  return writeOutcome(context, claim, outcome);
}

/** Composes a digest anew from what its reader still wants; null when that is nothing. */
async function composeAgain(context: Context, claim: Claim): Promise<Digest | null> {
  const { digestId, content } = claim;
  if (digestId === null || content === null) return null;
  return context.db.transaction().execute(async (tx) => {
    const { candidates, subscriptions } = await keepWanted(tx, digestId);
    const byId = new Map(subscriptions.map((subscription) => [subscription.id, subscription]));
    const { dataDay, readAt, composedAt, timezone, checking = false } = content;
    const how = { dataDay, readAt, timezone, now: composedAt, checking };
    const composed = composeFor(candidates, byId, await loadMaterial(tx, candidates, byId), how).content;
    if (composed) await replaceContent(tx, digestId, composed);
    return composed;
  });
}

async function makeMessage(context: Context, claim: Claim, content: Digest | null, to: string) {
  const { config } = context;
  const host = new URL(config.baseUrl).hostname;
  // The date is that of the first try: a database made anew counts from 1 again, and must not repeat Message-IDs.
  const messageId = messageIdFor(`${claim.id} ${claim.messageDate}`, host);
  const links = digestLinks(context, claim);
  const mail = render(context, claim, content, links);
  const bytes = await buildMessage({
    ...mail,
    to,
    from: config.mailFrom,
    messageId,
    date: claim.messageDate,
    ...(claim.kind === 'digest'
      ? {
          listId: listIdFor(host),
          listUnsubscribe: { url: `${config.baseUrl}/unsubscribe/${links.unsubscribe}` },
        }
      : {}),
  });
  return { to, bytes, messageId };
}

/** Links are derived, not stored: they answer whether or not the person still exists (E3). */
function digestLinks(context: Context, claim: Claim): { digest: string; unsubscribe: string } {
  const token = (purpose: string, id: number | null) => {
    const subject = `${id ?? 0}.${claim.linkGeneration ?? 1}`;
    return `${subject}.${context.keys.sign(purpose, subject)}`;
  };
  return { digest: token('digest', claim.digestId), unsubscribe: token('unsubscribe', claim.subscriberId) };
}

function render(
  context: Context,
  claim: Claim,
  content: Digest | null,
  tokens: { digest: string; unsubscribe: string },
): RenderedMail {
  const { config } = context;
  const frame = {
    language: claim.language ?? config.defaultLanguage,
    baseUrl: config.baseUrl,
    operator: config.operator,
    demo: context.demo,
  };
  if (claim.kind === 'digest') {
    if (content === null) throw new Error('a digest without content');
    const recordUrl = (card: { registry: string; id: string }) =>
      context.registries.get(card.registry)?.recordUrl(card.id) ?? config.baseUrl;
    return renderMail('digest', { digest: content, tokens, recordUrl }, frame);
  }
  const params = JSON.parse(claim.params ? context.keys.decrypt(claim.params) : '{}');
  if (claim.kind === 'confirmation')
    return renderMail('confirmation', { token: String(params.token) }, frame);
  const wording = createWording(frame.language);
  const title = wording.say(`alert.title.${String(params.name).split(':')[0]}`);
  const alert = { title, lines: [String(params.message)] };
  return renderMail('alert', { ...alert, at: claim.messageDate, timezone: config.defaultTimezone }, frame);
}

function handOver(
  context: Context,
  claim: Claim,
  message: { to: string; bytes: Buffer; messageId: string },
  signal: AbortSignal | undefined,
): Promise<SmtpOutcome> {
  const { config, db, smtpTimeouts } = context;
  const beforeBody = () => beginBody(db, { ...claim, messageId: message.messageId, now: context.now() });
  if (config.smtpUrl) {
    const from = config.mailFrom.replace(/^.*<([^<>]*)>$/, '$1');
    const { to, bytes } = message;
    const limits = smtpTimeouts ? { timeouts: smtpTimeouts } : {};
    return sendOverSmtp(config.smtpUrl, { from, to, message: bytes, beforeBody, signal, ...limits });
  }
  const { messageId } = message;
  return writeToOutbox(join(config.dataDir, 'outbox'), {
    message: message.bytes,
    messageId,
    date: claim.messageDate,
    beforeBody,
  });
}

/** The outbox's disk may be full, the database away: nothing went out, unless the ledger already says `body`. */
async function failHandingOver(context: Context, claim: Claim, error: unknown): Promise<Phase | null> {
  const reply = `It could not be handed over: ${messageOf(error)}`;
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC') {
    await alarm(context, 'disk-full', 'The disk is full: mails cannot be written to the outbox. Make room.');
  }
  return retryOrFail(context, claim, reply);
}

async function writeOutcome(context: Context, claim: Claim, outcome: SmtpOutcome): Promise<Phase | null> {
  switch (outcome.phase) {
    case 'sent':
      return (await markSent(context.db, claim, withoutAddresses(outcome.reply), context.now()))
        ? 'sent'
        : null;
    case 'ambiguous':
      return settle(context, claim, 'ambiguous', outcome.reason);
    case 'failed':
      return settle(context, claim, 'failed', outcome.reply);
    case 'retry':
      return retryOrFail(context, claim, outcome.reply);
    case 'refused-by-ledger':
      return (await isSuppressed(context, claim))
        ? settle(context, claim, 'suppressed', 'Mail to this address was stopped')
        : settle(context, claim, 'retry', 'It was no longer wanted as it was made');
  }
}

async function isSuppressed(context: Context, claim: Claim): Promise<boolean> {
  const row = await context.db
    .selectFrom('subscribers')
    .innerJoin('suppressions', 'suppressions.address_hash', 'subscribers.address_hash')
    .select('subscribers.id')
    .where('subscribers.id', '=', claim.subscriberId ?? -1)
    .executeTakeFirst();
  return row !== undefined;
}

function retryOrFail(context: Context, claim: Claim, reply: string): Promise<Phase | null> {
  const minutes = retryAfterMinutes[claim.attempts - 1];
  if (minutes === undefined) return settle(context, claim, 'failed', reply);
  return settle(context, claim, 'retry', reply, plusMs(context.now(), minutes * 60_000));
}

async function settle(
  context: Context,
  claim: Claim,
  phase: 'retry' | 'failed' | 'ambiguous' | 'cancelled' | 'suppressed',
  reply: string,
  dueAt?: string,
): Promise<Phase | null> {
  const now = context.now();
  const said = withoutAddresses(reply);
  const written = await markOutcome(context.db, claim, {
    phase,
    reply: said,
    now,
    ...(dueAt ? { dueAt } : {}),
  });
  context.log.info({ delivery: claim.id, phase, attempts: claim.attempts }, 'delivery');
  return written ? phase : null;
}
