import type { Command } from 'commander';
import type { Instant } from '../core/trial.ts';
import { runRound } from '../jobs/round.ts';
import { collect, parseInstant, withApp } from './options.ts';
import { formatTable, printJson, say } from './output.ts';

/** `once`: one whole round, for a crontab. */
export function addOnce(program: Command): void {
  program
    .command('once')
    .description('run one whole round, then exit: poll, compare, plan and send every due digest')
    .option('--registry <ID>', 'only this registry; may be repeated', collect)
    .option('--as-of <INSTANT>', 'the instant that counts as now, in ISO 8601 with an offset', parseInstant)
    .option('--json', 'print the figures as one JSON value')
    .action(async (options: { registry?: string[]; asOf?: Instant; json?: boolean }) => {
      const { asOf } = options;
      const round = await withApp(
        (app) => runRound(app.context, options.registry ?? []),
        asOf ? { now: () => asOf } : {},
      );
      for (const reason of round.reasons) process.stderr.write(`${reason}\n`);
      if (options.json) printJson(round.result);
      else {
        const rows = Object.entries(round.result.registries).map(([id, one]) => [
          id,
          one.outcome,
          one.seen,
          one.new,
          one.changed,
          one.changes,
          one.held,
          one.quarantined,
        ]);
        const headings = ['registry', 'outcome', 'seen', 'new', 'changed', 'changes', 'held', 'quarantined'];
        say(formatTable(headings, rows));
        const { planned, sent, deferred, failed, ambiguous } = round.result.digests;
        say(
          `Digests: ${planned} planned, ${sent} sent, ${deferred} to be retried, ${failed} failed, ${ambiguous} uncertain.`,
        );
      }
      if (!round.ok) process.exitCode = 1;
    });
}
