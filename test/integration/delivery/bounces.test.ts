import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import { readReportCounts } from '../../../src/db/delivery/bounces.ts';
import { planDelivery } from '../../../src/db/delivery/deliveries.ts';
import { readPause } from '../../../src/db/delivery/smtp-circuits.ts';
import { writeSetting } from '../../../src/db/settings.ts';
import { formerKeysSetting, sealFormer } from '../../../src/db/subscribers/former-keys.ts';
import { findSuppression } from '../../../src/db/subscribers/subscribers.ts';
import { type Context, smtpCircuitOf } from '../../../src/jobs/context.ts';
import { makeMessageId } from '../../../src/jobs/delivery/message-id.ts';
import { takeBounce } from '../../../src/jobs/delivery/record-bounce.ts';
import { checkAlarms, findAlarms } from '../../../src/jobs/ops/alarms.ts';
import { openKeys } from '../../../src/keys.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { makeDataDir, programPath, runProgram, serverVariables } from '../../support/program.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const folder = new URL('../../fixtures/bounces/', import.meta.url);
const sampleId = '<0123456789abcdef0123456789abcdef01234567@bell.example.org>';
const dayMinutes = 24 * 60;
const context = () => mail.world.context;
const db = () => context().db;

/** A sample as a mail server would write it of one of our mails. */
function reportOf(name: string, messageId: string | null): Buffer {
  const text = readFileSync(new URL(`${name}.eml`, folder), 'utf8');
  return Buffer.from(text.replaceAll(sampleId, messageId ?? 'none'));
}

/** A mail that was sent is reported on. */
async function report(name: string, id = mail.ids[0] ?? -1) {
  return takeBounce(context(), reportOf(name, (await mail.row(id)).message_id));
}

async function suppressions(): Promise<string[]> {
  const rows = await db().selectFrom('suppressions').select('reason').execute();
  return rows.map(({ reason }) => reason);
}

type Kind = Parameters<typeof planDelivery>[1]['kind'];
const toAdmins = new Set<Kind>(['alert', 'admin']);

/** Every kind of mail that there can be, as the database has them. */
async function kindsOfMail(): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select pg_get_constraintdef(oid) as text from pg_constraint
    where conrelid = 'deliveries'::regclass and conname = 'deliveries_kind_check'`.execute(db());
  return [...(rows[0]?.text ?? '').matchAll(/'([\w-]+)'/g)].map(([, kind = '']) => kind);
}

/** Someone follows a list that has ended. Returns the edit that tells so. */
async function endedList(subscriberId: number): Promise<{ followId: number; from: number; to: number }> {
  const { rows } = await sql<{ followId: number }>`
    with ended as (
      insert into lists (slug, name, organization, created_at, changed_at, ended_at)
      values (gen_random_uuid()::text, 'A list', '', now(), now(), now()) returning id)
    insert into list_follows (list_id, subscriber_id, created_at)
    select id, ${subscriberId}, now() from ended returning id as "followId"`.execute(db());
  return { followId: rows[0]?.followId ?? 0, from: 0, to: 1 };
}

/** Someone who follows a list gets its report. Returns its id. */
async function orderedReport(subscriberId: number): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    with living as (
      insert into lists (slug, name, organization, created_at, changed_at)
      values (gen_random_uuid()::text, 'A list', '', now(), now()) returning id
    ), followed as (
      insert into list_follows (list_id, subscriber_id, created_at, confirmed_at, wants_reports, wording_version,
        wording_hash, way, min_age)
      select id, ${subscriberId}, now(), now(), true, 'sign-up-4', 'x', 'on paper', 16 from living)
    insert into list_reports (list_id, content, ordered_at, due_at)
    select id, ${JSON.stringify({
      ...{ list: { name: 'A list', organization: '' }, introduction: '', contact: '', reasons: {} },
      ...{
        period: { from: '2026-11-01', to: '2026-11-02' },
        digest: null,
        checking: false,
        changedAgain: [],
      },
    })}::jsonb, now(), now() from living returning id`.execute(db());
  return rows[0]?.id ?? 0;
}

