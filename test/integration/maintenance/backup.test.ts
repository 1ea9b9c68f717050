import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { backUp } from '../../../src/db/maintenance/backup.ts';
import { type BackupPart, writeBackupFile } from '../../../src/db/maintenance/backup-file.ts';
import { migrationNames } from '../../../src/db/maintenance/migrate.ts';
import { restoreBackup } from '../../../src/db/maintenance/restore.ts';
import type { Context } from '../../../src/jobs/context.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { runRound } from '../../../src/jobs/round.ts';
import { dumpRows } from '../../support/dump.ts';
import { withClient } from '../../support/servers.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World, type WorldOptions } from '../../support/world.ts';

const openWorld = useWorlds();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-backup-'));
  closers.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openWithSink(options: WorldOptions = {}): Promise<{ world: World; sink: SmtpSink }> {
  const sink = await startSmtpSink();
  closers.push(sink.close);
  const days = [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }];
  return { world: await openWorld({ days, ...options, config: { smtpUrl: sink.url } }), sink };
}

async function backUpWorld({ context, databaseUrl }: World, file = join(makeFolder(), 'backup')) {
  const { keys, now } = context;
  const about = { program: '0.1.0', madeAt: now(), keyFingerprint: keys.fingerprint, key: null };
  return { file, rows: await backUp(databaseUrl, file, about) };
}

/** Restores as the verb does, once nobody is connected any more. */
function restoreInto(world: World, file: string, replace = true) {
  return restoreBackup(world.databaseUrl, file, { replace, fitKey: () => () => {} });
}

const suspended = study('NCT09900001', {
  status: 'SUSPENDED',
  whyStopped: 'Drug supply',
  updatedOn: '2026-11-03',
});
const completed = study('NCT09900001', { status: 'COMPLETED', updatedOn: '2026-11-04' });

async function databasesBeside(world: World): Promise<string[]> {
  const name = new URL(world.databaseUrl).pathname.slice(1);
  return withClient(world.databaseUrl, async (client) => {
    const { rows } = await client.query('select datname from pg_database where datname like $1', [
      `${name}_%`,
    ]);
    return rows.map((row) => row.datname);
  });
}

