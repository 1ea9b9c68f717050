import { sql } from 'kysely';
import type { Facet } from '../../src/core/change.ts';
import { addWebhook, endWebhook } from '../../src/db/integrations/webhooks.ts';
import { makeWebhookSecret } from '../../src/jobs/integrations/webhook-signature.ts';
import { type StudyParts, study } from './study.ts';
import type { World } from './world.ts';

/** The trial that changes in these tests. */
export const id = 'NCT09900001';

/** Adds a webhook to a world like `webhook add --private`. */
export async function addTarget(
  world: World,
  url: string,
  parts: { topics?: string[]; facets?: Facet[]; privateOk?: boolean } = {},
): Promise<{ id: number; secret: string }> {
  const { db, keys, now } = world.context;
  const secret = makeWebhookSecret();
  const { topics = [], facets = [], privateOk = true } = parts;
  const about = { url, secret, language: 'en', words: [], topics, facets, privateOk, now: now() };
  return { id: await addWebhook(db, keys, about), secret };
}

/** Ends a webhook like the verb. */
export function endTarget({ context }: World, webhookId: number): Promise<boolean> {
  return context.db.transaction().execute((tx) => endWebhook(tx, webhookId, 'by hand', context.now()));
}

/** Changes the trial in the registry on a day of November 2026, and polls at noon. */
export async function tell(world: World, day: number, parts: StudyParts): Promise<void> {
  const on = `2026-11-${String(day).padStart(2, '0')}`;
  world.refresh(`${on}T09:00:04`, [study(id, { updatedOn: on, ...parts })]);
  world.setNow(`${on}T12:00:00Z`);
  await world.poll();
}

/** The outbox of the webhooks, oldest first. */
export async function outboxOf({ context }: World) {
  const { rows } = await sql<{
    webhook: number;
    phase: string;
    attempts: number;
    dueAt: string;
    answer: number | null;
    reply: string | null;
    message: string;
    changes: number;
  }>`select webhook_id as webhook, phase, attempts, due_at as "dueAt", answer, reply, message_id as message, changes
    from webhook_deliveries order by id`.execute(context.db);
  return rows;
}