/** A mail of a kind is promised: to the first subscriber, or to an address of its own. */
async function plan(kind: Kind, to: string | null = null): Promise<number> {
  const { keys, now } = context();
  const { id } = await db().selectFrom('subscribers').select('id').orderBy('id').executeTakeFirstOrThrow();
  const { rows: followed } = await sql<{
    id: number;
  }>`select id from subscriptions where subscriber_id = ${id}`.execute(db());
  // What any kind of mail is made of.
  const parts = {
    ...{ token: 'x'.repeat(43), side: 'new', name: 'held', message: 'x' },
    ...{ subscriptionIds: followed.map((one) => one.id), since: now() },
    ...(kind === 'list' ? { listEdits: [await endedList(id)] } : {}),
  };
  const params = keys.encrypt(JSON.stringify(parts));
  const subscriberId = toAdmins.has(kind) ? null : id;
  return planDelivery(db(), {
    ...(kind === 'report' ? { listReportId: await orderedReport(id) } : {}),
    kind,
    subscriberId,
    address: to === null ? null : keys.encrypt(to),
    params,
    now: now(),
  });
}

/** A mail to the subscriber is sent; returns it. */
async function sendAnother(): Promise<number> {
  const id = await plan('manage');
  expect(await mail.send(id)).toBe('sent');
  return id;
}

describe('E6: returned mail', () => {
  it.each([
    ['postfix-unknown-user', 'hard', 'hard-bounce'],
    ['gmail-disabled', 'hard', 'hard-bounce'],
    ['yahoo-complaint', 'complaint', 'complaint'],
    ['fastmail-complaint', 'complaint', 'complaint'],
  ])('E6: %s (%s) of a mail that was sent stops mail to its address', async (name, kind, reason) => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    await mail.send();
    expect(await report(name)).toEqual({ kind, deliveryId: mail.ids[0], suppressed: true });
    expect(await suppressions()).toEqual([reason]);
    expect(await mail.send(await plan('welcome'))).toBe('suppressed');
    // Nobody else is touched.
    expect(await mail.send(mail.ids[1])).toBe('sent');
    expect(await readReportCounts(db())).toEqual({ [kind]: 1 });
  });

  it('E6: a suppressed address is mailed on no path: every kind of mail that the ledger knows', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    await mail.send();
    await report('yahoo-complaint');
    // She follows one thing, and has yet to confirm another.
    const [held] = await sql<{ address_hash: Buffer; reason: string; since: string }>`delete from suppressions
      returning *`
      .execute(db())
      .then(({ rows }) => rows);
    await mail.world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await sql`update subscriptions set state = 'pending' where kind = 'condition'`.execute(db());
    if (!held) throw new Error('nothing was stopped');
    const stop = () => db().insertInto('suppressions').values(held).execute();
    await stop();
    await sql`update deliveries set phase = 'planned', attempts = 0 where id = ${mail.ids[0]}`.execute(db());

    const before = mail.sink.mails.length;
    expect(await mail.send(mail.ids[0])).toBe('suppressed');
    const kinds = await kindsOfMail();
    expect(kinds.length).toBeGreaterThan(4);
    const others = kinds.filter((kind) => kind !== 'digest') as Kind[];
    for (const kind of others)
      for (const to of toAdmins.has(kind) ? ['ann@EXAMPLE.net'] : [null, 'ann@example.net'])
        expect([kind, to, await mail.send(await plan(kind, to))]).toEqual([kind, to, 'suppressed']);
    expect(mail.sink.mails).toHaveLength(before);
    // The same mails go to an address that is not stopped.
    await sql`delete from suppressions`.execute(db());
    for (const kind of others)
      expect([
        kind,
        await mail.send(await plan(kind, toAdmins.has(kind) ? 'ann@example.net' : null)),
      ]).toEqual([kind, 'sent']);
    expect(mail.sink.mails).toHaveLength(before + others.length);
  });

  it('E6: an address that was stopped under a former key is mailed on no path either', async () => {
    mail = await openMailWorld({ people: ['ann@example.net'] });
    const former = context().keys;
    await sql`insert into suppressions values (${former.hashAddress('ann@example.net')}, 'never', now())`.execute(
      db(),
    );
    const keys = openKeys('the next key of the tests, forty characters');
    await sql`update subscribers set address = ${keys.encrypt('ann@example.net')},
      address_hash = ${keys.hashAddress('ann@example.net')}`.execute(db());
    await writeSetting(db(), formerKeysSetting, sealFormer([former.exportFormer()], keys));
    expect(await mail.send(mail.ids[0], { ...context(), keys })).toBe('suppressed');
    expect(mail.sink.mails).toEqual([]);
  });

  it('E6: a new address that the server does not know is stopped, and not the one it was to take the place of', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'rcpt', how: '550 5.1.1 unknown', times: 1 });
    expect(await mail.send(await plan('address', 'mistyped@example.net'))).toBe('failed');
    expect(await findSuppression(db(), context().keys, 'mistyped@example.net')).toBe('hard-bounce');
    expect(await findSuppression(db(), context().keys, 'ann@example.net')).toBeNull();
    expect(await mail.send()).toBe('sent');
  });

  it('E6: an alarm claimed before its address was stopped does not go out', async () => {
    mail = await openMailWorld();
    const { keys, now } = context();
    const id = await plan('alert', 'admin@example.org');
    const late: Context = {
      ...context(),
      mailer: {
        async send({ beforeBody }) {
          await sql`insert into suppressions values (${keys.hashAddress('admin@example.org')}, 'complaint', ${now()})`.execute(
            db(),
          );
          return (await beforeBody()) ? { phase: 'sent', reply: '250' } : { phase: 'refused-by-ledger' };
        },
        close() {},
      },
    };
    expect(await mail.send(id, late)).toBe('suppressed');
  });

  it('E6: five mails in a row, over 14 days, that a mailbox would not take stop mail to it; the same one again does not', async () => {
    mail = await openMailWorld();
    await mail.send();
    expect(await report('postfix-mailbox-full')).toMatchObject({ kind: 'soft', suppressed: false });
    expect(await report('gmail-over-quota')).toMatchObject({ kind: 'repeated', suppressed: false });
    for (const days of [4, 4, 4]) {
      mail.wait(days * dayMinutes);
      const id = await sendAnother();
      expect(await report('postfix-expired', id)).toMatchObject({ kind: 'soft', suppressed: false });
    }
    mail.wait(1 * dayMinutes);
    expect(await report('exim-retry-timeout', await sendAnother())).toMatchObject({ suppressed: false });
    expect(await suppressions()).toEqual([]);
    mail.wait(1 * dayMinutes);
    expect(await report('exchange-quota', await sendAnother())).toMatchObject({ suppressed: true });
    expect(await suppressions()).toEqual(['soft-bounces']);
  });

  it.each(['postfix-delayed', 'postfix-relayed', 'arf-not-spam', 'postfix-too-large'])(
    'E6: %s touches nobody',
    async (name) => {
      mail = await openMailWorld();
      await mail.send();
      expect(await report(name)).toMatchObject({ deliveryId: mail.ids[0], suppressed: false });
      expect(await suppressions()).toEqual([]);
      await sendAnother();
    },
  );
});

