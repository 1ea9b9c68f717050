import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { readFigures } from '../../../src/db/admin/figures.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { logFields } from '../../../src/log.ts';
import { startImapServer } from '../../support/imap-server.ts';
import { readCommands, runbookEntries, runCommands } from '../../support/runbook.ts';
import { reader, stamp, suspended, today, trial, useRunbook } from '../../support/runbook-world.ts';
import { dovecotProgram, findFreePort } from '../../support/servers.ts';
import { openProxy } from '../../support/servers-proxy.ts';
import { manyStudies, study } from '../../support/study.ts';
import type { World } from '../../support/world.ts';

const { closers, folder, openToday, openOwed, startUntil } = useRunbook();
const dueNow = (world: World) =>
  sql`update deliveries set due_at = now() where phase in ('planned', 'retry')`.execute(world.context.db);
const nothingWrong = /ok {4}Nothing is overdue, held back or refused\./;

describe('the runbook', () => {
  it('has an entry for each trouble that is tried here or by the test it names', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
    const here = ['runbook', 'runbook-loss', 'runbook-queue']
      .map((name) => readFileSync(join(import.meta.dirname, `${name}.test.ts`), 'utf8'))
      .join('\n');
    for (const heading of runbookEntries.filter((one) => !one.startsWith('What the log')))
      expect(here, heading).toMatch(new RegExp(`^  it\\('[^']*${heading}[^']*', async`, 'm'));
    const testFiles = readdirSync(join(import.meta.dirname, '..'), { recursive: true, encoding: 'utf8' });
    for (const [, name] of text.matchAll(/npx vitest run ([\w-]+)/g)) {
      expect(
        testFiles.some((file) => [`${name}.test.ts`, `${name}-own.test.ts`].includes(basename(file))),
        name,
      ).toBe(true);
    }
  });

  it('says what every field of the log tells, and of no other', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/runbook.md'), 'utf8');
    const table = text.slice(text.indexOf('| field |')).matchAll(/^\| (`.*?) \|/gm);
    const said = [...table].flatMap(([, names = '']) => names.replaceAll('`', '').split(', '));
    expect(said.sort()).toEqual([...logFields].sort());
  });

  it('The registry is away, or its data is old', async () => {
    const { world, run } = await openToday({ days: [{ timestamp: stamp(8 * 24), studies: [study(trial)] }] });
    await world.subscribe(reader, { trials: [trial] });
    await world.round();
    world.recorded.setFault({ kind: 'status', status: 403 });
    const away = await run('The registry is away, or its data is old', 0);
    expect(away.stdout).toMatch(/LOOK {2}The data of ClinicalTrials\.gov is from/);
    expect(away.stdout).toMatch(/LOOK {2}.*ClinicalTrials\.gov.*403/);
    expect(away.stdout).toMatch(/^\d+ +ctgov +\w+ +completed/m);
    world.recorded.setFault(null);
    world.refresh(stamp(1), [study(trial)]);
    const back = await run('The registry is away, or its data is old', 1);
    expect([back.code, back.stdout]).toEqual([0, expect.stringMatching(/^ctgov +completed/m)]);
    expect((await run('The registry is away, or its data is old', 0)).stdout).toMatch(nothingWrong);
  });

  it('Something is held back', async () => {
    const heading = 'Something is held back';
    const all = (parts: Record<string, unknown>) =>
      manyStudies(51, { updatedOn: '2026-09-01', completion: '2028-03-01', ...parts });
    const { world, run } = await openToday({ days: [{ timestamp: stamp(30), studies: all({}) }] });
    await importTrials(world.context, world.registry, { kind: 'all' });
    world.refresh(stamp(3), all(suspended));
    expect(await world.poll()).toMatchObject({ outcome: 'held' });
    const held = /Held in run (\d+): 51 changes of status in 51 trials/;
    const RUN = held.exec((await run(heading, 0)).stdout)?.[1] ?? '';
    expect((await run(heading, 1, { RUN, FACET: 'status' })).stdout).toBe('51 changes are discarded.\n');
    expect((await run(heading, 0)).stdout).not.toContain('Held');
    world.refresh(stamp(1), all({ ...suspended, enrollment: 300 }));
    expect(await world.poll()).toMatchObject({ outcome: 'held' });
    const again = /Held in run (\d+)/.exec((await run(heading, 0)).stdout)?.[1] ?? '';
    expect((await run(heading, 2, { RUN: again, FACET: 'enrollment' })).stdout).toBe(
      '51 changes are released.\n',
    );
    expect((await run(heading, 0)).stdout).not.toContain('Held');
  });

  it('Records are in quarantine', async () => {
    const { world, run } = await openToday();
    await world.round();
    world.refresh(stamp(2), [study(trial), study('NCT09900002', { status: 'NO_SUCH', updatedOn: today })]);
    await world.round();
    const shown = await run('Records are in quarantine', 0, { TRIAL: 'NCT09900002' });
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringMatching(/^NCT09900002 +1 /m) });
    expect(readFileSync(join(folder(), 'record.json'), 'utf8')).toContain('NO_SUCH');
    world.refresh(stamp(1), [study(trial), study('NCT09900002', { updatedOn: today })]);
    await world.round();
    const recovered = await run('Records are in quarantine', 0, { TRIAL: 'NCT09900002' });
    expect(recovered.stdout).toContain('No record is in quarantine.');
  });

  it('Mails are refused or overdue', async () => {
    const heading = 'Mails are refused or overdue';
    const { world, run, sink } = await openOwed();
    sink.fail({ at: 'mail', how: '550 5.7.1 listed' });
    await world.round();
    const refused = await run(heading, 0);
    expect(refused.stdout).toMatch(/LOOK {2}The mail server refuses us for who we are.*550 5\.7\.1 listed/);
    // Mended; the time of the next try comes.
    sink.fail();
    await sql`update smtp_circuits set paused_until = now()`.execute(world.context.db);
    await dueNow(world);
    const once = await run(heading, 1);
    expect(once.stdout).toMatch(/Digests: 0 planned, 1 sent/);
    expect(sink.mails.filter(({ to }) => to[0] === reader)).toHaveLength(1);
    expect((await run(heading, 0)).stdout).toMatch(nothingWrong);
  });

  it('Mails are in doubt', async () => {
    const { world, run, sink } = await openOwed();
    sink.fail({ at: 'reply', how: 'drop', times: 1 });
    await world.round();
    const { db, now } = world.context;
    expect((await readFigures(db, now())).inDoubt).toBe(1);
    await sql`update deliveries set body_at = body_at - interval '31 minutes' where phase = 'ambiguous'`.execute(
      db,
    );
    const settled = await run('Mails are in doubt', 0);
    expect(settled.stdout).toMatch(/1 sent/);
    expect(settled.stdout).toMatch(nothingWrong);
    const ids = sink.mails.filter(({ to }) => to[0] === reader).map(({ messageId }) => messageId);
    expect(ids).toEqual([ids[0], ids[0]]);
    expect((await readFigures(db, now())).inDoubt).toBe(0);
  });

  it('Too many mails come back', async () => {
    const heading = 'Too many mails come back';
    const { world, run, sink } = await openOwed();
    sink.fail({ at: 'rcpt', how: '550 5.1.1 unknown' });
    await world.round();
    const looked = await run(heading, 0, { ADDRESS: reader });
    expect(looked.stdout).toMatch(/^1 +hard-bounce/m);
    expect(looked.stdout).toMatch(/This address is suppressed: .*hard-bounce/);
    expect(await run(heading, 1, { ADDRESS: reader })).toMatchObject({ code: 0 });
    expect((await run(heading, 0, { ADDRESS: reader })).stdout).toContain('is not suppressed.');
  });

  it('Mails that came back are not read', async () => {
    const heading = 'Mails that came back are not read';
    const { env, run } = await openToday();
    env.BOUNCE_IMAP_URL = `imap://bell:secret@127.0.0.1:${await findFreePort()}/INBOX`;
    const away = await run(heading, 0);
    expect(away.stdout).toMatch(/LOOK {2}The mailbox at .* cannot be read: .* Check BOUNCE_IMAP_URL\./);
    if (!dovecotProgram) return;
    const server = await startImapServer();
    closers.push(server.close);
    env.BOUNCE_IMAP_URL = server.url();
    const over = await run(heading, 0);
    expect(over.stdout).toMatch(/ok {4}The bounce mailbox .* accepts the login: 0 messages/);
    expect(over.stdout).not.toContain('Check BOUNCE_IMAP_URL.');
  });

  it('The disk is full', async () => {
    const { world, run } = await openToday();
    await world.subscribe(reader, { trials: [trial], consent: null });
    await world.round();
    const { code, stdout } = await run('The disk is full', 0);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/Avail[\s\S]*outbox/)]);
  });

  it('The database is away', async () => {
    const { world, env } = await openToday();
    const address = new URL(world.databaseUrl);
    const cable = await openProxy(Number(address.port));
    closers.push(cable.close);
    address.port = String(cable.port);
    const port = String(await findFreePort());
    const through = {
      ...env,
      DATABASE_URL: address.href,
      PORT: port,
      BASE_URL: `http://localhost:${port}`,
    };
    await startUntil(through, ['web'], (running) => running.stdout().includes(`:${port}`));
    const [block = ''] = readCommands('The database is away');
    const ask = () => runCommands(block, { env: through, folder: folder() });
    await cable.unplug();
    const away = await ask();
    expect(away.stdout).toMatch(/LOOK {2}PostgreSQL at .* does not let us in/);
    expect(away.stdout).toMatch(/"ready":false,"missing":\["the database does not answer/);
    await cable.plug();
    const back = await ask();
    expect(back.stdout).toMatch(/ok {4}The database answers/);
    expect(back.stdout).toContain('"ready":true');
  });
});
