import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { addAdminToken } from '../../src/db/admin-sessions.ts';
import { makeToken } from '../../src/keys.ts';
import { adminRoutes } from '../../src/web/admin/routes.ts';
import { withBenchApp } from './app.ts';
import { fillReaders } from './readers.ts';

/** One of the admins' pages, asked for again and again, one after the other: milliseconds until it was read. */
export type AdminPageResult = { path: string; p50: number; p95: number };

const email = 'admin@example.org';
const people = 10_000;
const timesAsked = 40;
const decideOn = '/admin/runs/1/release?facet=status';

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
      const paths = adminRoutes
        .filter(([method, path]) => method === 'GET' && !path.includes('enter'))
        .map(([, path]) => path.replace(/:\w+/g, '1'));
      const results: AdminPageResult[] = [];
      for (const path of [
        ...paths,
        decideOn,
        '/admin/audit?actor=none&act=release',
        '/admin/runs?before=500',
      ]) {
        const times = await askFor(url + path, `__Host-admin=${token}`);
        if (times) results.push({ path, ...times });
      }
      const ended = once(server, 'exit');
      server.disconnect();
      await ended;
      return results;
    },
  );
}

/** Null for a page that is not there for what stands in its address. */
async function askFor(address: string, cookie: string): Promise<{ p50: number; p95: number } | null> {
  const times: number[] = [];
  for (let time = 0; time < timesAsked + 3; time += 1) {
    const startedAt = performance.now();
    const answer = await fetch(address, { headers: { cookie }, redirect: 'manual' });
    await answer.text();
    if (answer.status !== 200) return null;
    // The first ones read templates and plan statements.
    if (time >= 3) times.push(performance.now() - startedAt);
  }
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

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
    select 'ctgov', 'NCT' || lpad(n::text, 8, '0'), 'An unknown code', '\\x', ${now}, ${now} from generate_series(1, 1000) n`.execute(
    db,
  );
  await sql`insert into registries (id, data_timestamp, watermark_on, checked_at, completed_at)
    values ('ctgov', ${now.slice(0, 19)}, ${now.slice(0, 10)}, ${now}, ${now})`.execute(db);
  await sql`vacuum analyze`.execute(db);
}