describe('E6: 5.7.x and 4.7.x', () => {
  it.each(['postfix-blocklist', 'postfix-yahoo-deferred', 'exim-spam', 'exchange-group'])(
    'E6, B5: %s is never the recipient’s fault: an admin is told, and of several recipients all mail pauses',
    async (name) => {
      mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net', 'eve@example.net'] });
      context().config.adminEmails.push('admin@example.org');
      const alarms = async () => (await mail.ledger()).filter(({ kind }) => kind === 'alert').length;
      await mail.send(mail.ids[0]);
      await mail.send(mail.ids[1]);
      const untouched = { kind: 'policy', deliveryId: mail.ids[0], suppressed: false };
      expect(await report(name)).toEqual(untouched);
      expect(await suppressions()).toEqual([]);
      expect(await alarms()).toBe(1);
      expect(await report(name, await sendAnother())).toMatchObject({ kind: 'policy' });
      expect(await readPause(db(), smtpCircuitOf(context()) ?? '')).toBeNull();
      expect(await report(name, mail.ids[1])).toMatchObject({ kind: 'policy', suppressed: false });
      expect(await mail.send(mail.ids[2])).toBe('retry');
      expect(await checkAlarms(context())).toEqual(['mail-paused']);
      expect(await alarms()).toBe(2);
      mail.wait(15);
      expect(await mail.send(mail.ids[2])).toBe('sent');
    },
  );

  it('E6: one person’s mails that come back so again, after others went through, hold up nobody else', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net', 'eve@example.net'] });
    const [ann, bob, eve] = mail.ids;
    for (const id of [ann, bob]) await mail.send(id);
    await report('exchange-group', ann);
    await report('exchange-group', bob);
    const circuit = smtpCircuitOf(context()) ?? '';
    expect((await readPause(db(), circuit))?.reason).toBe('policy');
    context().config.adminEmails.push('admin@example.org');
    const alarms = async () => (await mail.ledger()).filter(({ kind }) => kind === 'alert').length;
    mail.wait(15);
    expect(await mail.send(eve)).toBe('sent');
    const again = await sendAnother();
    expect(await report('exchange-group', again)).toMatchObject({ kind: 'policy', suppressed: false });
    expect(await readPause(db(), circuit)).toBeNull();
    expect(await alarms()).toBe(0);
    // Of another person it is news, but not yet of several.
    expect(await report('exchange-group', eve)).toMatchObject({ kind: 'policy' });
    expect(await readPause(db(), circuit)).toBeNull();
    expect(await alarms()).toBe(0);
  });
});

