import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sql } from 'kysely';
import { escapeIdentifier } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { afterEach, describe, expect, it } from 'vitest';
import { openContent, type StoredContent } from '../../../src/core/digests/stored-digest.ts';
import { listHeldChanges } from '../../../src/db/ingest/holds.ts';
import { copyTarget, listTables } from '../../../src/db/maintenance/backup.ts';
import { type BackupEnd, readBackupFile } from '../../../src/db/maintenance/backup-file.ts';
import { migrateDatabase } from '../../../src/db/maintenance/migrate.ts';
import { restoreBackup } from '../../../src/db/maintenance/restore.ts';
import { storedContent } from '../../../src/db/stored-content.ts';
import { releaseHeldChanges } from '../../../src/use-cases/admin/decide-held.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { withClient } from '../../support/servers.ts';
import { beginDay, last, liveDays, middle, type Stage, studiesOn } from '../../support/six-weeks.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const fixture = (name: string) => new URL(`../../fixtures/released/${name}`, import.meta.url).pathname;
const file = fixture('six-weeks.backup');
const released = JSON.parse(readFileSync(fixture('six-weeks.json'), 'utf8')) as {
  links: Record<string, string>;
  rows: Record<string, number>;
  mails: string[];
};
/** Tables and kinds of mail that have another name by now (007-names). */
const renamed: Record<string, string> = {
  lanes: 'smtp_circuits',
  audits: 'match_audits',
  asks: 'rate_limits',
  lifts: 'lifted_suppressions',
  bulks: 'bulk_jobs',
  quiet: 'no-news',
};
/** Rows that migrations add: the concepts of the phrases that changes were found by (004-concept-topics). */
const added: Record<string, number> = { topic_changes: 7 };

const openWorld = useWorlds();
let pages: Pages | null = null;
afterEach(async () => {
  await pages?.close();
  pages = null;
});

/** Brings a database to the state of the backup as the released version left it, and then to the newest schema. */
async function upgradeInPlace(url: string): Promise<void> {
  await withClient(url, (client) => client.query('drop schema public cascade; create schema public'));
  await migrateDatabase(url, '001-first');
  await withClient(url, async (client) => {
    const names = (await listTables(client)).map(({ name }) => `public.${escapeIdentifier(name)}`);
    await client.query(`truncate ${names.join(', ')}`);
    let end: BackupEnd | null = null;
    let rows: Buffer[] = [];
    let table = '';
    const flush = async () => {
      if (table !== '')
        await pipeline(Readable.from(rows), client.query(copyFrom(`copy ${table} from stdin`)));
    };
    for await (const part of readBackupFile(file)) {
      if (part.kind === 'rows') rows.push(part.rows);
      if (part.kind !== 'table' && part.kind !== 'end') continue;
      await flush();
      [rows, table] = [[], part.kind === 'table' ? copyTarget(part.table) : ''];
      if (part.kind === 'end') end = part.end;
    }
    for (const { table: name, column, last: id } of end?.identities ?? [])
      await client.query('select setval(pg_get_serial_sequence($1, $2), $3)', [name, column, id]);
  });
  await migrateDatabase(url);
}

const restore = (url: string) => restoreBackup(url, file, { replace: true, fitKey: () => () => {} });

/** The mails that were sent or are owed since the middle, alarms to admins left out: what is alarming may change. */
async function listMails({ context: { db, keys } }: World): Promise<string[]> {
  const { rows } = await sql<{
    kind: string;
    phase: string;
    address: Buffer | null;
    at: string;
    content: StoredContent | null;
  }>`
    select d.kind, d.phase, p.address, coalesce(d.finished_at, d.planned_at) as at, ${storedContent} as content
    from deliveries d left join subscribers p on p.id = d.subscriber_id left join digests g on g.id = d.digest_id
    where d.kind <> 'alert' and (d.finished_at is null or d.finished_at >= '2026-11-23T00:00:00Z')`.execute(
    db,
  );
  const tell = (content: StoredContent | null) =>
    (content ? openContent(content).trials : []).flatMap(({ card, changes }) =>
      changes.map(
        (change) =>
          `${card.id} ${change.kind} ${JSON.stringify(change.before)} > ${JSON.stringify(change.after)}`,
      ),
    );
  return rows
    .map(({ at, address, kind, phase, content }) =>
      [at.slice(0, 10), address ? keys.decrypt(address) : '', kind, phase, ...tell(content)].join(' | '),
    )
    .sort();
}

describe('R11: the first release in the middle of six weeks of news', () => {
  it.each([
    ['its database, upgraded', upgradeInPlace],
    ['its backup, restored', restore],
  ])('%s: carried on, nothing is lost, repeated or invented', async (_, carryOver) => {
    const days = [
      { timestamp: '2026-11-20T09:00:04', studies: studiesOn(middle - 3, study as Stage['study']) },
    ];
    const world = await openWorld({ days: days as never, config: { adminEmails: ['me@example.org'] } });
    await carryOver(world.databaseUrl);
    const { context } = world;
    const counted: Record<string, number> = {};
    for (const name of Object.keys(released.rows)) {
      const { rows } = await sql<{ count: number }>`
        select count(*) as count from ${sql.table(renamed[name] ?? name)}`.execute(context.db);
      counted[name] = rows[0]?.count ?? -1;
    }
    const wanted = Object.entries(released.rows).map(([name, rows]) => [name, rows + (added[name] ?? 0)]);
    expect(counted).toEqual(Object.fromEntries(wanted));

    pages = await servePages(world);
    const stage: Stage = {
      world,
      pages,
      study: study as Stage['study'],
      links: { ...released.links },
      async release() {
        for (const { runId, facet } of await listHeldChanges(context.db))
          await releaseHeldChanges(context, runId, facet, context.now());
      },
    };
    await beginDay(stage, middle);
    await world.round();
    await liveDays(stage, middle + 1, last);
    const expected = released.mails
      .filter((line) => !line.includes(' | alert | '))
      .map((line) =>
        line.replace(/\| (\w+) \|/, (kind, name: string) => (renamed[name] ? `| ${renamed[name]} |` : kind)),
      )
      .sort();
    expect(await listMails(world)).toEqual(expected);
    const ids = (await world.mails()).map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
    // What was read is read on: the record that could not be trusted is, and nobody hears of it twice.
    const { rows } = await sql<{ waits: number }>`select count(*) as waits from deliveries
      where phase not in ('sent', 'cancelled')`.execute(context.db);
    expect(rows[0]?.waits).toBe(0);
  });
});
