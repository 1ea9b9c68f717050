import type { Command } from 'commander';
import { type Closers, openQueuesClosing } from '../app-queues.ts';
import { readConfig } from '../config.ts';
import { connect } from '../db/connect.ts';
import { TrialbellError } from '../errors.ts';
import { createLog } from '../log.ts';
import { createReadiness } from '../web/health/ready.ts';
import { say } from './output.ts';

/** `ready`: the answer of `/readyz`, for a process without pages. Changes nothing. */
export function addReady(program: Command): void {
  program
    .command('ready')
    .description('say whether a worker with this configuration can work; exit 1 if something is missing')
    .action(async () => {
      const { databaseUrl, redisUrl, smtpUrl, dataDir, logLevel } = readConfig();
      if (databaseUrl === null)
        throw new TrialbellError('Without DATABASE_URL, ask /readyz of the running process.');
      const closers: Closers = [];
      const db = connect(databaseUrl);
      closers.push(() => db.destroy());
      try {
        const log = createLog(logLevel ?? 'error');
        const queues = openQueuesClosing({ databaseUrl, redisUrl, log }, closers);
        const missing = await createReadiness({ db, queues, smtpUrl, dataDir })();
        for (const line of missing) say(line);
        if (missing.length > 0) process.exitCode = 1;
        else say('ready');
      } finally {
        for (const closer of closers.reverse()) await closer();
      }
    });
}
