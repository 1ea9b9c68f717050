import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { checkServer } from '../../src/db/check-server.ts';
import { migrateDatabase } from '../../src/db/maintenance/migrate.ts';
import { sweep } from '../../src/jobs/sweep.ts';
import { openMailWorld } from '../support/mail-world.ts';
import { expectSentence, makeDataDir, runProgram, startProgram, testKey } from '../support/program.ts';
import { createTestQueueStore } from '../support/queue.ts';
import { expectSentOnce, startSender } from '../support/senders.ts';
import { hasPostgres15, startPostgres15 } from '../support/servers.ts';
import { openProxy } from '../support/servers-proxy.ts';
import { startStandby } from '../support/standby.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A primary and its standby, and the URL with both, the standby first. */
async function openPair() {
  const primary = await startPostgres15();
  closers.push(primary.stop);
  await migrateDatabase(primary.url);
  const standby = await startStandby(primary.url);
  closers.push(standby.stop);
  const [first, second] = [standby.url, primary.url].map((url) => new URL(url).host);
  const both = `postgres://trialbell@${first},${second}/postgres`;
  return { primary, standby, both, read: readUrl(both) };
}

const readUrl = (text: string) =>
  readConfig({ DATABASE_URL: text, SECRET_KEY: testKey }).databaseUrl ?? 'none';
const people = Array.from({ length: 60 }, (_, at) => `reader${at}@example.net`);

describe.runIf(hasPostgres15)('a standby', () => {
  it('O6: is promoted while mails are sent: sending goes on, nothing is lost, and what went twice is labelled', async () => {
    const { primary, standby, both, read } = await openPair();
    const mail = await openMailWorld({ people, databaseUrl: read });
    closers.push(mail.close);
    const queues = await (await createTestQueueStore(read)).open();
    closers.push(queues.close);
    const context = mail.world.another({ enqueue: queues.enqueue });
    const env = { DATABASE_URL: both, SECRET_KEY: testKey, MAIL_RATE_PER_DOMAIN: '0' };
    const startedAt = context.now();
    await startSender(mail, env, startedAt);
    await sweep(context);
    await expect.poll(() => mail.sink.mails.length, { interval: 1 }).toBeGreaterThan(4);
    await primary.stop();
    expect(mail.sink.mails.length).toBeLessThan(people.length);
    await standby.promote();
    const countSent = async () => {
      // What broke off before its last byte waits five minutes; what nobody knows of, half an hour.
      const phases = (await mail.ledger()).map(({ phase }) => phase);
      if (phases.every((phase) => phase === 'sent' || phase === 'ambiguous')) mail.wait(31);
      await sql`update deliveries set due_at = ${startedAt} where phase = 'retry'`.execute(context.db);
      await sweep(context);
      return phases.filter((phase) => phase === 'sent').length;
    };
    await expect.poll(countSent, { interval: 200 }).toBe(people.length);
    await expectSentOnce(mail, people);
  });

  it('O4, O6: alone in DATABASE_URL it is named by start, ready and doctor; two primaries are too', async () => {
    const { primary, standby, both, read } = await openPair();
    const env = { DATABASE_URL: standby.url, SECRET_KEY: testKey, PORT: '0' };
    const said =
      /it is a standby, which can only be read: DATABASE_URL has to lead to the primary server, or to name all servers \(host1,host2\)/;
    expectSentence(await runProgram(['start'], env), 1, said);
    for (const verb of ['ready', 'doctor'])
      expect(await runProgram([verb], env)).toMatchObject({ code: 1, stdout: expect.stringMatching(said) });
    await checkServer(read);
    await standby.promote();
    const ports = [standby, primary].map(({ url }) => `127\\.0\\.0\\.1:${new URL(url).port}`).join(' and ');
    const parted = new RegExp(`is a primary in each of ${ports}: stop the one that was replaced`);
    expectSentence(await runProgram(['start'], { ...env, DATABASE_URL: both }), 1, parted);
  });

  it('O4, O5: an address that turns to a standby is named by /readyz, and all is well when it turns back', async () => {
    const { primary, standby } = await openPair();
    const address = await openProxy(Number(new URL(primary.url).port));
    closers.push(address.close);
    const url = new URL(primary.url);
    url.port = String(address.port);
    const folder = makeDataDir();
    closers.push(folder.remove);
    const env = { DATABASE_URL: url.href, SECRET_KEY: testKey, PORT: '0', DATA_DIR: folder.path };
    const running = startProgram(['web'], env);
    closers.push(async () => {
      running.child.kill('SIGTERM');
      await running.ended;
    });
    await expect.poll(running.stdout).toMatch(/http/);
    const pages = /http:\S+\d/.exec(running.stdout())?.[0] ?? '';
    const ready = async () => (await fetch(`${pages}/readyz`)).text();
    expect(await ready()).toContain('"ready":true');
    address.turnTo(Number(new URL(standby.url).port));
    await address.unplug();
    await address.plug();
    await expect.poll(ready).toMatch(/it is a standby, .* has to lead to the primary/);
    const page = await fetch(`${pages}/search?q=asthma`);
    expect([page.status, page.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^\d+$/)]);
    address.turnTo(Number(new URL(primary.url).port));
    await address.unplug();
    await address.plug();
    await expect.poll(ready).toContain('"ready":true');
  });
});
