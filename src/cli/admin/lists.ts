import type { Command } from 'commander';
import { listAllLists } from '../../db/lists/lists.ts';
import { listReports, type ShownReport } from '../../db/lists/reports.ts';
import { TrialbellError, withoutAddresses } from '../../errors.ts';
import { removeList } from '../../use-cases/admin/remove-list.ts';
import { stopReport } from '../../use-cases/admin/stop-report.ts';
import { withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';
import { auditByHand } from './act.ts';

type Options = { remove?: string; stopReport?: string; reason?: string; json?: boolean };

const shownAtMost = 1_000;

/** `lists`: shows the lists that readers share and the reports that their owners send, or ends one that harms. */
export function addLists(program: Command): void {
  program
    .command('lists')
    .description('show the lists that readers share and their reports; end one that harms')
    .option('--remove <ID>', 'end this list, by the number in the first column; needs --reason')
    .option('--stop-report <ID>', 'send no more emails of this report, by its number; needs --reason')
    .option('--reason <TEXT>', 'the reason, stored in the audit log')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nA removed list has no page anymore. Its followers keep what it brought them, and are told once that it has ended.',
    )
    .action((options: Options) => {
      if (options.remove !== undefined && options.stopReport !== undefined)
        throw usage('Give --remove or --stop-report, not both.');
      if (options.remove !== undefined) return remove(options.remove, options);
      if (options.stopReport !== undefined) return stop(options.stopReport, options);
      if (options.reason !== undefined) throw usage('--reason needs --remove ID or --stop-report ID.');
      return show(options);
    });
}

async function show({ json }: Options): Promise<void> {
  const { lists, reports } = await withApp(async ({ context: { db } }) => ({
    lists: await listAllLists(db, { limit: shownAtMost }),
    reports: await listReports(db, shownAtMost),
  }));
  if (json)
    return printJson({
      lists: lists.map(({ ownerId, endedAt: _, revision: _r, ...one }) => ({ ...one, owner: ownerId })),
      reports: reports.map(({ isBegun: _, ...one }) => one),
    });
  if (lists.length + reports.length === 0) return say('Nobody shares a list.');
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
  for (const one of reports) sayReport(one);
}

/** An order of a report with what its owner says in it, so that it can be judged before it goes out. */
function sayReport(one: ShownReport): void {
  const { id, listId, list, organization, introduction, contact } = one;
  const from = organization === '' ? '' : ` (from ${organization})`;
  say(`\nReport ${id} of list ${listId}, “${list}”${from}: ${stateOf(one)}.`);
  for (const line of [...introduction.split('\n'), contact]) if (line !== '') say(`> ${line}`);
}

function stateOf({ dueAt, orderedAt, isBegun, promisedAt, cancelledAt, cancelledBy, mails }: ShownReport) {
  if (cancelledAt !== null)
    return `cancelled by ${cancelledBy} at ${cancelledAt}, ${mails} emails planned before`;
  if (promisedAt !== null) return `${mails} emails planned at ${promisedAt}`;
  if (isBegun) return `${mails} emails planned so far`;
  return `ordered at ${orderedAt}, goes out at ${dueAt}`;
}

function readAct(option: string, what: string, given: string, reason = ''): { id: number; why: string } {
  if (!/^[1-9]\d{0,14}$/.test(given))
    throw usage(`"${given}" is not the number of a ${what}. See: trialbell lists`);
  const why = withoutAddresses(reason.trim());
  if (why === '') throw usage(`${option} needs --reason TEXT. The reason is stored.`);
  return { id: Number(given), why };
}

async function stop(given: string, { reason, json }: Options): Promise<void> {
  const { id, why } = readAct('--stop-report', 'report', given, reason);
  const isStopped = await withApp(({ context }) => {
    const now = context.now();
    return stopReport(context, auditByHand('stop-report', now), id, why, now);
  });
  if (!isStopped)
    throw new TrialbellError(`There is no report ${id} that can be stopped. See: trialbell lists`);
  if (json) return printJson({ stopped: id });
  say(`Report ${id} is stopped. None of its emails goes out anymore.`);
}

async function remove(given: string, { reason, json }: Options): Promise<void> {
  const { id, why } = readAct('--remove', 'list', given, reason);
  const isRemoved = await withApp(({ context }) => {
    const now = context.now();
    return removeList(context, auditByHand('remove-list', now), id, why, now);
  });
  if (!isRemoved) throw new TrialbellError(`There is no list ${id}. See: trialbell lists`);
  if (json) return printJson({ removed: id });
  say(`List ${id} has ended. Its followers keep what it brought, and are told once.`);
}

const usage = (message: string) => new TrialbellError(message, { exitCode: 2 });
