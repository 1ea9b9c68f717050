import type { Command } from 'commander';
import { writeAudit } from '../../db/audit-log.ts';
import {
  countSuppressions,
  liftSuppression,
  listLifts,
  readSuppression,
  type Suppression,
} from '../../db/subscribers/suppressions.ts';
import { TrialbellError, withoutAddresses } from '../../errors.ts';
import { withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';

type Options = { lift?: string; reason?: string; json?: boolean };

const liftsShown = 20;

const meanings: Record<string, string> = {
  'hard-bounce': 'its mailbox is not there',
  'soft-bounces': 'its mailbox took no mail five times in 14 days',
  complaint: 'its reader called a mail spam',
  never: 'its reader asked for no mail ever again',
};

/** `suppressions`: which addresses get no mail, without naming any, and how to lift that. */
export function addSuppressions(program: Command): void {
  program
    .command('suppressions')
    .description('how many addresses get no mail, and why; look one up, or let mail go to it again')
    .argument('[EMAIL]', 'look up this address')
    .option('--lift <EMAIL>', 'let mail go to this address again; needs --reason')
    .option('--reason <TEXT>', 'why: kept for a year, without the address')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nAddresses are kept as keyed hashes, so none can be listed. Whoever asked for no mail ever again, or complained, should have written from that address; their sign-up then asks for a confirmation as ever.',
    )
    .action((email: string | undefined, options: Options) => {
      if (options.lift !== undefined) return lift(options.lift, email, options);
      if (options.reason !== undefined) throw usage('--reason belongs to --lift EMAIL.');
      return email === undefined ? list(options) : look(email, options);
    });
}

async function list({ json }: Options): Promise<void> {
  const { counts, lifts } = await withApp(async ({ context: { db } }) => ({
    counts: await countSuppressions(db),
    lifts: await listLifts(db, liftsShown),
  }));
  if (json) return printJson({ suppressions: counts, lifted: lifts });
  if (counts.length === 0) say('Mail was stopped to no address.');
  else {
    const rows = counts.map(({ reason, count, firstSince, lastSince }) => [
      count,
      reason,
      meanings[reason] ?? '',
      dayOf(firstSince),
      dayOf(lastSince),
    ]);
    say(formatTable(['addresses', 'reason', '', 'first', 'last'], rows));
  }
  for (const { liftedAt, reason, since, why } of lifts)
    say(`Lifted on ${dayOf(liftedAt)}: ${reason} of ${dayOf(since)}, because: ${why}`);
}

async function look(email: string, { json }: Options): Promise<void> {
  const found = await withApp(({ context: { db, keys } }) => readSuppression(db, keys, email));
  if (json) return printJson({ suppression: found });
  say(
    found ? `Mail to this address was stopped: ${describe(found)}.` : 'Mail to this address was not stopped.',
  );
}

async function lift(email: string, other: string | undefined, { reason, json }: Options): Promise<void> {
  if (other !== undefined) throw usage('Give one address: --lift EMAIL --reason TEXT.');
  const why = withoutAddresses(reason?.trim() ?? '');
  if (why === '') throw usage('--lift needs --reason TEXT: why mail may go to this address again is kept.');
  const lifted = await withApp(({ context }) => {
    const { db, keys } = context;
    const now = context.now();
    return liftSuppression(db, keys, email, { why, now }, (tx, { reason: stopped, since }) =>
      writeAudit(tx, {
        actor: 'command line',
        act: 'lift-suppression',
        subject: 'suppression',
        reason: why,
        details: { reason: stopped, since },
        now,
      }),
    );
  });
  if (!lifted) throw new TrialbellError('Mail to this address was not stopped: nothing was lifted.');
  if (json) return printJson({ lifted });
  say(`Mail may go to this address again. It was stopped: ${describe(lifted)}.`);
}

function describe({ reason, since }: Suppression): string {
  return `${reason}, since ${dayOf(since)} (${meanings[reason] ?? 'by hand'})`;
}

const dayOf = (instant: string) => instant.slice(0, 10);
const usage = (message: string) => new TrialbellError(message, { exitCode: 2 });
