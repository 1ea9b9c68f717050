import { randomUUID } from 'node:crypto';
import { addMs } from '../../core/instants.ts';
import { clearAlert } from '../../db/admin/alerts.ts';
import { listReleasedChanges } from '../../db/catalog/released-changes.ts';
import type { Tx } from '../../db/connect.ts';
import {
  addWebhookDelivery,
  claimWebhookDelivery,
  finishWebhookDelivery,
  lockWebhook,
  moveWebhook,
  type WebhookClaim,
  type WebhookResult,
} from '../../db/integrations/webhook-deliveries.ts';
import { endWebhook, listDueWebhooks, readTarget } from '../../db/integrations/webhooks.ts';
import { createWording } from '../../mail/catalogue.ts';
import type { Context } from '../context.ts';
import { raiseAlarm } from '../raise-alarm.ts';
import { type PostOutcome, postWebhook } from './post-webhook.ts';
import type { Resolve } from './webhook-address.ts';
import { writeWebhookBody } from './webhook-body.ts';
import { signWebhook } from './webhook-signature.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** The pauses after each try but the last, as the Standard Webhooks specification proposes: three days in all. */
const pausesMs = [
  5_000,
  5 * minuteMs,
  30 * minuteMs,
  2 * hourMs,
  5 * hourMs,
  10 * hourMs,
  14 * hourMs,
  20 * hourMs,
  24 * hourMs,
];
const longestPauseMs = 24 * hourMs;
/** Admins hear of a target that is away for so long; it is still tried. */
const awayMs = 24 * hourMs;

/** Changes in one message, messages that wait for one webhook, and messages sent before others have their turn. */
const changesAtMost = 50;
const openAtMost = 200;
const sentAtMost = 50;

const timeoutMs = 10_000;
/** Longer than a try may take. */
const leaseMs = 60_000;

/** What a test may give in place of the world's own. */
export type WebhookMeans = { resolve?: Resolve; timeoutMs?: number };

/**
 * Puts what was released since the last time into messages of this webhook, and delivers those that are due, one after
 * the other, until one fails. Every message is a row before it is sent; one whose fate a crash hid is sent again, the same
 * byte for byte under the same id. Returns how many were delivered.
 */
export async function serveWebhook(
  context: Context,
  webhookId: number,
  signal?: AbortSignal,
  means: WebhookMeans = {},
): Promise<number> {
  for (let sent = 0; ; sent++) {
    await context.db.transaction().execute((tx) => planMessages(context, tx, webhookId));
    if (signal?.aborted || sent >= sentAtMost) return sent;
    const now = context.now();
    const claim = await claimWebhookDelivery(context.db, webhookId, { now, holder: context.holder, leaseMs });
    if (!claim) return sent;
    if (!(await deliver(context, claim, means))) return sent;
  }
}

/** Serves every webhook that something is to be done for: none waits for another that does not answer. */
export async function serveDueWebhooks(context: Context, means: WebhookMeans = {}): Promise<void> {
  const due = (await listDueWebhooks(context.db, context.now())).values();
  const server = async () => {
    for (const id of due) while ((await serveWebhook(context, id, undefined, means)) >= sentAtMost);
  };
  await Promise.all(Array.from({ length: 16 }, server));
}

/** Stops for what waits already: the rest is still in the changes, and costs nothing there. */
async function planMessages({ config, now }: Context, tx: Tx, webhookId: number): Promise<void> {
  const webhook = await lockWebhook(tx, webhookId);
  if (!webhook) return;
  let { position, open } = webhook;
  const wanted = {
    topics: webhook.topics.length > 0 ? webhook.topics : null,
    facets: webhook.facets.length > 0 ? webhook.facets : null,
    atMost: changesAtMost,
  };
  const wording = createWording(webhook.language);
  for (let more = true; more && open < openAtMost; ) {
    const page = await listReleasedChanges(tx, position, wanted);
    position = page.next.position;
    more = page.more;
    if (page.changes.length === 0) continue;
    await addWebhookDelivery(tx, {
      webhookId,
      messageId: `msg_${randomUUID().replaceAll('-', '')}`,
      body: writeWebhookBody(wording, page, { baseUrl: config.baseUrl, now: now() }),
      changes: page.changes.length,
      now: now(),
    });
    open += 1;
  }
  if (position > webhook.position) await moveWebhook(tx, webhookId, position);
}

/** One try. False when the message still waits, or will never arrive. */
async function deliver(context: Context, claim: WebhookClaim, means: WebhookMeans): Promise<boolean> {
  const { db, keys } = context;
  const sentAt = context.now();
  const target = await readTarget(db, keys, claim.webhookId, sentAt);
  if (!target) return false;
  const outcome = await postWebhook({
    ...target,
    timeoutMs,
    ...means,
    body: claim.body,
    headers: {
      'user-agent': 'Trialbell',
      ...signWebhook(target.secrets, { id: claim.messageId, body: claim.body, now: sentAt }),
    },
    now: sentAt,
  });
  return conclude(context, claim, judge(outcome, claim.attempts, context.now()));
}

/** What a try's outcome means. 410 is the one answer that says: never again (as the specification has it). */
function judge(outcome: PostOutcome, attempts: number, now: string): WebhookResult {
  if (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300)
    return { phase: 'sent', answer: outcome.status, reply: 'taken', now };
  const answer = outcome.kind === 'answered' ? outcome.status : null;
  const reply =
    outcome.kind === 'failed'
      ? outcome.reason
      : outcome.status >= 300 && outcome.status < 400
        ? `a redirect (${outcome.status}), which is not followed`
        : `HTTP ${outcome.status}`;
  const pauseMs = pausesMs[attempts - 1];
  if (answer === 410 || pauseMs === undefined) return { phase: 'failed', answer, reply, now };
  const askedMs = outcome.kind === 'answered' ? (outcome.retryAfterMs ?? 0) : 0;
  const dueAt = addMs(now, Math.min(longestPauseMs, Math.max(pauseMs, askedMs)));
  return { phase: 'retry', answer, reply, now, dueAt };
}

async function conclude(context: Context, claim: WebhookClaim, result: WebhookResult): Promise<boolean> {
  const { webhookId } = claim;
  const finished = await context.db.transaction().execute(async (tx) => {
    const written = await finishWebhookDelivery(tx, claim, result);
    if (written && result.phase === 'failed') await endWebhook(tx, webhookId, result.reply, result.now);
    return written;
  });
  // Another holder took it over and says what became of it.
  if (!finished) return false;
  const { failingSince } = finished;
  const alarmName = `webhook-away:${webhookId}`;
  if (result.phase === 'sent') {
    await clearAlert(context.db, alarmName);
    return true;
  }
  context.log.warn(
    { webhook: webhookId, message: claim.messageId, attempts: claim.attempts, reason: result.reply },
    'webhook failed',
  );
  const said = `Webhook ${webhookId} does not take its messages since ${failingSince}: ${result.reply}.`;
  if (result.phase === 'failed')
    await raiseAlarm(
      context,
      `webhook-ended:${webhookId}`,
      `${said} It was ended. What it missed can be read over the API. When its target works, add it anew: trialbell webhook add`,
    );
  else if (failingSince !== null && addMs(failingSince, awayMs) <= result.now)
    await raiseAlarm(
      context,
      alarmName,
      `${said} It is tried until three days are over, then ended. See: trialbell webhook list`,
    );
  return false;
}
