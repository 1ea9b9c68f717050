import type { Command } from 'commander';
import {
  countSuppressions,
  listLiftedSuppressions,
  readSuppression,
  type Suppression,
} from '../../db/subscribers/suppressions.ts';
import { TrialbellError, withoutAddresses } from '../../errors.ts';
import { liftByHand } from '../../use-cases/admin/suppress-address.ts';
import { parseAddress, withApp } from '../options.ts';
import { formatTable, printJson, say } from '../output.ts';
import { auditByHand } from './act.ts';

type Options = { lift?: string; reason?: string; json?: boolean };

const liftsShown = 20;

const meanings: Record<string, string> = {
  'hard-bounce': 'the mailbox does not exist',
  'soft-bounces': 'the mailbox repeatedly took no email',
  complaint: 'the reader reported an email as spam',
  never: 'the reader asked never to get email again',
};

/** `suppressions`: counts suppressed addresses without naming them, looks one up, or lifts its suppression. */
export function addSuppressions(program: Command): void {
  program
    .command('suppressions')
    .description('count the suppressed addresses by reason; look one up, or lift its suppression')
    .argument('[EMAIL]', 'look up this address', parseAddress)
    .option('--lift <EMAIL>', 'let this address get email again; needs --reason', parseAddress)
    .option('--reason <TEXT>', 'the reason, stored for a year without the address')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nAddresses are stored as keyed hashes, so they cannot be listed. After a complaint, or a request never to get email again, lift a suppression only if the person has written from that address. Their next sign-up asks for a confirmation as usual.',
    )
    .action((email: string | undefined, options: Options) => {
      if (options.lift !== undefined) return lift(options.lift, email, options);
      if (options.reason !== undefined) throw usage('--reason needs --lift EMAIL.');
      return email === undefined ? list(options) : look(email, options);
    });
}

async function list({ json }: Options): Promise<void> {
  const { counts, lifts } = await withApp(async ({ context: { db } }) => ({
    counts: await countSuppressions(db),
    lifts: await listLiftedSuppressions(db, liftsShown),
  }));
  if (json) return printJson({ suppressions: counts, lifted: lifts });
  if (counts.length === 0) say('No address is suppressed.');
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
  say(found ? `This address is suppressed: ${describe(found)}.` : 'This address is not suppressed.');
}

async function lift(email: string, other: string | undefined, { reason, json }: Options): Promise<void> {
  if (other !== undefined) throw usage('Give one address: --lift EMAIL --reason TEXT.');
  const why = withoutAddresses(reason?.trim() ?? '');
  if (why === '') throw usage('--lift needs --reason TEXT. The reason is stored.');
  const lifted = await withApp(({ context }) => {
    const now = context.now();
    return liftByHand(context, auditByHand('lift-suppression', now), { id: null, email }, why, now);
  });
  if (!lifted) throw new TrialbellError('This address is not suppressed: nothing was lifted.');
  if (json) return printJson({ lifted });
  say(`This address can get email again. It was suppressed: ${describe(lifted)}.`);
}

function describe({ reason, since, because }: Suppression): string {
  const why = because?.replace(/\.$/, '') ?? meanings[reason] ?? 'by hand';
  return `${reason}, since ${dayOf(since)} (${why})`;
}

const dayOf = (instant: string) => instant.slice(0, 10);
const usage = (message: string) => new TrialbellError(message, { exitCode: 2 });
