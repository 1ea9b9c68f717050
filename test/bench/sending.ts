import { fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import type { App } from '../../src/app.ts';
import { claimDelivery } from '../../src/db/delivery/deliveries.ts';
import { makeMessage } from '../../src/jobs/delivery/render-message.ts';
import { deliveriesAtOnce } from '../../src/jobs/delivery/send-job.ts';
import { planDigests } from '../../src/jobs/digests/plan.ts';
import { withBenchApp } from './app.ts';
import { startMailSink } from './mail-sink.ts';
import { fillReaders } from './readers.ts';

/** Mails a second through the whole ledger, from one process and from two, and from a nodemailer pool. */
export type SendingResult = {
  sink: string;
  count: number;
  one: number;
  two: number;
  pool: number;
  /** Milliseconds of processor time a mail in the sending processes, without the database and the sink. */
  processor: { one: number; two: number; pool: number };
};

const now = '2026-11-20T15:00:00.000Z';
/** Deliveries in work in one process, as its workers have them, and connections to the mail server. */
const atOnce = deliveriesAtOnce;
const connections = 16;
/** A key of the bench alone. */
const signing = {
  DKIM_DOMAIN: 'example.org',
  DKIM_SELECTOR: 'bench',
  DKIM_KEY: generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey,
};
const secretKey = 'a key of the bench alone, which is long enough';

/**
 * Sends `count` mails each way, signed by all or by none. PostgreSQL commits synchronously, as it does by default.
 */
export async function benchSending(count: number, { signed = false } = {}): Promise<SendingResult> {
  const sink = await startMailSink();
  const variables = {
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
    SECRET_KEY: secretKey,
    MAIL_RATE_PER_DOMAIN: '100000',
    CTGOV_PACE_MS: '0',
    ...(signed ? signing : {}),
  };
  try {
    return await withBenchApp(
      variables,
      () => now,
      async (app) => {
        await fillReaders(app, Math.ceil(count * 2.4), now);
        const { deliveryIds } = await planDigests(app.context);
        const take = () => deliveryIds.splice(0, count);
        const env = { ...variables, DATABASE_URL: app.databaseUrl, DATA_DIR: app.context.config.dataDir };
        const sample = deliveryIds.pop();
        const pool = await sendFromPool(app, { port: sink.port, id: sample ?? -1, count, signed });
        const one = await sendFromProcesses(env, [take()]);
        const half = take();
        const two = await sendFromProcesses(env, [half.splice(0, half.length / 2), half]);
        const processor = { one: one.processorMs, two: two.processorMs, pool: pool.processorMs };
        return { sink: sink.name, count, one: one.rate, two: two.rate, pool: pool.rate, processor };
      },
    );
  } finally {
    await sink.close();
  }
}

/** Mails a second, and milliseconds of processor time a mail. */
type Speed = { rate: number; processorMs: number };

async function sendFromProcesses(env: Record<string, string>, shares: number[][]): Promise<Speed> {
  const children = shares.map(() =>
    fork(join(import.meta.dirname, 'sender.ts'), [now, String(atOnce)], { env: { ...process.env, ...env } }),
  );
  await Promise.all(children.map((child) => once(child, 'message')));
  const startedAt = performance.now();
  const answers = children.map((child) => once(child, 'message'));
  for (const [n, child] of children.entries()) child.send(shares[n] ?? []);
  const told = (await Promise.all(answers)).map(
    ([answer]) => answer as { sent: number; processorMs: number },
  );
  const sent = told.reduce((sum, one) => sum + one.sent, 0);
  const processorMs = told.reduce((sum, one) => sum + one.processorMs, 0);
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(children.map((child) => (child.exitCode === null ? once(child, 'exit') : null)));
  const wanted = shares.flat().length;
  if (sent !== wanted) throw new Error(`${sent} of ${wanted} mails were sent`);
  return { rate: sent / seconds, processorMs: processorMs / sent };
}

/** The ceiling: text and HTML of one such digest, composed anew by nodemailer for each mail, no ledger, no templates. */
async function sendFromPool(
  app: App,
  { port, id, count, signed }: { port: number; id: number; count: number; signed: boolean },
): Promise<Speed> {
  const claim = await claimDelivery(app.context.db, id, { holder: 'bench', leaseMs: 60_000, now });
  if (!claim) throw new Error('no delivery to take a sample of');
  const { bytes } = await makeMessage(app.context, claim, claim.content, 'reader@example.net');
  const { default: PostalMime } = await import('postal-mime');
  const { subject = '', text = '', html = '' } = await PostalMime.parse(bytes);
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port,
    pool: true,
    maxConnections: connections,
    maxMessages: Number.POSITIVE_INFINITY,
    ignoreTLS: true,
    ...(signed
      ? {
          dkim: {
            domainName: signing.DKIM_DOMAIN,
            keySelector: signing.DKIM_SELECTOR,
            privateKey: signing.DKIM_KEY,
          },
        }
      : {}),
  });
  const startedAt = performance.now();
  const begun = process.cpuUsage();
  let left = count;
  const sender = async () => {
    for (; left > 0; ) {
      left -= 1;
      await transport.sendMail({
        from: 'Trialbell <bell@example.org>',
        to: `reader${left}@example.net`,
        subject,
        text,
        html,
        textEncoding: 'quoted-printable',
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  const rate = count / ((performance.now() - startedAt) / 1000);
  const { user, system } = process.cpuUsage(begun);
  transport.close();
  return { rate, processorMs: (user + system) / 1_000 / count };
}
