import { type Command, Option } from 'commander';
import { type Facet, facets } from '../../core/change.ts';
import { TrialbellError } from '../../errors.ts';
import { discardHeldChanges, releaseHeldChanges } from '../../use-cases/admin/decide-held.ts';
import { withApp } from '../options.ts';
import { say } from '../output.ts';
import { auditByHand } from './act.ts';

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
  decide: typeof releaseHeldChanges,
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
        const log = auditByHand(verb, now);
        return decide(context, Number(run), facet, now, (tx, changes) =>
          log(tx, { subject: `run ${run}`, details: { facet, changes } }),
        );
      });
      say(`${count} changes ${done}.`);
    });
}
