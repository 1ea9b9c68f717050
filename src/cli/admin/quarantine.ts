import type { Command } from 'commander';
import { listQuarantine, readQuarantined } from '../../db/ingest/quarantine.ts';
import { TrialbellError } from '../../errors.ts';
import { withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';

/** `quarantine`: records that could not be trusted, with the reason and the raw text. */
export function addQuarantine(program: Command): void {
  program
    .command('quarantine')
    .description(
      'records in quarantine because they could not be trusted, with the reason; with an ID, its raw record',
    )
    .argument('[ID]', 'the number of a trial, to see its raw record')
    .option('--json', 'print the list as one JSON value')
    .action(async (id: string | undefined, options: { json?: boolean }) => {
      if (id !== undefined) {
        const found = await withApp(({ context: { db, registries } }) => {
          const [known] = [...registries.values()].flatMap((registry) => registry.findId(id) ?? []);
          return readQuarantined(db, known ?? id);
        });
        if (!found) throw new TrialbellError(`${id} is not in quarantine. See: trialbell quarantine`);
        process.stderr.write(`${found.reason}\n`);
        return printJson(found.raw);
      }
      const records = await withApp((app) => listQuarantine(app.context.db));
      if (options.json) return printJson(records);
      if (records.length === 0) return say('No record is in quarantine.');
      const rows = records.map((one) => [
        one.registryId,
        one.times,
        one.lastSeenAt.slice(0, 16).replace('T', ' '),
        one.reason,
      ]);
      say(formatTable(['trial', 'times', 'last seen (UTC)', 'reason'], rows));
      say('Each is read again at the next refresh of the registry.');
    });
}
