import type { Command } from 'commander';
import { listAllLists } from '../../db/lists/lists.ts';
import { TrialbellError, withoutAddresses } from '../../errors.ts';
import { removeList } from '../../use-cases/admin/remove-list.ts';
import { withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';
import { auditByHand } from './act.ts';

type Options = { remove?: string; reason?: string; json?: boolean };

const shownAtMost = 1_000;

/** `lists`: shows the lists that readers share, or removes one that harms. */
export function addLists(program: Command): void {
  program
    .command('lists')
    .description('show the lists that readers share; remove one that harms')
    .option('--remove <ID>', 'end this list, by the number in the first column; needs --reason')
    .option('--reason <TEXT>', 'the reason, stored in the audit log')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nA removed list has no page anymore. Its followers keep what it brought them, and are told once that it has ended.',
    )
    .action((options: Options) => {
      if (options.remove !== undefined) return remove(options.remove, options);
      if (options.reason !== undefined) throw usage('--reason needs --remove ID.');
      return show(options);
    });
}

async function show({ json }: Options): Promise<void> {
  const lists = await withApp(({ context: { db } }) => listAllLists(db, shownAtMost));
  if (json)
    return printJson({
      lists: lists.map(({ ownerId, endedAt: _, revision: _r, ...one }) => ({ ...one, owner: ownerId })),
    });
  if (lists.length === 0) return say('Nobody shares a list.');
  const rows = lists.map((one) => [
    one.id,
    one.slug === null ? 'by link' : `/lists/${one.slug}`,
    one.name,
    one.organization,
    one.trials,
    one.conditions,
    one.followers,
    one.changedAt.slice(0, 10),
  ]);
  say(
    formatTable(
      ['list', 'page', 'name', 'organization', 'trials', 'conditions', 'followers', 'changed'],
      rows,
    ),
  );
}

async function remove(given: string, { reason, json }: Options): Promise<void> {
  if (!/^[1-9]\d{0,14}$/.test(given))
    throw usage(`"${given}" is not the number of a list. See: trialbell lists`);
  const why = withoutAddresses(reason?.trim() ?? '');
  if (why === '') throw usage('--remove needs --reason TEXT. The reason is stored.');
  const isRemoved = await withApp(({ context }) => {
    const now = context.now();
    return removeList(context, auditByHand('remove-list', now), Number(given), why, now);
  });
  if (!isRemoved) throw new TrialbellError(`There is no list ${given}. See: trialbell lists`);
  if (json) return printJson({ removed: Number(given) });
  say(`List ${given} has ended. Its followers keep what it brought, and are told once.`);
}

const usage = (message: string) => new TrialbellError(message, { exitCode: 2 });
