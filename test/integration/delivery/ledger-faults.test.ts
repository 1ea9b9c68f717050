import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

let mail: MailWorld | null = null;
let world: World | null = null;
afterEach(async () => {
  await mail?.close();
  await world?.close();
  mail = null;
  world = null;
});

/** A world in which ann and bob are owed a digest each, of two trials; nothing is planned yet. */
async function openTwoTrials(): Promise<World> {
  const studies = ['NCT09900001', 'NCT09900002'].map((id) => study(id));
  const opened = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
  await opened.subscribe('ann@example.net', { trials: ['NCT09900001'] });
  await opened.subscribe('bob@example.net', { trials: ['NCT09900002'] });
  const parts = { status: 'SUSPENDED', updatedOn: '2026-11-03' };
  opened.refresh('2026-11-03T09:00:04', [study('NCT09900001', parts), study('NCT09900002', parts)]);
  opened.setNow('2026-11-03T12:00:00Z');
  await opened.poll();
  opened.setNow('2026-11-04T09:00:00Z');
  return opened;
}

describe('D10, L6: an error while composing', () => {
  it('D10, L6: sends nothing, counts nothing as told, is tried again; others get their mail', async () => {
    world = await openTwoTrials();
    world.context.config.adminEmails.push('admin@example.org');
    const { db } = world.context;
    const ofAnn = sql`trial_id = (select min(id) from trials) and version = 2`;
    await sql`create table kept as select trial, packed from trial_versions where ${ofAnn}`.execute(db);
    await sql`update trial_versions set trial = '{"id": "NCT09900001"}', packed = null where ${ofAnn}`.execute(
      db,
    );
    const round = await world.round();
    expect(round.result.digests).toMatchObject({ planned: 1, sent: 1, failed: 1 });
    expect(round.ok).toBe(false);
    expect(await world.mails('ann@example.net')).toEqual([]);
    expect(await world.mails('bob@example.net')).toHaveLength(1);
    const [alert] = await world.mails('admin@example.org');
    expect(alert?.text).toContain('could not be composed');
    const items = await db.selectFrom('digest_items').selectAll().execute();
    expect(items).toHaveLength(1);

    await sql`update trial_versions set trial = kept.trial, packed = kept.packed from kept where ${ofAnn}`.execute(
      db,
    );
    world.setNow('2026-11-04T09:14:59Z');
    expect((await planDigests(world.context)).deliveryIds).toEqual([]);
    world.setNow('2026-11-04T09:15:00Z');
    expect((await world.round()).result.digests).toMatchObject({ planned: 1, sent: 1, failed: 0 });
    expect((await world.mails('ann@example.net'))[0]?.text).toContain('NCT09900001');
  });
});

describe('D10, L6: a template that throws', () => {
  it('D10, L6: sends no mail, is tried again, is seen by an admin; later the mail comes', async () => {
    world = await openTwoTrials();
    const { context, registry } = world;
    context.config.adminEmails.push('admin@example.org');
    const broken = { ...registry, recordUrl: () => JSON.parse('<html>') };
    context.registries.set('ctgov', broken);
    const round = await world.round();
    expect(round.result.digests).toMatchObject({ planned: 2, sent: 0, deferred: 2 });
    expect(await world.mails('ann@example.net')).toEqual([]);
    const alerts = await world.mails('admin@example.org');
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.text).toContain('could not be made');
    context.registries.set('ctgov', registry);
    world.setNow('2026-11-04T09:05:00Z');
    expect((await world.round()).result.digests).toMatchObject({ planned: 0, sent: 2 });
    expect(await world.mails('ann@example.net')).toHaveLength(1);
  });

  it('makes no alarm of an alarm that cannot be made', async () => {
    world = await openTwoTrials();
    const { context, registry } = world;
    context.config.adminEmails.push('admin@example.org', 'other@example.org');
    context.config.baseUrl = 'no address';
    context.registries.set('ctgov', { ...registry, recordUrl: () => JSON.parse('<html>') });
    await world.round();
    await world.round();
    const { db } = context;
    const alerts = await db.selectFrom('deliveries').select('phase').where('kind', '=', 'alert').execute();
    expect(alerts).toEqual([{ phase: 'retry' }, { phase: 'retry' }]);
  });
});

describe('an outbox that cannot be written', () => {
  it('is said in the ledger and tried again', async () => {
    world = await openTwoTrials();
    const { config } = world.context;
    world.context.config = { ...config, dataDir: join(import.meta.dirname, 'ledger-faults.test.ts') };
    expect((await world.round()).result.digests).toMatchObject({ planned: 2, sent: 0, deferred: 2 });
    const { reply } = await world.context.db
      .selectFrom('deliveries')
      .select('reply')
      .executeTakeFirstOrThrow();
    expect(reply).toMatch(/^It could not be handed over: ENOTDIR/);
    world.context.config = config;
    world.setNow('2026-11-04T09:05:00Z');
    expect((await world.round()).result.digests).toMatchObject({ sent: 2 });
  });
});

describe('P1: the stored row names nobody', () => {
  const names = ['ann.private', 'bob.private'];
  const people = names.map((name) => `${name}@example.net`);

  it('P1: neither a dump of the database nor the log, whatever a mail server repeats', async () => {
    mail = await openMailWorld({ people });
    const lines: string[] = [];
    const log = pino({ level: 'debug' }, { write: (line) => lines.push(line) });
    const context = mail.world.another({ log });
    mail.sink.fail(
      { at: 'dot', how: '451 4.2.1 ann.private@example.net is over quota', times: 1 },
      { at: 'rcpt', how: '550 5.1.1 <bob.private@example.net>: who is that?' },
    );
    await mail.world.subscribe(people[0] ?? '', { conditions: ['asthma'], consent: null });
    mail.sink.fail({ at: 'rcpt', how: '450 <bob.private@example.net>: ann.private@example.net' });
    for (const id of mail.ids) await mail.send(id, context);
    mail.sink.fail();
    mail.wait(60);
    const { send } = mail;
    for (const { id } of await mail.ledger()) await send(id, context);
    const phases = (await mail.ledger()).map(({ phase }) => phase);
    expect(phases).toEqual(['sent', 'sent', 'sent']);
    const kept = [...(await mail.world.dump()), ...lines].join('\n');
    expect(lines.length).toBeGreaterThan(0);
    for (const name of names) {
      expect(kept).not.toContain(name);
      expect(kept).not.toContain(Buffer.from(name).toString('hex'));
      expect(kept).not.toContain(Buffer.from(name).toString('base64').replace(/=+$/, ''));
    }
  });

  it('P1: nor the names of the files in the outbox', async () => {
    world = await openTwoTrials();
    await world.round();
    const files = readdirSync(join(world.context.config.dataDir, 'outbox'));
    expect(files).toHaveLength(2);
    for (const file of files) expect(file).toMatch(/^2026-11-04T09-00-00-000Z-[0-9a-f]{16}\.eml$/);
  });
});