describe('E6: forged reports', () => {
  /** Nothing follows from a report but that it is counted. */
  async function expectIgnored(raw: Buffer, kind = 'foreign', times = 1): Promise<void> {
    const circuits = await db().selectFrom('smtp_circuits').selectAll().execute();
    const known = await db().selectFrom('bounces').selectAll().execute();
    expect(await takeBounce(context(), raw)).toEqual({ kind, deliveryId: null, suppressed: false });
    expect(await suppressions()).toEqual([]);
    expect(await db().selectFrom('bounces').selectAll().execute()).toEqual(known);
    expect(await db().selectFrom('smtp_circuits').selectAll().execute()).toEqual(circuits);
    expect(await readReportCounts(db())).toMatchObject({ [kind]: times });
  }

  it('E6: one that names no mail of ours is ignored and counted, whatever address it names', async () => {
    mail = await openMailWorld({ people: ['ann@example.net'] });
    await mail.send();
    let times = 0;
    for (const name of [
      'postfix-unknown-user',
      'yahoo-complaint',
      'postfix-blocklist',
      'gmail-unknown-user',
    ]) {
      times += 1;
      await expectIgnored(reportOf(name, sampleId), 'foreign', times);
    }
    await expectIgnored(reportOf('postfix-unknown-user', null), 'foreign', times + 1);
    await expectIgnored(Buffer.from('From: ann@example.net\n\nAway until May\n'), 'none');
    await sendAnother();
  });

  it('E6: a Message-ID cannot be made up without the key, nor used before its mail went out', async () => {
    mail = await openMailWorld();
    const delivery = { id: mail.ids[0] ?? -1, messageDate: context().now(), to: 'ann@example.net' };
    const host = 'bell.example.org';
    const right = makeMessageId(context().keys, delivery, host);
    await expectIgnored(reportOf('postfix-unknown-user', right));
    await mail.send();
    expect((await mail.row()).message_id).toBe(right);
    const guessed = makeMessageId(openKeys('another key of forty characters at the least'), delivery, host);
    await expectIgnored(reportOf('postfix-unknown-user', guessed), 'foreign', 2);
    expect(await takeBounce(context(), reportOf('postfix-unknown-user', right))).toMatchObject({
      suppressed: true,
    });
  });

  it.each([
    ['bell', 'Trialbell <bell@example.org>', (to: string) => to],
    ['in capital letters', 'bell@example.org', (to: string) => to.toUpperCase()],
    [
      'with a comment and other words',
      'Bell <bell=news@BÜCHER.example>',
      (to: string) => `The bell (it) <${to}>`,
    ],
  ])(
    'E6: with BOUNCE_VERP a report that quotes nothing names its mail by its own address: %s',
    async (_, mailFrom, spell) => {
      mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
      Object.assign(context().config, { bounceVerp: true, mailFrom });
      for (const id of mail.ids) await mail.send(id);
      const [{ from: returnsTo = '', message } = {}] = mail.sink.mails;
      const { message_id: id } = await mail.row();
      expect(returnsTo).toMatch(/^bell(=news)?\+[0-9a-f]{40}@(example\.org|xn--bcher-kva\.example)$/);
      expect(returnsTo.length).toBeLessThanOrEqual(254);
      // Readers see the plain address, and answer there.
      expect(message?.toString()).toMatch(/^From: .*<?bell(=news)?@/m);
      const raw = reportOf('postfix-unknown-user', null).toString();
      const returned = (to: string) => raw.replace(/^To: .*$/m, `To: ${to}`);
      await expectIgnored(Buffer.from(returned(spell(returnsTo.replace(/\+[0-9a-f]{4}/, '+0000')))));
      expect(await takeBounce(context(), Buffer.from(returned(spell(returnsTo))))).toEqual({
        kind: 'hard',
        deliveryId: mail.ids[0],
        suppressed: true,
      });
      expect(id).toContain(/\+([0-9a-f]{40})@/.exec(returnsTo)?.[1]);
      // An absence note to that address is no report.
      const away = `From: bob@example.net\r\nTo: ${mail.sink.mails[1]?.from}\r\nSubject: Away\r\n\r\nI am away.\r\n`;
      expect(await takeBounce(context(), Buffer.from(away))).toMatchObject({
        kind: 'none',
        suppressed: false,
      });
    },
  );

  it('E6: a mail that the server refused cannot come back', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'dot', how: '552 5.3.4 too large' });
    expect(await mail.send()).toBe('failed');
    const { message_id: id } = await mail.row();
    expect(id).toMatch(/^<[0-9a-f]{40}@/);
    await expectIgnored(reportOf('postfix-unknown-user', id));
  });

  it('E6: mail returned from an old address does not affect the new one', async () => {
    mail = await openMailWorld();
    await mail.send();
    const { keys } = context();
    await sql`update subscribers set address = ${keys.encrypt('new@example.net')},
      address_hash = ${keys.hashAddress('new@example.net')}`.execute(db());
    const { message_id: id } = await mail.row();
    await expectIgnored(reportOf('postfix-unknown-user', id));
  });

  it('E6: a report of a mail sent under a former key counts, and stops the address under the key in use', async () => {
    mail = await openMailWorld();
    await mail.send();
    const { message_id: id } = await mail.row();
    const former = context().keys;
    const keys = openKeys('the next key of the tests, forty characters');
    await sql`update subscribers set address = ${keys.encrypt('ann@example.net')},
      address_hash = ${keys.hashAddress('ann@example.net')}`.execute(db());
    await writeSetting(db(), formerKeysSetting, sealFormer([former.exportFormer()], keys));
    const turned = { ...context(), keys };
    expect(await takeBounce(turned, reportOf('postfix-unknown-user', id))).toMatchObject({
      suppressed: true,
    });
    const rows = await db().selectFrom('suppressions').select('address_hash').execute();
    expect(rows).toEqual([{ address_hash: keys.hashAddress('ann@example.net') }]);
  });

  it('E6, P5: a report of a reader who was erased is ignored; a complaint outlasts “never mail me”', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    for (const id of mail.ids) await mail.send(id);
    const { message_id: id } = await mail.row();
    await sql`delete from subscribers where id in (select min(id) from subscribers)`.execute(db());
    await expectIgnored(reportOf('yahoo-complaint', id));
    const never = context().keys.hashAddress('bob@example.net');
    await sql`insert into suppressions values (${never}, 'never', now())`.execute(db());
    await report('yahoo-complaint', mail.ids[1]);
    expect(await suppressions()).toEqual(['complaint']);
  });
});

