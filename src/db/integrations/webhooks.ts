import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import { readLatest } from '../catalog/released-changes.ts';
import type { Db, Tx } from '../connect.ts';

/** A webhook as admins see it: its host, never its whole URL or a secret. */
export type Webhook = {
  id: number;
  host: string;
  words: string[];
  facets: string[];
  createdAt: Instant;
  failingSince: Instant | null;
  endedAt: Instant | null;
  endedBecause: string | null;
  /** The number of waiting messages. */
  open: number;
};

/** The decrypted parts of a webhook for a delivery. `secrets`: the present signing secrets, newest first. */
export type WebhookTarget = { url: string; secrets: string[]; privateOk: boolean };

/** Adds a webhook; it gets changes released from now on. Returns its id. */
export async function addWebhook(
  db: Db | Tx,
  keys: Keys,
  webhook: {
    url: string;
    secret: string;
    language: string;
    words: readonly string[];
    topics: readonly string[];
    facets: readonly Facet[];
    privateOk: boolean;
    now: Instant;
  },
): Promise<number> {
  const { url, secret, language, words, topics, facets, privateOk, now } = webhook;
  const { position } = await readLatest(db);
  const { id } = await db
    .insertInto('webhooks')
    .values({
      url: keys.encrypt(url),
      host: new URL(url).host,
      secret: keys.encrypt(secret),
      language,
      words: [...words],
      topics: [...topics],
      facets: [...facets],
      private_ok: privateOk,
      position,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** All webhooks, oldest first, including recently ended ones. */
export async function listWebhooks(db: Db): Promise<Webhook[]> {
  const { rows } = await sql<Webhook>`
    select w.id, w.host, w.words, w.facets, w.created_at as "createdAt", w.failing_since as "failingSince",
      w.ended_at as "endedAt", w.ended_because as "endedBecause", (
        select count(*) from webhook_deliveries d
        where d.webhook_id = w.id and d.phase in ('planned', 'claimed', 'retry')) as open
    from webhooks w order by w.id`.execute(db);
  return rows;
}

/** Ends a webhook and cancels its waiting messages; false if no such webhook is in use. */
export async function endWebhook(tx: Tx, id: number, because: string, now: Instant): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('webhooks')
    .set({ ended_at: now, ended_because: because })
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await tx
    .updateTable('webhook_deliveries')
    .set({ phase: 'cancelled', finished_at: now, lease_until: null })
    .where('webhook_id', '=', id)
    .where('phase', 'in', ['planned', 'claimed', 'retry'])
    .execute();
  return true;
}

/** Gives a webhook a new secret; the previous one also signs until `oldUntil`. False if no such webhook is in use. */
export async function turnSecret(
  db: Db | Tx,
  keys: Keys,
  turned: { id: number; secret: string; oldUntil: Instant },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhooks')
    .set(({ ref }) => ({
      old_secret: ref('secret'),
      old_secret_until: turned.oldUntil,
      secret: keys.encrypt(turned.secret),
    }))
    .where('id', '=', turned.id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** The target of a webhook's messages, with the present signing secrets; null if it has ended. */
export async function readTarget(
  db: Db | Tx,
  keys: Keys,
  id: number,
  now: Instant,
): Promise<WebhookTarget | null> {
  const row = await db
    .selectFrom('webhooks')
    .select(['url', 'secret', 'old_secret', 'old_secret_until', 'private_ok'])
    .where('id', '=', id)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (!row) return null;
  const secrets = [keys.decrypt(row.secret)];
  if (row.old_secret && row.old_secret_until && row.old_secret_until > now)
    secrets.push(keys.decrypt(row.old_secret));
  return { url: keys.decrypt(row.url), secrets, privateOk: row.private_ok };
}

/** The webhooks with work to do: news to put into messages, or a due message. */
export async function listDueWebhooks(db: Db, now: Instant): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select w.id from webhooks w where w.ended_at is null and (
      w.position < (select value from counters where name = 'position')
      or exists (select from webhook_deliveries d where d.webhook_id = w.id and (
        (d.phase in ('planned', 'retry') and d.due_at <= ${now})
        or (d.phase = 'claimed' and d.lease_until <= clock_timestamp()))))
    order by w.id`.execute(db);
  return rows.map(({ id }) => id);
}
