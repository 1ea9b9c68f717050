import type { Command } from 'commander';
import { defaultRegistry, exampleIds, registryFacts } from '../../core/registries.ts';
import { readTyped } from '../../core/subscriptions/typed-text.ts';
import { TrialbellError } from '../../errors.ts';
import { type ImportWish, importTrials } from '../../jobs/ingest/import.ts';
import { chooseRegistry, findIdsOf } from '../../registries/registry.ts';
import { olderIdsOf } from '../../use-cases/subscriptions/older-numbers.ts';
import { collect, withApp } from '../options.ts';
import { say, startProgress } from '../output.ts';

type Options = { trial?: string[]; condition?: string; all?: boolean; registry: string };

/** `import`: stores the current records as the baseline. */
export function addImport(program: Command): void {
  program
    .command('import')
    .description('store the current records as the baseline, without notifying anyone')
    .option('--trial <ID>', 'one trial; may be repeated', collect)
    .option('--condition <TEXT>', "every trial that the registry's own search finds for a condition")
    .option('--all', 'the whole registry; resumes after an interruption')
    .option('--registry <ID>', 'the registry', defaultRegistry)
    .action(async (options: Options) => {
      const wish = readWish(options);
      const result = await withApp((app) => {
        const registry = chooseRegistry(app.context.registries, options.registry);
        const progress = startProgress('trials');
        return importTrials(app.context, registry, wish, progress.update).finally(progress.stop);
      });
      if (result.reason) process.stderr.write(`${result.reason}\n`);
      const { seen, new: fresh, quarantined } = result.figures;
      say(`${seen} trials read, ${fresh} of them new, ${quarantined} quarantined.`);
      if (result.outcome !== 'completed') process.exitCode = 1;
    });
}

/** The extent of the import, read before anything is opened. */
function readWish({ registry, ...options }: Options): ImportWish {
  const findIds = (text: string) => findIdsOf(registry, text).map((id) => ({ registry, id }));
  const ways = [options.trial, options.condition, options.all].filter((way) => way !== undefined);
  if (ways.length !== 1) {
    throw new TrialbellError(
      `Say what to import: --trial ${registryFacts(registry)?.exampleId}, --condition "asthma", or --all.`,
      {
        exitCode: 2,
      },
    );
  }
  if (options.all) return { kind: 'all' };
  if (options.condition !== undefined) {
    const { trials, words } = readTyped(options.condition, findIds);
    if (trials.length === 0) return { kind: 'condition', words: options.condition };
    if (words.length > 0)
      throw new TrialbellError(
        `"${options.condition}" names trials and a condition. Import them separately.`,
        {
          exitCode: 2,
        },
      );
    return { kind: 'ids', ids: trials.map(({ id }) => id) };
  }
  const ids = (options.trial ?? []).flatMap((text) => {
    const own = findIds(text).map(({ id }) => id);
    const found = own.length > 0 ? own : olderIdsOf(registry, text);
    if (found.length === 0)
      throw new TrialbellError(`"${text}" is not a trial number such as ${exampleIds}.`, { exitCode: 2 });
    return found;
  });
  return { kind: 'ids', ids };
}