describe('R10: backup and restore', () => {
  it('L10: a state from an hour ago repeats only mails sent after it, and forgets nothing', async () => {
    const { world, sink } = await openWithSink();
    for (const [email, frequency] of [
      ['ann@example.net', 'daily'],
      ['bob@example.net', 'daily'],
      ['eve@example.net', 'immediate'],
    ] as const)
      await world.subscribe(email, { trials: ['NCT09900001'], frequency, timezone: 'UTC' });
    const mailed = () => sink.mails.splice(0).map(({ to, messageId }) => ({ to: to.join(), messageId }));
    const addressees = (mails: { to: string }[]) => mails.map(({ to }) => to).sort();

    world.setNow('2026-11-03T09:00:00Z');
    await world.round();
    // The suspension is known; Eve, who wants it at once, hears of it; Ann's digest goes out, Bob's is still owed.
    world.refresh('2026-11-03T10:00:04', [suspended]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    expect(addressees(mailed())).toEqual(['eve@example.net']);
    world.setNow('2026-11-04T09:00:00Z');
    const [first = -1, second = -1] = (await planDigests(world.context)).deliveryIds;
    await sendDelivery(world.context, first);
    expect(addressees(mailed())).toEqual(['ann@example.net']);
    const { file } = await backUpWorld(world);

    // The hour that will be lost: Bob's goes out, and so does news to Eve.
    world.setNow('2026-11-04T09:10:00Z');
    await sendDelivery(world.context, second);
    const bobs = mailed();
    world.refresh('2026-11-04T09:20:04', [completed]);
    world.setNow('2026-11-04T09:30:00Z');
    await world.round();
    const eves = mailed();
    expect(addressees([...bobs, ...eves])).toEqual(['bob@example.net', 'eve@example.net']);

    await world.context.db.destroy();
    const restored = await restoreInto(world, file);
    expect(restored).toMatchObject({ madeAt: '2026-11-04T09:00:00.000Z', owed: 1 });
    const context = world.another();
    world.setNow('2026-11-04T10:00:00Z');
    await runRound(context, []);
    const again = mailed();
    // Only those two, once more: Bob's under its Message-ID, so that his mailbox can tell; Eve's was found anew.
    expect(addressees(again)).toEqual(['bob@example.net', 'eve@example.net']);
    expect(again).toContainEqual(bobs[0]);
    expect(again).not.toContainEqual(eves[0]);
    expect(await ledger(context)).toEqual([
      { email: 'eve@example.net', phase: 'sent', doubtful: false },
      { email: 'ann@example.net', phase: 'sent', doubtful: false },
      { email: 'bob@example.net', phase: 'sent', doubtful: true },
      { email: 'eve@example.net', phase: 'sent', doubtful: false },
    ]);

    // Mails that were not sent before are sent once, then nothing more.
    world.setNow('2026-11-05T09:00:00Z');
    await runRound(context, []);
    expect(addressees(mailed())).toEqual(['ann@example.net', 'bob@example.net']);
    world.setNow('2026-11-06T09:00:00Z');
    await runRound(context, []);
    expect(mailed()).toEqual([]);
  });

  it('every row of every table comes back, while the program was at work; ids go on far behind', async () => {
    const { world } = await openWithSink();
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'], conditions: ['asthma'] });
    world.refresh('2026-11-03T10:00:04', [suspended]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    const { file, rows } = await backUpWorld(world);
    const before = await dumpOf(world.context);
    expect(rows).toMatchObject({ trials: 1, subscribers: 1, subscriptions: 2 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file).includes('Drug supply')).toBe(false);
    // Later rows are gone after a restore, with their ids.
    const lost = await world.subscribe('later@example.net', { trials: ['NCT09900001'] });
    await world.context.db.destroy();
    await restoreInto(world, file);
    const context = world.another();
    expect(await dumpOf(context)).toEqual(before);
    const { id } = await context.db
      .insertInto('subscribers')
      .values({
        address: Buffer.from('x'),
        address_hash: Buffer.from('x'),
        language: 'en',
        timezone: 'UTC',
        hour: 9,
        next_due_at: null,
        last_digest_at: null,
        created_at: '2026-11-04T09:00:00Z',
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    expect(id).toBeGreaterThan((lost[0]?.subscriptionId ?? 0) + 1_000_000);
    expect(await databasesBeside(world)).toEqual([]);
  });

  it('a damaged, cut-off, foreign or newer file is refused in a sentence, and nothing changes', async () => {
    const { world } = await openWithSink();
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    const { file } = await backUpWorld(world);
    const whole = readFileSync(file);
    const before = await dumpOf(world.context);
    await world.context.db.destroy();
    const folder = makeFolder();
    const write = (name: string, bytes: Buffer | string) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    const spoilt = (at: number) => {
      const bytes = Buffer.from(whole);
      bytes.writeUInt8((bytes[at] ?? 0) ^ 0x55, at);
      return bytes;
    };
    const cases: [string, RegExp][] = [
      [join(folder, 'absent'), /absent cannot be read: ENOENT/],
      [write('empty', ''), /not a complete backup/],
      [write('text', 'a shopping list'), /not a complete backup/],
      ...[0.1, 0.5, 0.9, 0.99].map((part): [string, RegExp] => [
        write(`cut-${part}`, whole.subarray(0, Math.floor(whole.length * part))),
        /not a complete backup/,
      ]),
      ...[0.01, 0.3, 0.6, 0.95].map((part): [string, RegExp] => [
        write(`spoilt-${part}`, spoilt(Math.floor(whole.length * part))),
        /not a complete backup|damaged/,
      ]),
    ];
    const newer = join(folder, 'newer');
    await writeBackupFile(newer, makeParts(['001-first', '999-later']));
    cases.push([newer, /made by a newer Trialbell \(9.9.9; it has .*999-later\)/]);
    const torn = join(folder, 'torn');
    await writeBackupFile(torn, makeParts([...migrationNames], 'not\tso many\tcolumns\n'));
    cases.push([torn, /torn is damaged/]);
    for (const [bad, words] of cases) await expect(restoreInto(world, bad), bad).rejects.toThrow(words);
    expect(await databasesBeside(world)).toEqual([]);
    expect(await dumpOf(world.another())).toEqual(before);
  });

  it('a database that holds something, or is in use, gives way only when told to, and is free', async () => {
    const { world } = await openWithSink();
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    const { file } = await backUpWorld(world);
    await expect(restoreInto(world, file)).rejects.toThrow(/Other processes of Trialbell use the database/);
    await world.context.db.destroy();
    await expect(restoreInto(world, file, false)).rejects.toThrow(
      /holds 1 trials and 1 subscribers.*--replace/,
    );
    await restoreInto(world, file);
    expect((await world.another().db.selectFrom('trials').select('id').execute()).length).toBe(1);
  });

  it('is written whole or not at all: a fault leaves neither the file nor a part of it', async () => {
    const { world } = await openWithSink();
    const folder = makeFolder();
    await expect(backUpWorld(world, join(folder, 'absent', 'backup'))).rejects.toThrow(
      /cannot be written: ENOENT/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });
});

/** Everything except short-lived state of processes, and the migrations' own records. */
async function dumpOf(context: Context): Promise<string[]> {
  return (await dumpRows(context.db)).filter((line) => !/^(leases|kysely_\w+)\./.test(line)).sort();
}

async function* makeParts(migrations: string[], rows = ''): AsyncGenerator<BackupPart> {
  const about = { program: '9.9.9', madeAt: '2026-11-03T09:00:00Z', keyFingerprint: '0', key: null };
  yield { kind: 'header', header: { format: 'trialbell-backup-1', migrations, ...about } };
  yield { kind: 'table', table: { name: 'concepts', columns: ['id', 'term'] } };
  if (rows) yield { kind: 'rows', rows: Buffer.from(rows) };
  yield { kind: 'end', end: { rows: { concepts: 0 }, identities: [] } };
}

async function ledger({ db, keys }: Context) {
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('subscribers', 'subscribers.id', 'deliveries.subscriber_id')
    .select(['subscribers.address', 'deliveries.phase', 'deliveries.was_ambiguous'])
    .orderBy('deliveries.id')
    .execute();
  return rows.map((row) => ({
    email: keys.decrypt(row.address),
    phase: row.phase,
    doubtful: row.was_ambiguous,
  }));
}
