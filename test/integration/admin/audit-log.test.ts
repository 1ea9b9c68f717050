import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { listAudit, writeAudit } from '../../../src/db/audit-log.ts';
import { backUp } from '../../../src/db/maintenance/backup.ts';
import { restoreBackup } from '../../../src/db/maintenance/restore.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { dumpRows } from '../../support/dump.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { withClient } from '../../support/servers.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

const admin = 'admin@example.org';
const all = { actor: null, act: null, subject: null, from: null, until: null };

async function open() {
  world = await openWorld({ config: { adminEmails: [admin] } });
  pages = await servePages(world);
}

/** Adds this many rows, a minute apart, of two actors in turn. */
async function fill(count: number, from = '2026-10-01T00:00:00Z') {
  await world.context.db.transaction().execute(async (tx) => {
    for (let n = 1; n <= count; n += 1) {
      await writeAudit(tx, {
        actor: n % 2 === 0 ? 'even@example.org' : 'odd@example.org',
        act: n % 3 === 0 ? 'release' : 'discard',
        subject: `run ${n}`,
        reason: `reason number ${n}`,
        details: { count: n },
        now: new Date(Date.parse(from) + n * 60_000).toISOString(),
      });
    }
  });
}

describe('the audit log', () => {
  it('P8: takes rows, and lets nobody change or remove one, not even the owner of the database', async () => {
    await open();
    await fill(3);
    const before = await world.dump();
    for (const statement of [
      `update audit_log set reason = 'another' where subject = 'run 1'`,
      `delete from audit_log where subject = 'run 2'`,
      'truncate audit_log',
      'truncate audit_log, alerts cascade',
    ])
      await expect(withClient(world.databaseUrl, (client) => client.query(statement))).rejects.toThrow(
        'never changed or removed',
      );
    expect(await world.dump()).toEqual(before);
  });

  it('P8, R10: comes back from a backup whole, into a database where it is kept as well', async () => {
    await open();
    await fill(3);
    await pages.close();
    const folder = mkdtempSync(join(tmpdir(), 'trialbell-audit-'));
    const file = join(folder, 'backup');
    const { keys, now, db } = world.context;
    const about = { program: '0.1.0', madeAt: now(), keyFingerprint: keys.fingerprint, key: null };
    const before = (await world.dump()).filter((line) => line.startsWith('audit_log'));
    expect((await backUp(world.databaseUrl, file, about)).audit_log).toBe(3);
    await fill(2);
    await db.destroy();
    await restoreBackup(world.databaseUrl, file, { replace: true, fitKey: () => () => {} });
    rmSync(folder, { recursive: true });
    world.context.db = world.another().db;
    const rows = await listAudit(world.context.db, all, { before: null, limit: 10 });
    expect(rows.map(({ subject }) => subject)).toEqual(['run 3', 'run 2', 'run 1']);
    expect((await dumpRows(world.context.db)).filter((line) => line.startsWith('audit_log'))).toEqual(before);
    await expect(
      withClient(world.databaseUrl, (client) => client.query('delete from audit_log')),
    ).rejects.toThrow('never changed or removed');
    pages = await servePages(world);
  });

  it('P8: a row stands or falls with its act', async () => {
    await open();
    const { db } = world.context;
    await expect(
      db.transaction().execute(async (tx) => {
        await writeAudit(tx, { actor: admin, act: 'release', subject: 'run 1', now: world.context.now() });
        throw new Error('the act failed');
      }),
    ).rejects.toThrow('the act failed');
    expect(await listAudit(db, all, { before: null, limit: 10 })).toEqual([]);
  });

  it('P8: a reason keeps no address that somebody typed into it', async () => {
    await open();
    const { db, now } = world.context;
    await db.transaction().execute((tx) =>
      writeAudit(tx, {
        actor: admin,
        act: 'erase',
        subject: 'subscriber 1',
        reason: 'asked for by ann@example.net on the phone',
        now: now(),
      }),
    );
    expect((await world.dump()).filter((line) => line.includes('ann@example.net'))).toEqual([]);
  });

  it('P9: is paged by key: every row once, newest first, also while rows are added', async () => {
    await open();
    await fill(120);
    const me = await signInAsAdmin(world, pages, admin);
    const seen: string[] = [];
    let path: string | undefined = '/admin/audit?to=2026-10-31';
    while (path !== undefined) {
      const { status, text } = await me.get(path);
      expect(status).toBe(200);
      expect(await findHtmlFaults(text)).toEqual([]);
      seen.push(...[...text.matchAll(/: run (\d+)/g)].map(([, n]) => n ?? ''));
      path = /href="(\/admin\/audit\?[^"]*before=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      // Later acts come before the first page and shift nothing.
      await fill(1, '2026-10-20T00:00:00Z');
    }
    expect(seen).toEqual(Array.from({ length: 120 }, (_, n) => String(120 - n)));
  });

  it('P8: is filtered by who, what, to what and when', async () => {
    await open();
    await fill(12);
    const me = await signInAsAdmin(world, pages, admin);
    const runsOn = async (query: string) =>
      [...(await me.get(`/admin/audit?${query}`)).text.matchAll(/: run (\d+)/g)].map(([, n]) => Number(n));
    expect(await runsOn('actor=even%40example.org&act=release')).toEqual([12, 6]);
    expect(await runsOn('subject=run+7')).toEqual([7]);
    expect(await runsOn('from=2026-10-01&to=2026-10-01')).toHaveLength(12);
    expect(await runsOn('to=2026-09-30')).toEqual([]);
    expect(await runsOn('from=2026-10-02')).toEqual([]);
    const wrong = await me.get('/admin/audit?from=2026-13-45');
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('range-error');
    expect(await findHtmlFaults(wrong.text)).toEqual([]);
    expect((await me.get('/admin/audit?actor=%00%27%3B--&before=x')).status).toBe(200);
  });

  it('C16: is exported as a table in which nothing is run as a formula, and shown without markup', async () => {
    await open();
    const { db, now } = world.context;
    const reason = '=HYPERLINK("http://evil"),\r\n<script>alert(1)</script>';
    await db
      .transaction()
      .execute((tx) =>
        writeAudit(tx, { actor: admin, act: 'discard', subject: 'run 1', reason, now: now() }),
      );
    const me = await signInAsAdmin(world, pages, admin);
    const { text, headers } = await me.get('/admin/audit.csv?act=discard');
    expect(headers.get('content-disposition')).toContain('attachment');
    expect(headers.get('cache-control')).toBe('no-store');
    const [head, row] = text.split(/\r\n(?=\d|$)/);
    expect(head).toBe('Number,When (UTC),Who,What was done,To what,Why,More');
    expect(row).toMatch(/^1,2026-11-02T12:00:00\.000Z,admin@example\.org,discard,run 1,"'=HYPERLINK\(""http/);
    expect((await me.get('/admin/audit')).text).not.toContain('<script>');
    expect((await me.get('/admin/audit.csv?from=x')).status).toBe(303);
  });

  it('P9: is exported in parts of at most 5,000 rows, older ones from an older page', async () => {
    await open();
    const { db } = world.context;
    await sql`insert into audit_log (at, actor, act, subject)
      select timestamptz '2026-01-01' + n * interval '1 minute', 'a', 'x', 'run ' || n
      from generate_series(1, 5100) n`.execute(db);
    const me = await signInAsAdmin(world, pages, admin);
    const subjects = async (path: string) =>
      [...(await me.get(path)).text.matchAll(/,run (\d+),/g)].map(([, n]) => Number(n));
    expect(await subjects('/admin/audit.csv?act=x')).toEqual(
      Array.from({ length: 5000 }, (_, n) => 5100 - n),
    );
    const page = (await me.get('/admin/audit?act=x&before=101')).text;
    const [, path = ''] = /href="(\/admin\/audit\.csv[^"]*)"/.exec(page) ?? [];
    expect(await subjects(path.replaceAll('&amp;', '&'))).toEqual(
      Array.from({ length: 100 }, (_, n) => 100 - n),
    );
  });

  it('P9: finds its rows by an index, whatever is asked for', async () => {
    await open();
    const { db } = world.context;
    await sql`insert into audit_log (at, actor, act, subject)
      select timestamptz '2026-01-01' + n * interval '1 minute', 'a' || n % 5, 'x' || n % 9, 'run ' || n
      from generate_series(1, 30000) n`.execute(db);
    await sql`analyze audit_log`.execute(db);
    for (const where of [
      'true',
      `actor = 'a1'`,
      `act = 'x1'`,
      `subject = 'run 7'`,
      `at >= '2026-01-02' and at < '2026-01-03'`,
      `actor = 'a1' and (at, id) < (select at, id from audit_log where id = 20000)`,
    ]) {
      const { rows } = await sql<{ 'QUERY PLAN': string }>`explain select * from audit_log
        where ${sql.raw(where)} order by at desc, id desc limit 51`.execute(db);
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('Index Scan');
      expect(plan).not.toContain('Seq Scan');
      expect(plan).not.toContain('Sort');
    }
  });
});
