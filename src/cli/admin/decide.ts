import { type Command, Option } from 'commander';
import { type Facet, facets } from '../../core/change.ts';
import type { Instant } from '../../core/trial.ts';
import { writeAudit } from '../../db/audit-log.ts';
import type { Db } from '../../db/connect.ts';
import { type Beside, discardHeldChanges, releaseHeldChanges } from '../../db/ingest/holds.ts';
import { TrialbellError } from '../../errors.ts';
import { withApp } from '../options.ts';
import { say } from '../output.ts';
import { commandLineActor } from './act.ts';

type Decide = (db: Db, runId: number, facet: Facet | null, now: Instant, beside: Beside) => Promise<number>;

/** `release` and `discard`: decide about held changes. */
export function addDecisions(program: Command): void {
  addDecision(
    program,
    'release',
    'release changes that a run held; their readers are notified',
    releaseHeldChanges,
    'are released',
  );
  addDecision(
    program,
    'discard',
    'discard changes that a run held as an error of the registry; nobody is notified',
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
        throw new TrialbellError(`"${run}" is not the number of a run. See: trialbell runs`, { exitCode: 2 });
      const facet = options.facet ?? null;
      const count = await withApp(({ context }) => {
        // The same instant for both, so that `why` can find who released a change.
        const now = context.now();
        return decide(context.db, Number(run), facet, now, (tx, changes) =>
          writeAudit(tx, {
            actor: commandLineActor,
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
