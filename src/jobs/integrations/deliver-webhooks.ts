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
import { usableLanguage } from '../../languages.ts';
import { createWording } from '../../mail/catalogue.ts';
import type { Context } from '../context.ts';
import { raiseAlarm } from '../raise-alarm.ts';
import { type PostOutcome, postWebhook } from './post-webhook.ts';
import type { Resolve } from './webhook-address.ts';
import { writeWebhookBody } from './webhook-body.ts';
import { signWebhook } from './webhook-signature.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/**
 * The pauses after each attempt except the last, as the Standard Webhooks specification proposes: three days
 * in total.
 */
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
/** Admins are alerted about a target that has been unavailable for this long; attempts continue. */
const awayMs = 24 * hourMs;

/**
 * Limits: changes per message, waiting messages per webhook, and messages sent before the next webhook has
 * its turn.
 */
const changesAtMost = 50;
const openAtMost = 200;
const sentAtMost = 50;

const timeoutMs = 10_000;
/** Longer than any attempt takes. */
const leaseMs = 60_000;

/** Replacements for tests. */
export type WebhookMeans = { resolve?: Resolve; timeoutMs?: number };

/**
 * Puts the changes released since the last time into messages of this webhook, and delivers due messages in
 * order until one fails. Every message is stored before it is sent. If a crash hid the outcome, the same
 * bytes are sent again under the same id. Returns the number delivered.
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

/** Serves every webhook that has work. A webhook that does not answer does not delay the others. */
export async function serveDueWebhooks(context: Context, means: WebhookMeans = {}): Promise<void> {
  const due = (await listDueWebhooks(context.db, context.now())).values();
  const server = async () => {
    for (const id of due) while ((await serveWebhook(context, id, undefined, means)) >= sentAtMost);
  };
  await Promise.all(Array.from({ length: 16 }, server));
}

/** Plans messages until enough of them wait: further changes stay in their table at no cost. */
async function planMessages({ config, now }: Context, tx: Tx, webhookId: number): Promise<void> {
  const webhook = await lockWebhook(tx, webhookId);
  if (!webhook) return;
  let { position, open } = webhook;
  const wanted = {
    topics: webhook.topics.length > 0 ? webhook.topics : null,
    facets: webhook.facets.length > 0 ? webhook.facets : null,
    atMost: changesAtMost,
  };
  const wording = createWording(usableLanguage(webhook.language, config.defaultLanguage));
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

/** Makes one attempt. Returns false if the message still waits, or will never arrive. */
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

/**
 * Judges the outcome of an attempt. 410 is the only answer that means "never again" (by the specification).
 */
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
  // Another process took it over and will record the outcome.
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
  const said = `Webhook ${webhookId} has accepted no messages since ${failingSince}: ${result.reply}.`;
  if (result.phase === 'failed')
    await raiseAlarm(
      context,
      `webhook-ended:${webhookId}`,
      `${said} It was ended. The API has the changes that it missed. When its target works, add it again: trialbell webhook add`,
    );
  else if (failingSince !== null && addMs(failingSince, awayMs) <= result.now)
    await raiseAlarm(
      context,
      alarmName,
      `${said} Attempts continue for three days, then it is ended. See: trialbell webhook list`,
    );
  return false;
}
