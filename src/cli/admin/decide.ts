import { type Command, Option } from 'commander';
import { type Facet, facets } from '../../core/change.ts';
import type { Instant } from '../../core/trial.ts';
import { writeAudit } from '../../db/audit-log.ts';
import type { Db } from '../../db/connect.ts';
import { type Beside, discardHeldChanges, releaseHeldChanges } from '../../db/ingest/holds.ts';
import { TrialbellError } from '../../errors.ts';
import { withApp } from '../options.ts';
import { say } from '../output.ts';

type Decide = (db: Db, runId: number, facet: Facet | null, now: Instant, beside: Beside) => Promise<number>;

/** Who the audit log names for what was done outside the pages. */
const commandLine = 'command line';

/** `release` and `discard`: an admin decides about what the brake held back. */
export function addDecisions(program: Command): void {
  addDecision(program, 'release', 'tell what a run held back after all', releaseHeldChanges, 'are released');
  addDecision(
    program,
    'discard',
    "take what a run held back for the registry's mistake; nobody is told",
    discardHeldChanges,
    'are discarded',
  );
}

function addDecision(
  program: Command,
  verb: 'release' | 'discard',
  description: string,
  decide: Decide,
  done: string,
): void {
  program
    .command(verb)
    .description(description)
    .argument('<RUN>', 'the number of the run, as "trialbell runs" shows it')
    .addOption(new Option('--facet <F>', 'only this facet').choices(facets))
    .action(async (run: string, options: { facet?: Facet }) => {
      if (!/^\d{1,15}$/.test(run))
        throw new TrialbellError(`"${run}" is no number of a run. See: trialbell runs`, { exitCode: 2 });
      const facet = options.facet ?? null;
      const count = await withApp(({ context }) => {
        // One instant for both: by it Why finds who released a change.
        const now = context.now();
        return decide(context.db, Number(run), facet, now, (tx, changes) =>
          writeAudit(tx, {
            actor: commandLine,
            act: verb,
            subject: `run ${run}`,
            details: { facet, changes },
            now,
          }),
        );
      });
      say(`${count} changes ${done}.`);
    });
}