describe('many mails that come back', () => {
  /** Adds mails of the last hours, and addresses that turned out to be dead. */
  async function fill(mails: number, dead: number, hoursAgo = 1): Promise<void> {
    const at = new Date(Date.parse(context().now()) - hoursAgo * 3_600_000).toISOString();
    await sql`insert into deliveries (kind, subscriber_id, phase, due_at, planned_at, body_at, finished_at)
      select 'manage', p.id, 'sent', ${at}, ${at}, ${at}, ${at}
      from (select min(id) as id from subscribers) p, generate_series(1, ${mails}::int) n`.execute(db());
    await sql`insert into suppressions select int4send(n), 'hard-bounce', ${at}
      from generate_series(1, ${dead}::int) n`.execute(db());
  }
  const message = async () => {
    const alarms = await findAlarms(context());
    return alarms.find(({ name }) => name === 'bounces-many')?.message ?? null;
  };

  it.each([
    [200, 4, 1, false],
    [200, 5, 1, true],
    [199, 4, 1, true],
    [99, 50, 1, false],
    [100, 3, 1, true],
    [200, 100, 25, false],
  ])('R9: of %i mails %i to dead mailboxes, %i hours ago: alarms, %s', async (mails, dead, hours, alarms) => {
    mail = await openMailWorld();
    await fill(mails, dead, hours);
    const said = await message();
    expect(said !== null).toBe(alarms);
    if (alarms) expect(said).toMatch(new RegExp(`^${dead} of the ${mails} emails of the last day`));
  });

  it('R9: admins are mailed of it, whether the server said so at once or in a report', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net', 'eve@example.net'] });
    context().config.adminEmails.push('admin@example.org');
    await fill(97, 0);
    await mail.send(mail.ids[0]);
    await report('postfix-unknown-user', mail.ids[0]);
    await mail.send(mail.ids[1]);
    await report('gmail-disabled', mail.ids[1]);
    expect(await checkAlarms(context())).toEqual([]);
    mail.sink.fail({ at: 'rcpt', how: '550 5.1.1 unknown', times: 1 });
    expect(await mail.send(mail.ids[2])).toBe('failed');
    expect(await checkAlarms(context())).toEqual(['bounces-many']);
    const alert = (await mail.ledger()).find(({ kind }) => kind === 'alert');
    await mail.send(alert?.id);
    expect(mail.sink.mails.at(-1)?.message.toString()).toMatch(/Subject: .*many emails come back/);
    expect(mail.sink.mails.at(-1)?.message.toString()).toContain('3 of the 100 emails of the last day (3 %)');
  });
});

