import type { Command } from 'commander';
import { runFigureNames } from '../../core/run-figures.ts';
import { listHeldChanges } from '../../db/ingest/holds.ts';
import { listRuns } from '../../db/ingest/runs.ts';
import { withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';

/** The table adds up `outdated` and `replaced`, and leaves out `removed`, which the admin pages show. */
const columns = runFigureNames.filter((name) => !['removed', 'outdated', 'replaced'].includes(name));

/** `runs`: the runs with figures and outcome. */
export function addRuns(program: Command): void {
  program
    .command('runs')
    .description('the runs that read from the registries, newest first, with figures and outcome')
    .option('--json', 'print the runs as one JSON value')
    .action(async (options: { json?: boolean }) => {
      const { runs, held } = await withApp(async ({ context: { db } }) => ({
        runs: await listRuns(db, 50),
        held: await listHeldChanges(db),
      }));
      if (options.json) return printJson({ runs, held });
      if (runs.length === 0) return say('Nothing has been read yet. Start with: trialbell once');
      const rows = runs.map((run) => [
        run.id,
        run.registry,
        run.kind,
        run.outcome ?? 'running or interrupted',
        run.startedAt.slice(0, 16).replace('T', ' '),
        ...columns.map((name) => run[name]),
        run.outdated + run.replaced,
        run.reason ?? '',
      ]);
      const headings = [
        'run',
        'registry',
        'kind',
        'outcome',
        'started (UTC)',
        ...columns,
        'dropped',
        'reason',
      ];
      say(formatTable(headings, rows));
      for (const one of held) {
        say(
          `Held in run ${one.runId}: ${one.changes} changes of ${one.facet} in ${one.trials} trials, ${one.because ?? 'waiting with others'}.`,
        );
        say(
          `  trialbell release ${one.runId} --facet ${one.facet}   or   trialbell discard ${one.runId} --facet ${one.facet}`,
        );
      }
    });
}
