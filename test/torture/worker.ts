import { flushCompileCache } from 'node:module';
import { pino } from 'pino';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { openSmtpMailer } from '../../src/mail/smtp-mailer.ts';
import { type QueueName, queueNames } from '../../src/queue/table.ts';
import { type Clock, readClock } from './clock.ts';

/** The options of a worker process at its start. */
export type WorkerOrders = {
  name: string;
  queues: QueueName[];
  serves: boolean;
  clock: Clock;
  lockMs: number;
};

// The program's own workers as a process to be killed. It differs from `trialbell worker` in three things: its clock is
// the one it is given, its mail server knows it by name, and neither that server nor a dead process is waited for long.
const orders = JSON.parse(process.argv[2] ?? '{}') as WorkerOrders;
const { clock } = orders;
process.on('message', ({ jumpMs }: { jumpMs: number }) => {
  clock.jumpedMs += jumpMs;
});
process.on('disconnect', () => process.exit(1));

const config = readConfig();
// A supervisor would start it again until its host is no longer cut off.
const databasePatienceMs = 300_000;
const app = await openApp(config, {
  log: pino({ level: 'silent' }),
  now: () => readClock(clock),
  databasePatienceMs,
});
const patience = { connectMs: 15_000, greetingMs: 15_000, commandMs: 15_000, replyMs: 15_000 };
app.context.mailer = openSmtpMailer(config.smtpUrl ?? '', { timeouts: patience, clientName: orders.name });
const queues = await app.queues();
const work = queues.work;
queues.work = (name, handler, options) => work(name, handler, { lockMs: orders.lockMs, ...options });
if (orders.serves) await app.serve();
else await app.work(queueNames.filter((name) => orders.queues.includes(name)));
// Most of these processes are killed, and so never write what they compiled.
flushCompileCache();
process.send?.('working');
process.once('SIGTERM', async () => {
  app.context.mailer?.close();
  await app.close();
  process.exit(0);
});