describe('the hook', () => {
  it('P1: the stored part of a report names nobody', async () => {
    mail = await openMailWorld();
    context().config.adminEmails.push('admin@example.org');
    await mail.send();
    for (const name of [
      'postfix-blocklist',
      'postfix-mailbox-full',
      'postfix-unknown-user',
      'yahoo-complaint',
    ])
      await report(name);
    const dump = (await mail.world.dump()).join('\n');
    expect(dump).toMatch(/^bounces\./m);
    expect(dump).not.toMatch(/ann@|admin@|quota exceeded/);
  });

  it('R9: an admin whose address was stopped hears nothing, and the others are told', async () => {
    mail = await openMailWorld();
    context().config.adminEmails.push('one@example.org', 'two@example.org');
    const id = await plan('alert', 'one@example.org');
    await mail.send(id);
    expect(await report('postfix-unknown-user', id)).toMatchObject({ suppressed: true });
    expect(await checkAlarms(context())).toEqual(['admin-stopped']);
    const alerts = (await mail.ledger()).filter(({ kind, phase }) => kind === 'alert' && phase === 'planned');
    expect(alerts).toHaveLength(2);
    const phases = await Promise.all(alerts.map(({ id }) => mail.send(id)));
    expect(phases.sort()).toEqual(['sent', 'suppressed']);
    expect(mail.sink.mails.at(-1)?.to).toEqual(['two@example.org']);
    const { text } = await PostalMime.parse(mail.sink.mails.at(-1)?.message ?? '');
    expect(text?.replace(/\s+/g, ' ')).toContain('number 1 (hard-bounce)');
  });

  it('takes a report from a file or standard input, and says in words what followed', async () => {
    mail = await openMailWorld();
    await mail.send();
    const place = makeDataDir();
    const env = { ...(await serverVariables(mail.world.databaseUrl)), DATA_DIR: place.path };
    const file = join(place.path, 'report.eml');
    writeFileSync(file, reportOf('postfix-mailbox-full', (await mail.row()).message_id));
    const soft = await runProgram(['bounce', file], env);
    expect(soft).toEqual({
      code: 0,
      stderr: '',
      stdout: `Email ${mail.ids[0]}: the mailbox could not take the email.\n`,
    });
    const pipe = (input: Buffer) => {
      const { status, stdout } = spawnSync(process.execPath, [programPath(), 'bounce'], {
        env,
        input,
        encoding: 'utf8',
      });
      return [status, stdout];
    };
    expect(pipe(reportOf('yahoo-complaint', (await mail.row()).message_id))).toEqual([
      0,
      `Email ${mail.ids[0]}: the reader reported it as spam. Its address gets no more email.\n`,
    ]);
    expect(pipe(reportOf('yahoo-complaint', sampleId))).toEqual([
      0,
      'The report names no email that was sent from here. It is counted and ignored.\n',
    ]);
    expect(pipe(Buffer.from('Away until May'))).toEqual([
      0,
      'This is not a report from a mail server. It is counted and ignored.\n',
    ]);
    expect(pipe(Buffer.alloc(6_000_000, 'x'))).toEqual([
      0,
      'This is too large to be a report. It is counted and ignored.\n',
    ]);
    const missing = await runProgram(['bounce', `${file}.none`], env);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining(`The message in ${file}.none cannot be read: ENOENT`),
    ]);
    expect(await readReportCounts(db())).toEqual({
      ...{ soft: 1, complaint: 1, foreign: 1 },
      ...{ none: 1, oversized: 1 },
    });
    rmSync(place.path, { recursive: true });
  });
});
