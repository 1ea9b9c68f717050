import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../../src/db/audit-log.ts';
import { writeSetting } from '../../../src/db/settings.ts';
import { formerKeysSetting, sealFormer } from '../../../src/db/subscribers/former-keys.ts';
import { findSuppression } from '../../../src/db/subscribers/subscribers.ts';
import { liftSuppression, readSuppression } from '../../../src/db/subscribers/suppressions.ts';
import { openKeys } from '../../../src/keys.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { expectSentence, runProgram, serverVariables } from '../../support/program.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const context = () => mail.world.context;
const db = () => context().db;
const now = () => context().now();

async function stop(email: string, reason: string, since = now(), { keys } = context()): Promise<void> {
  await sql`insert into suppressions values (${keys.hashAddress(email)}, ${reason}, ${since})`.execute(db());
}

/** Runs the verb as a process. */
async function open() {
  mail = await openMailWorld({ people: ['ann@example.net'] });
  const env = { ...(await serverVariables(mail.world.databaseUrl)), DATA_DIR: context().config.dataDir };
  return (...args: string[]) => runProgram(['suppressions', ...args], env);
}

describe('suppressions', () => {
  it('P1, P5: lists how many and why, and names no address; looks one up by its keyed hash', async () => {
    const run = await open();
    await stop('ann@example.net', 'hard-bounce', '2026-11-01T10:00:00.000Z');
    await stop('bob@example.net', 'hard-bounce', '2026-11-03T10:00:00.000Z');
    await stop('eve@example.net', 'never', '2026-11-02T10:00:00.000Z');
    const { stdout, code } = await run();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^2 +hard-bounce +the mailbox does not exist +2026-11-01 +2026-11-03$/m);
    expect(stdout).toMatch(/^1 +never +the reader asked never to get email again +2026-11-02 +2026-11-02$/m);
    const json = await run('--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      suppressions: [
        { reason: 'hard-bounce', count: 2 },
        { reason: 'never', count: 1 },
      ],
      lifted: [],
    });
    const hash = context().keys.hashAddress('ann@example.net');
    for (const text of [stdout, json.stdout])
      for (const secret of ['ann', 'bob', 'example', '@', hash.toString('hex'), hash.toString('base64')])
        expect(text).not.toContain(secret);
    expect((await run('eve@EXAMPLE.net')).stdout).toBe(
      'This address is suppressed: never, since 2026-11-02 (the reader asked never to get email again).\n',
    );
  });

  it('E6, P5: lifted with a reason, mail goes again; why is kept, whose it was is not', async () => {
    const run = await open();
    await stop('ann@example.net', 'hard-bounce');
    expect(await mail.send()).toBe('suppressed');
    const lifted = await run(
      '--lift',
      'ann@example.net',
      '--reason',
      'ann@example.net called: mailbox restored',
    );
    expect(lifted).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^This address can get email again/),
    });
    await sql`update deliveries set phase = 'planned' where id = ${mail.ids[0]}`.execute(db());
    expect(await mail.send()).toBe('sent');
    expect(await db().selectFrom('suppressions').selectAll().execute()).toEqual([]);
    const listed = (await run()).stdout;
    expect(listed).toMatch(
      /^Lifted on [\d-]+: hard-bounce of 2026-11-04, because: \[address\] called: mailbox/m,
    );
    const hash = context().keys.hashAddress('ann@example.net').toString('hex');
    const kept = (await mail.world.dump()).filter((line) => line.startsWith('lifted_suppressions.'));
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.join('\n')).not.toMatch(new RegExp(`ann|${hash}`));
  });

  it('P8: what is lifted stands in the audit log, without whose it was; what is not lifted does not', async () => {
    const run = await open();
    await stop('ann@example.net', 'complaint');
    const lift = () => run('--lift', 'ann@example.net', '--reason', 'ann@example.net wrote to us');
    expect([(await lift()).code, (await lift()).code]).toEqual([0, 1]);
    const filter = { actor: null, act: null, subject: null, from: null, until: null };
    expect(await listAudit(db(), filter, { before: null, limit: 10 })).toMatchObject([
      {
        actor: 'command line',
        act: 'lift-suppression',
        subject: 'suppression',
        reason: '[address] wrote to us',
        details: { why: 'complaint' },
      },
    ]);
  });

  it('lifts nothing without a reason, nor what was not stopped: each in a sentence', async () => {
    const run = await open();
    await stop('ann@example.net', 'complaint');
    expectSentence(await run('--lift', 'ann@example.net', '--reason', '  '), 2, /--lift needs --reason TEXT/);
    expectSentence(await run('--reason', 'because'), 2, /--reason needs --lift EMAIL/);
    expectSentence(await run('--lift', 'bob@example.net', '--reason', 'asked'), 1, /is not suppressed/);
    expect(await findSuppression(db(), context().keys, 'ann@example.net')).toBe('complaint');
    expect(await db().selectFrom('lifted_suppressions').selectAll().execute()).toEqual([]);
  });
});

const lift = (email: string, how: { why: string; now: string }, keys = context().keys) =>
  db()
    .transaction()
    .execute((tx) => liftSuppression(tx, keys, email, how));

describe('lifting', () => {
  it('P5: of an address that was stopped under a former key', async () => {
    mail = await openMailWorld();
    const keys = openKeys('the next key of the tests, forty characters');
    await stop('gone@example.net', 'never');
    await writeSetting(db(), formerKeysSetting, sealFormer([context().keys.exportFormer()], keys));
    expect(await readSuppression(db(), keys, 'gone@example.net')).toMatchObject({ reason: 'never' });
    const how = { why: 'asked for from that address', now: now() };
    expect(await lift('gone@example.net', how, keys)).toMatchObject({ reason: 'never' });
    expect(await readSuppression(db(), keys, 'gone@example.net')).toBeNull();
  });

  it('two at once: one lifts, the other finds nothing', async () => {
    mail = await openMailWorld();
    await stop('ann@example.net', 'hard-bounce');
    const how = { why: 'typing', now: now() };
    const lifted = await Promise.all([lift('ann@example.net', how), lift('ann@example.net', how)]);
    expect(lifted.filter((one) => one !== null)).toHaveLength(1);
    expect(await db().selectFrom('lifted_suppressions').selectAll().execute()).toHaveLength(1);
  });
});
