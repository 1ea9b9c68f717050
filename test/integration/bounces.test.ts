import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { readReportCounts } from '../../src/db/bounces.ts';
import { planDelivery } from '../../src/db/deliveries.ts';
import { formerKeysSetting, sealFormer } from '../../src/db/former-keys.ts';
import { liftPause, readPause } from '../../src/db/lanes.ts';
import { writeSetting } from '../../src/db/settings.ts';
import { checkAlarms } from '../../src/jobs/alarms.ts';
import { takeBounce } from '../../src/jobs/bounces.ts';
import { type Context, laneOf } from '../../src/jobs/context.ts';
import { makeMessageId } from '../../src/jobs/message-id.ts';
import { openKeys } from '../../src/keys.ts';
import { type MailWorld, openMailWorld } from '../support/mail-world.ts';
import { makeDataDir, runProgram, serverVariables } from '../support/program.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const folder = new URL('../fixtures/bounces/', import.meta.url);
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

/** A mail of a kind is promised: to the first subscriber, or to an address of its own. */
async function plan(kind: Kind, to: string | null = null): Promise<number> {
  const { keys, now } = context();
  const { id } = await db().selectFrom('subscribers').select('id').orderBy('id').executeTakeFirstOrThrow();
  const params = keys.encrypt(
    JSON.stringify({ token: 'x'.repeat(43), side: 'new', name: 'held', message: 'x' }),
  );
  const subscriberId = kind === 'alert' ? null : id;
  return planDelivery(db(), {
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

describe('E6: what comes back', () => {
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
    expect(await mail.send(await plan('manage'))).toBe('suppressed');
    // Nobody else is touched.
    expect(await mail.send(mail.ids[1])).toBe('sent');
    expect(await readReportCounts(db())).toEqual({ [kind]: 1 });
  });

  it('E6: a suppressed address is mailed on no path: digest, confirmation, link, change of address, alarm', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    await mail.send();
    await report('yahoo-complaint');
    await mail.world.subscribe('bob@example.net', { conditions: ['asthma'] });
    await sql`update deliveries set phase = 'planned', attempts = 0 where id = ${mail.ids[0]}`.execute(db());
    await sql`update subscriptions set state = 'pending' where id in (select min(id) from subscriptions)`.execute(
      db(),
    );
    const stopped = [
      await plan('confirmation'),
      await plan('manage'),
      await plan('address'),
      await plan('address', 'ann@EXAMPLE.net'),
      await plan('alert', 'ann@example.net'),
    ];
    const before = mail.sink.mails.length;
    for (const id of stopped) expect([id, await mail.send(id)]).toEqual([id, 'suppressed']);
    await sql`update subscriptions set state = 'active'`.execute(db());
    expect(await mail.send(mail.ids[0])).toBe('suppressed');
    expect(mail.sink.mails).toHaveLength(before);
    // The same mails go to an address that is not stopped.
    await sql`delete from suppressions`.execute(db());
    expect(await mail.send(await plan('alert', 'ann@example.net'))).toBe('sent');
    expect(await mail.send(await plan('address', 'ann@example.net'))).toBe('sent');
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

  it('E6: five mails in 14 days that a mailbox would not take stop mail to it; fewer, or the same one again, do not', async () => {
    mail = await openMailWorld();
    await mail.send();
    expect(await report('postfix-mailbox-full')).toMatchObject({ kind: 'soft', suppressed: false });
    expect(await report('gmail-over-quota')).toMatchObject({ kind: 'repeated', suppressed: false });
    for (const days of [4, 4, 4]) {
      mail.wait(days * dayMinutes);
      const id = await sendAnother();
      expect(await report('postfix-expired', id)).toMatchObject({ kind: 'soft', suppressed: false });
    }
    // The first one is 15 days old now.
    mail.wait(3 * dayMinutes);
    expect(await report('exim-retry-timeout', await sendAnother())).toMatchObject({ suppressed: false });
    expect(await suppressions()).toEqual([]);
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
    'E6: %s is never the recipient’s fault: all mail pauses, an admin is told',
    async (name) => {
      mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
      context().config.adminEmails.push('admin@example.org');
      await mail.send();
      expect(await report(name)).toEqual({ kind: 'policy', deliveryId: mail.ids[0], suppressed: false });
      expect(await suppressions()).toEqual([]);
      expect(await mail.send(mail.ids[1])).toBe('retry');
      expect(mail.sink.mails).toHaveLength(1);
      expect(await checkAlarms(context())).toEqual(['mail-paused']);
      expect((await mail.ledger()).filter(({ kind }) => kind === 'alert')).toHaveLength(1);
      mail.wait(15);
      expect(await mail.send(mail.ids[1])).toBe('sent');
    },
  );

  it('E6: one person’s mails that come back so again, after others went through, hold up nobody else', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    await mail.send();
    await report('exchange-group');
    const lane = laneOf(context()) ?? '';
    context().config.adminEmails.push('admin@example.org');
    const alarms = async () => (await mail.ledger()).filter(({ kind }) => kind === 'alert').length;
    mail.wait(15);
    expect(await mail.send(mail.ids[1])).toBe('sent');
    const again = await sendAnother();
    expect(await report('exchange-group', again)).toMatchObject({ kind: 'policy', suppressed: false });
    expect(await readPause(db(), lane)).toBeNull();
    expect(await alarms()).toBe(0);
    // Of another person it is news.
    expect(await report('exchange-group', mail.ids[1])).toMatchObject({ kind: 'policy' });
    expect((await readPause(db(), lane))?.reason).toBe('policy');
    await liftPause(db(), lane, { now: context().now(), probing: true, only: null });
  });
});

describe('E6: forged reports', () => {
  /** Nothing follows from a report but that it is counted. */
  async function expectIgnored(raw: Buffer, kind = 'foreign', times = 1): Promise<void> {
    const lanes = await db().selectFrom('lanes').selectAll().execute();
    expect(await takeBounce(context(), raw)).toEqual({ kind, deliveryId: null, suppressed: false });
    expect(await suppressions()).toEqual([]);
    expect(await db().selectFrom('bounces').selectAll().execute()).toEqual([]);
    expect(await db().selectFrom('lanes').selectAll().execute()).toEqual(lanes);
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

  it('E6: a mail that the server refused cannot come back', async () => {
    mail = await openMailWorld();
    mail.sink.fail({ at: 'dot', how: '552 5.3.4 too large' });
    expect(await mail.send()).toBe('failed');
    const { message_id: id } = await mail.row();
    expect(id).toMatch(/^<[0-9a-f]{40}@/);
    await expectIgnored(reportOf('postfix-unknown-user', id));
  });

  it('E6: the address somebody changed to is not touched by what comes back from the old one', async () => {
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

describe('the hook', () => {
  it('P1: what is kept of a report names nobody', async () => {
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
    expect(mail.sink.mails.at(-1)?.message.toString()).toContain('number 1 (hard-bounce)');
  });

  it('takes a report from a file or standard input, and says in words what followed', {
    timeout: 120_000,
  }, async () => {
    mail = await openMailWorld();
    await mail.send();
    const place = makeDataDir();
    const env = { ...(await serverVariables(mail.world.databaseUrl)), DATA_DIR: place.path };
    const file = join(place.path, 'report.eml');
    writeFileSync(file, reportOf('postfix-mailbox-full', (await mail.row()).message_id));
    const soft = await runProgram(['bounce', file], env);
    expect(soft).toEqual({ code: 0, stderr: '', stdout: `Mail ${mail.ids[0]}: its mailbox took no mail.\n` });
    const bin = new URL('../../src/bin.js', import.meta.url).pathname;
    const pipe = (input: Buffer) => {
      const { status, stdout } = spawnSync(process.execPath, [bin, 'bounce'], {
        env,
        input,
        encoding: 'utf8',
      });
      return [status, stdout];
    };
    expect(pipe(reportOf('yahoo-complaint', (await mail.row()).message_id))).toEqual([
      0,
      `Mail ${mail.ids[0]}: its reader called it spam. Nothing more goes to its address.\n`,
    ]);
    expect(pipe(reportOf('yahoo-complaint', sampleId))).toEqual([
      0,
      'The report names no mail that was sent from here. It is ignored, and counted.\n',
    ]);
    expect(pipe(Buffer.from('Away until May'))).toEqual([
      0,
      'This is no report of a mail server. It is ignored, and counted.\n',
    ]);
    expect(pipe(Buffer.alloc(6_000_000, 'x'))).toEqual([
      0,
      'This is too large to be a report. It is ignored, and counted.\n',
    ]);
    const missing = await runProgram(['bounce', `${file}.none`], env);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining('The message cannot be read'),
    ]);
    expect(await readReportCounts(db())).toEqual({
      ...{ soft: 1, complaint: 1, foreign: 1 },
      ...{ none: 1, oversized: 1 },
    });
    rmSync(place.path, { recursive: true });
  });
});
