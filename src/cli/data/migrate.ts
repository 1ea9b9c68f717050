import type { Command } from 'commander';
import { adoptRestoredElsewhere } from '../../db/maintenance/restore.ts';
import { withApp } from '../options.ts';
import { say } from '../output.ts';

/** `migrate`: migrates the database and the queue's tables to the newest schema. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("migrate the database and the queue's own tables to the newest schema")
    .option(
      '--restored',
      'once after pg_restore: mark the emails that may have been sent since the backup, and skip the ids used since',
    )
    .action(async (options: { restored?: boolean }) => {
      const owed = await withApp(async (app) => {
        await app.queues();
        return options.restored ? adoptRestoredElsewhere(app.databaseUrl, app.context.now()) : null;
      });
      say('The database is at the newest schema.');
      if (owed !== null)
        say(
          `${owed} emails that were waiting at the time of the backup will be sent again; the ledger marks them.`,
        );
    });
}
