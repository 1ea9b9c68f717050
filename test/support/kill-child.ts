import { pino } from 'pino';
import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { sendJob } from '../../src/jobs/delivery/send-job.ts';

// A process that only sends. Its clock is passed in, so that retries come due within a test, and the queue takes its jobs
// over soon after it is killed.
const now = process.argv[2] ?? '';
const app = await openApp(readConfig(), { log: pino({ level: 'silent' }), now: () => now });
const queues = await app.queues();
queues.work('send', (job, signal) => sendJob(app.context, job, signal), {
  lockMs: 1_000,
});
process.stdout.write('working\n');
process.once('SIGTERM', () => void app.close());
