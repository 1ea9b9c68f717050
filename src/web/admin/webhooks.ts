import type { Wording } from '../../core/wording/wording.ts';
import { listWebhookDeliveries, type WebhookDelivery } from '../../db/integrations/webhook-deliveries.ts';
import { listWebhooks, type Webhook } from '../../db/integrations/webhooks.ts';
import { field } from '../http/page-response.ts';
import { parseId } from '../http/params.ts';
import { adminPage } from './guard.ts';

const deliveriesAtOnce = 50;

/**
 * The webhooks and their state, and what was sent to them, newest first, one page at a time (P9). Shows only hosts of
 * URLs.
 */
export const showWebhooks = adminPage(async ({ wording, query }, { db, config }) => {
  const before = parseId(field(query, 'before'));
  const [webhooks, deliveries] = await Promise.all([
    listWebhooks(db),
    listWebhookDeliveries(db, { before, limit: deliveriesAtOnce + 1 }),
  ]);
  const shown = deliveries.slice(0, deliveriesAtOnce);
  const zone = config.defaultTimezone;
  return {
    page: 'admin-webhooks',
    title: wording.say('admin.webhooks.title'),
    view: {
      webhooks: webhooks.map((one) => viewWebhook(wording, one, zone)),
      deliveries: shown.map((one) => viewDelivery(wording, one, zone)),
      newestPath: before === null ? null : '/admin/webhooks',
      olderPath: deliveries.length > deliveriesAtOnce ? `/admin/webhooks?before=${shown.at(-1)?.id}` : null,
    },
  };
});

function viewWebhook(wording: Wording, one: Webhook, zone: string) {
  const { id, host, words, facets, open, createdAt, failingSince, endedAt, endedBecause } = one;
  const isWell = failingSince === null && endedAt === null;
  const state = endedAt
    ? wording.say('admin.webhooks.ended', { when: wording.moment(endedAt, zone), reason: endedBecause ?? '' })
    : failingSince
      ? wording.say('admin.webhooks.failing', { when: wording.moment(failingSince, zone) })
      : wording.say('admin.webhooks.well');
  return {
    name: wording.say('admin.webhooks.one', { id }),
    host,
    about: words.length > 0 ? words.join(', ') : wording.say('admin.webhooks.everything'),
    facets: facets.join(', '),
    since: wording.say('admin.webhooks.since', { when: wording.moment(createdAt, zone) }),
    state,
    isWell,
    waiting: open > 0 ? wording.say('admin.webhooks.waiting', { count: open }) : null,
  };
}

function viewDelivery(wording: Wording, one: WebhookDelivery, zone: string) {
  const { webhookId, host, messageId, changes, phase, attempts, dueAt, plannedAt, triedAt, reply } = one;
  const lines = [wording.say('admin.webhooks.changes', { count: changes })];
  if (triedAt)
    lines.push(wording.say('admin.webhooks.tried', { count: attempts, when: wording.moment(triedAt, zone) }));
  if (phase === 'retry')
    lines.push(wording.say('admin.webhooks.next', { when: wording.moment(dueAt, zone) }));
  return {
    to: wording.say('admin.webhooks.to', { id: webhookId, host }),
    messageId,
    plannedAt,
    when: wording.moment(plannedAt, zone),
    phase: wording.say(`admin.webhooks.phase.${phase}`),
    isBad: phase === 'retry' || phase === 'failed',
    reply: phase === 'sent' ? null : reply,
    lines,
  };
}
