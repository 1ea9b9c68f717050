import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { addAdminToken } from '../../src/db/admin/admin-sessions.ts';
import { addBulkJob } from '../../src/db/admin/bulk-jobs.ts';
import type { Tx } from '../../src/db/connect.ts';
import { packJson } from '../../src/db/ingest/raw.ts';
import { type Keys, makeToken } from '../../src/keys.ts';
import { type AdminPageResult, timeAdminPages } from './admin-pages.ts';
import { withBenchApp } from './app.ts';
import { fillReaders } from './readers.ts';

const email = 'admin@example.org';
const people = 10_000;
const digests = 100_000;

/** Asks for every page of the admins, in front of 10,000 subscribers and so many rows in the ledger. */
export function benchAdmin(ledgerRows: number): Promise<AdminPageResult[]> {
  const now = new Date().toISOString();
  return withBenchApp(
    { PORT: '0', ADMIN_EMAILS: email },
    () => now,
    async (app) => {
      await fillReaders(app, people, now);
      await fillLedger(app, ledgerRows, now);
      const { token, hash } = makeToken();
      const expiresAt = new Date(Date.parse(now) + 12 * 3_600_000).toISOString();
      const session = { hash, purpose: 'session', email, role: 'admin', createdAt: now, expiresAt } as const;
      await addAdminToken(app.context.db, session);
      const server = fork(join(import.meta.dirname, 'page-server.ts'), {
        env: {
          ...process.env,
          DATA_DIR: app.context.config.dataDir,
          PORT: '0',
          ADMIN_EMAILS: email,
          LOG_LEVEL: 'error',
        },
      });
      const [url] = (await once(server, 'message')) as [string];
      try {
        return await timeAdminPages(url, `__Host-admin=${token}`, asked, acts);
      } finally {
        const ended = once(server, 'exit');
        server.disconnect();
        await ended;
      }
    },
  );
}

/** A quarantined record of the usual size. */
const record = { made: 'up', text: 'A sentence of a record. '.repeat(1_500) };

/** What admins ask for by forms: no link leads there. */
const asked = [
  '/admin/audit?actor=none&act=release',
  '/admin/audit?subject=run+7&from=2026-01-01',
  '/admin/subscribers?follows=NCT00000007',
  '/admin/subscribers/7/why?trial=NCT00000007',
  '/admin/subscribers?follows=asthma',
  '/admin/runs/1/decide?do=release-all',
];

/** What shows something of one person: each is an act, as it stands in the log. */
const acts = [
  { path: '/admin/subscribers/find', fields: { email: 'reader7@d7.example' } },
  { path: '/admin/subscribers/7/address', fields: {} },
  { path: '/admin/subscribers/7/preview', fields: {} },
];

/** A year of mails, runs and acts, with a run that holds much. */
async function fillLedger(app: App, rows: number, now: string): Promise<void> {
  const { db } = app.context;
  await sql`insert into deliveries (kind, subscriber_id, phase, attempts, due_at, planned_at, body_at, finished_at, reply, was_ambiguous)
    select case n % 20 when 0 then 'manage' else 'digest' end, 1 + n % ${people},
      case when n % 1000 = 0 then 'failed' when n % 1000 = 1 then 'ambiguous' when n % 1000 = 2 then 'retry' else 'sent' end, 1,
      at, at, at, case when n % 1000 = 2 then null else at end, '250 OK', n % 1000 = 1
    from (select n, ${now}::timestamptz - n % 90 * interval '1 day' - n % 1440 * interval '1 minute' as at
      from generate_series(1, ${rows}) n) d`.execute(db);
  await sql`insert into runs (registry, kind, outcome, started_at, finished_at, seen, changed)
    select 'ctgov', 'poll', 'completed', at, at, 1000, 100
    from (select ${now}::timestamptz - n * interval '1 hour' as at from generate_series(1, 9000) n) r`.execute(
    db,
  );
  await sql`delete from topic_changes`.execute(db);
  await sql`update changes set state = 'held', held_by = 1, position = null where id % 4 > 0`.execute(db);
  await sql`insert into audit_log (at, actor, act, subject, reason)
    select ${now}::timestamptz - n * interval '1 minute', 'a' || n % 7 || '@example.org', 'act-' || n % 12, 'run ' || n, 'why'
    from generate_series(100000, 1, -1) n`.execute(db);
  await sql`insert into quarantine (registry, registry_id, reason, raw, first_seen_at, last_seen_at)
    select 'ctgov', 'NCT' || lpad(n::text, 8, '0'), 'An unknown code', ${packJson(record)}, ${now}, ${now} from generate_series(1, 1000) n`.execute(
    db,
  );
  await sql`insert into registries (id, data_timestamp, watermark_on, checked_at, completed_at)
    values ('ctgov', ${now.slice(0, 19)}, ${now.slice(0, 10)}, ${now}, ${now})`.execute(db);
  await sql`insert into digests (subscriber_id, horizon, content, due_at, planned_at)
    select subscriber_id, 0, '{}', due_at, planned_at from deliveries where kind = 'digest' order by id limit ${digests}`.execute(
    db,
  );
  await sql`update deliveries d set digest_id = d.id from digests g where g.id = d.id and d.kind = 'digest'`.execute(
    db,
  );
  await sql`insert into digest_items (subscriber_id, change_id, subscription_id, digest_id, kind)
    select g.subscriber_id, 1 + (g.id * 7 + n * 1009) % 4000, 1, g.id, 'told' from digests g, generate_series(0, 2) n
    on conflict do nothing`.execute(db);
  await sql`insert into bounces (delivery_id, kind, subscriber_id, bounced_at)
    select id, 'soft', subscriber_id, finished_at from deliveries where id % 200 = 3 and finished_at is not null`.execute(
    db,
  );
  await sql`insert into match_audits (registry, concept_id, term, audited_at, both_count, registry_only, local_only, samples)
    select 'ctgov', 'D' || n, 'Term ' || n, ${now}, 10, n % 7, n % 3, '{NCT00000001}' from generate_series(1, 2000) n`.execute(
    db,
  );
  await sql`insert into webhooks (url, host, secret, language, position, created_at)
    select ''::bytea, 'hook' || n || '.example.org', ''::bytea, 'en', 0, ${now} from generate_series(1, 20) n`.execute(
    db,
  );
  await sql`insert into webhook_deliveries (webhook_id, message_id, body, changes, phase, due_at, planned_at, finished_at)
    select 1 + n % 20, 'msg_' || n, '{}', 1, 'sent', ${now}, ${now}, ${now} from generate_series(1, 20000) n`.execute(
    db,
  );
  await db.transaction().execute((tx) => addList(tx, app.context.keys, now));
  await sql`vacuum analyze`.execute(db);
}

/** A list of a thousand people that was looked through, for the pages of lists. */
async function addList(tx: Tx, keys: Keys, now: string): Promise<void> {
  const lines = Array.from({ length: 1_000 }, (_, n) => ({
    ...{ line: n + 2, email: `reader${n}@d${n}.example`, trial: '', condition: 'asthma' },
    answer: 'ask' as const,
  }));
  await addBulkJob(tx, keys, {
    ...{
      act: 'add',
      madeBy: email,
      figures: { lines: 1_000, people: 1_000, subscriptions: 1_000, answers: {} },
    },
    ...{ work: [], lines: [lines], shown: { meanings: [], problems: [] }, now },
  });
}
