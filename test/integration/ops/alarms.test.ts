import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { checkAlarms } from '../../../src/jobs/ops/alarms.ts';
import { runRound } from '../../../src/jobs/round.ts';
import { sweep } from '../../../src/jobs/sweep.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

let world: World | null = null;
let mail: MailWorld | null = null;
let monitor: Server | null = null;
afterEach(async () => {
  await world?.close();
  await mail?.close();
  monitor?.close();
  world = null;
  mail = null;
  monitor = null;
});

const firstDay = { timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] };

async function openWatched(): Promise<World> {
  const opened = await openWorld({ days: [firstDay] });
  opened.context.config.adminEmails.push('admin@example.org');
  return opened;
}

/** An outside monitor that counts its calls. */
async function startMonitor(): Promise<{ url: string; calls(): number }> {
  let calls = 0;
  monitor = createServer((_request, response) => {
    calls += 1;
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(monitor, 'listening');
  const { port } = monitor.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/ping`, calls: () => calls };
}

describe('R9: an admin is told', () => {
  it('R9: at once that registry data is older than 48 weekday hours, then daily, and it is over when it is', async () => {
    world = await openWatched();
    await world.round();
    const alerts = async () => (await world?.mails('admin@example.org'))?.length;
    // Monday's data. Wednesday 08:00 is 47 hours later.
    world.setNow('2026-11-04T08:00:00Z');
    await world.round();
    expect(await alerts()).toBe(0);
    world.setNow('2026-11-04T10:00:00Z');
    await world.round();
    expect(await alerts()).toBe(1);
    expect((await world.mails('admin@example.org'))[0]?.text).toMatch(/data of ClinicalTrials.gov is from/);
    world.setNow('2026-11-05T09:59:00Z');
    await world.round();
    expect(await alerts()).toBe(1);
    world.setNow('2026-11-05T10:00:00Z');
    await world.round();
    expect(await alerts()).toBe(2);
    world.refresh('2026-11-05T09:00:04', [study('NCT09900001')]);
    await world.round();
    expect(await world.context.db.selectFrom('alerts').selectAll().execute()).toEqual([]);
    expect(await alerts()).toBe(2);
  });

  it('O10: of a zone, language, country and registry that this version does not know, and all others get their mail', async () => {
    world = await openWatched();
    const { db } = world.context;
    await world.subscribe('ann@example.net', {
      trials: ['NCT09900001'],
      conditions: ['asthma'],
      frequency: 'daily',
    });
    await world.subscribe('bob@example.net', { trials: ['NCT09900001'], frequency: 'daily' });
    await sql`update subscribers set timezone = 'Mars/Base', language = 'tlh', subject = 'discreet' where id = 1`.execute(
      db,
    );
    await sql`update subscriptions set filters = '{"country": "QX"}' where kind = 'condition'`.execute(db);
    await sql`insert into registries (id) values ('mars')`.execute(db);
    world.refresh('2026-11-03T09:00:04', [
      study('NCT09900001', { updatedOn: '2026-11-03', status: 'SUSPENDED' }),
    ]);
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    for (const email of ['ann@example.net', 'bob@example.net'])
      expect(await world.mails(email)).toHaveLength(1);
    const { rows } =
      await sql`select name, next_due_at from subscribers, alerts order by subscribers.id`.execute(db);
    expect(rows[0]).toEqual({ name: 'unknown-names', next_due_at: '2026-11-05T09:00:00.000Z' });
    const [alert] = await world.mails('admin@example.org');
    for (const said of [
      'time zone "Mars/Base" (1 rows, for example subscriber 1): emails come at their hour in UTC',
      'language "tlh" (1 rows, for example subscriber 1): emails are in en',
      'country "QX" (1 rows, for example subscriber 1): it matches no trial',
      'registry "mars": it is not read',
    ])
      expect((alert?.text ?? '').replace(/\s+/g, ' ')).toContain(said);
    await sql`update subscribers set timezone = 'Europe/Kyiv', language = 'es' where id = 1`.execute(db);
    await sql`update subscriptions set filters = '{}'`.execute(db);
    await sql`delete from registries where id = 'mars'`.execute(db);
    expect(await checkAlarms(world.context)).toEqual([]);
  });

  it('R9: not of a weekend', async () => {
    world = await openWatched();
    world.refresh('2026-11-06T09:00:04', [study('NCT09900001')]);
    world.setNow('2026-11-06T12:00:00Z');
    await world.round();
    world.setNow('2026-11-09T20:00:00Z');
    expect(await checkAlarms(world.context)).toEqual([]);
  });

  it('R9: within an hour that planning throws, and it is over when people are planned for', async () => {
    mail = await openMailWorld();
    const { context } = mail.world;
    await mail.send();
    await sql`update subscribers set next_due_at = ${context.now()}`.execute(context.db);
    await sql`alter table subscribers add constraint nobody check (next_due_at = ${sql.lit(context.now())}) not valid`.execute(
      context.db,
    );
    mail.wait(30);
    await expect(planDigests(context)).rejects.toThrow('nobody');
    expect(await checkAlarms(context)).toEqual([]);
    mail.wait(29);
    // A round of a crontab that ends so still raises the alarm.
    await expect(runRound(context, [])).rejects.toThrow('nobody');
    expect((await sql`select name from alerts`.execute(context.db)).rows).toEqual([{ name: 'mail-overdue' }]);
    expect(await checkAlarms(context)).toEqual(['mail-overdue']);
    await sql`alter table subscribers drop constraint nobody`.execute(context.db);
    await planDigests(context);
    expect(await checkAlarms(context)).toEqual([]);
  });

  it('R9: within an hour that sending throws, also for one mail among others', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    const { context } = mail.world;
    const { db } = context;
    await sql`alter table deliveries add constraint nobody check (phase <> 'claimed' or id <> ${sql.lit(mail.ids[0])}) not valid`.execute(
      db,
    );
    await expect(mail.send()).rejects.toThrow('nobody');
    mail.wait(59);
    expect(await checkAlarms(context)).toEqual(['mail-overdue']);
    // The other one goes out: the first may only wait for its turn, until its sender has stopped three times.
    expect(await mail.send(mail.ids[1])).toBe('sent');
    expect(await checkAlarms(context)).toEqual([]);
    await sql`update deliveries set attempts = 3 where id = ${mail.ids[0]}`.execute(db);
    expect(await checkAlarms(context)).toEqual(['mail-overdue']);
  });

  it('R9: after two hours only, of mails that wait for a rate limit, a retry or a paused circuit', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    const { context } = mail.world;
    const { db } = context;
    mail.wait(59);
    expect(await checkAlarms(context)).toEqual(['mail-overdue']);
    await sql`update deliveries set paced_until = now()`.execute(db);
    expect(await checkAlarms(context)).toEqual([]);
    await sql`update deliveries set paced_until = null, phase = 'retry'`.execute(db);
    expect(await checkAlarms(context)).toEqual([]);
    await sql`update deliveries set phase = 'planned'`.execute(db);
    mail.sink.fail({ at: 'mail', how: '550 5.7.1 listed' });
    expect(await mail.send(mail.ids[1])).toBe('retry');
    expect(await checkAlarms(context)).toEqual(['mail-paused']);
    mail.wait(62);
    expect(await checkAlarms(context)).toEqual(['mail-paused', 'mail-overdue']);
  });

  it('R9: that mails, unplanned digests or requests from pages are overdue', async () => {
    mail = await openMailWorld();
    mail.wait(55);
    expect(await checkAlarms(mail.world.context)).toEqual([]);
    mail.wait(1);
    expect(await checkAlarms(mail.world.context)).toEqual(['mail-overdue']);
    await mail.send();
    expect(await checkAlarms(mail.world.context)).toEqual([]);
    const { db } = mail.world.context;
    await sql`update subscribers set next_due_at = '2026-11-04T09:00:00Z'`.execute(db);
    expect(await checkAlarms(mail.world.context)).toEqual(['mail-overdue']);
    await sql`update subscribers set next_due_at = null`.execute(db);
    expect(await checkAlarms(mail.world.context)).toEqual([]);
    await sql`insert into requests (kind, params, due_at, created_at)
      values ('sign-up', '', '2026-11-04T09:00:00Z', '2026-11-04T09:00:00Z')`.execute(db);
    expect(await checkAlarms(mail.world.context)).toEqual(['mail-overdue']);
  });

  it('R9: that a mail server refuses, with its answer and without the address in it', async () => {
    mail = await openMailWorld();
    const { context } = mail.world;
    context.config.adminEmails.push('admin@example.org');
    mail.sink.fail({ at: 'rcpt', how: '451 4.3.0 <ann@example.net> no room' });
    for (const pause of [5, 15, 60]) {
      expect(await checkAlarms(context)).toEqual([]);
      await mail.send();
      mail.wait(pause);
    }
    expect(await sweep(context)).toEqual(['mail-refused']);
    mail.sink.fail();
    const alert = (await mail.ledger()).find(({ kind }) => kind === 'alert');
    expect(await mail.send(alert?.id)).toBe('sent');
    expect(mail.sink.mails[0]?.to).toEqual(['admin@example.org']);
    expect(mail.sink.mails[0]?.message.toString()).toContain('no room');
    expect(mail.sink.mails[0]?.message.toString()).not.toContain('ann@example.net');
    await mail.send();
    expect(await sweep(context)).toEqual([]);
  });

  it('R9: at once that we are refused for who we are, and not that one address is dead', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    mail.sink.fail({ at: 'rcpt', how: '550 5.1.1 unknown' });
    expect(await mail.send(mail.ids[0])).toBe('failed');
    expect(await checkAlarms(mail.world.context)).toEqual([]);
    mail.sink.fail({ at: 'mail', how: '550 5.7.1 listed' });
    expect(await mail.send(mail.ids[1])).toBe('retry');
    expect(await checkAlarms(mail.world.context)).toEqual(['mail-paused']);
  });

  it('R9: of any number of mails that cannot be made, in one mail a day', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    const { context, registry } = mail.world;
    context.config.adminEmails.push('admin@example.org', 'other@example.org');
    context.registries.set('ctgov', { ...registry, recordUrl: () => JSON.parse('<html>') });
    for (const id of mail.ids) expect(await mail.send(id)).toBe('retry');
    expect((await mail.ledger()).filter(({ kind }) => kind === 'alert')).toHaveLength(2);
  });
});

describe('R9: the heartbeat', () => {
  it('R9: is called after each good round and sweep, and after no other', async () => {
    const { url, calls } = await startMonitor();
    world = await openWorld({ days: [firstDay], config: { heartbeatUrl: url } });
    await world.round();
    await world.round();
    expect(calls()).toBe(2);
    world.recorded.setFault({ kind: 'status', status: 500 });
    expect((await world.round()).ok).toBe(false);
    expect(calls()).toBe(2);
  });

  it('R9: an unavailable monitor does no harm', async () => {
    const { url } = await startMonitor();
    monitor?.close();
    world = await openWorld({ days: [firstDay], config: { heartbeatUrl: url } });
    expect((await world.round()).ok).toBe(true);
  });
});
