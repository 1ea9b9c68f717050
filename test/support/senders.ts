import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect, onTestFinished } from 'vitest';
import { expireClaims } from '../../src/db/delivery/deliveries.ts';
import type { Context } from '../../src/jobs/context.ts';
import { sweep } from '../../src/jobs/sweep.ts';
import { compileCache } from './compile-cache.ts';
import type { MailWorld } from './mail-world.ts';

/** A process that sends a mail world's mails; `kill` is kill -9. */
export type Sender = { kill(): Promise<void>; stop(): Promise<void> };

/** Starts one, which ends with the test, and waits until it works. */
export async function startSender(
  mail: MailWorld,
  env: Record<string, string>,
  now: string,
): Promise<Sender> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'kill-child.ts'), now], {
    env: {
      ...env,
      SMTP_URL: mail.sink.url,
      BASE_URL: 'https://bell.example.org',
      NODE_COMPILE_CACHE: compileCache,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  onTestFinished(() => end('SIGKILL'));
  await Promise.race([once(child.stdout, 'data'), ended]);
  return { kill: () => end('SIGKILL'), stop: () => end('SIGTERM') };
}

/** All leases of killed processes run out, and half an hour passes. */
export async function passTime(mail: MailWorld, context: Context): Promise<void> {
  await sql`update deliveries set lease_until = clock_timestamp() where lease_until is not null`.execute(
    context.db,
  );
  await expireClaims(context.db);
  mail.wait(31);
  await sweep(context);
}

/** More than the two minutes of a claim, which a killed process's database session may still have made after it. */
export const sendsWithinMs = 200_000;

/** Sweeps until every mail is sent, or until that takes too long. */
export async function sweepUntilSent(mail: MailWorld, context: Context): Promise<void> {
  const owed = async () => (await mail.ledger()).filter(({ phase }) => phase !== 'sent').length;
  const deadline = performance.now() + sendsWithinMs;
  while ((await owed()) > 0 && performance.now() < deadline) {
    await sweep(context);
    await sleep(200);
  }
}

/** Expects that everybody got the mail, and twice only where the ledger says why, under the same Message-ID. */
export async function expectSentOnce(mail: MailWorld, people: readonly string[]): Promise<void> {
  const ledger = await mail.ledger();
  expect(ledger.map(({ phase }) => phase)).toEqual(people.map(() => 'sent'));
  const copies = Map.groupBy(mail.sink.mails, ({ to }) => to.join());
  expect([...copies.keys()].sort()).toEqual(people.toSorted());
  const byMessageId = new Map(ledger.map((row) => [row.message_id, row]));
  for (const [, mails] of copies) {
    const ids = new Set(mails.map(({ messageId }) => messageId));
    expect(ids.size).toBe(1);
    if (mails.length > 1) expect(byMessageId.get([...ids][0] ?? '')?.was_ambiguous).toBe(true);
  }
}
