import type { Command } from 'commander';
import { adoptRestoredElsewhere } from '../../db/maintenance/restore.ts';
import { withApp } from '../options.ts';
import { say } from '../output.ts';

/** `migrate`: the newest schema, for the tables and the queue's own. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring the database and the queue's own tables to the newest schema")
    .option(
      '--restored',
      'once, after pg_restore: label what may have been sent since the backup, and leave out the ids given out since',
    )
    .action(async (options: { restored?: boolean }) => {
      const owed = await withApp(async (app) => {
        await app.queues();
        return options.restored ? adoptRestoredElsewhere(app.databaseUrl, app.context.now()) : null;
      });
      say('The database is at the newest schema.');
      if (owed !== null) say(`${owed} mails that waited at the backup go out once more; the ledger says so.`);
    });
}
