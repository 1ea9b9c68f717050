import type { Command } from 'commander';
import { withApp } from './options.ts';
import { say } from './output.ts';

/** `migrate`: the newest schema, for the tables and the queue's own. */
export function addMigrate(program: Command): void {
  program
    .command('migrate')
    .description("bring the database and the queue's own tables to the newest schema")
    .action(async () => {
      await withApp((app) => app.queues());
      say('The database is at the newest schema.');
    });
}
