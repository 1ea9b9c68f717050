import { addMs } from '../../core/instants.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../../db/connect.ts';
import { countMails, countStopped } from '../../db/delivery/bounce-figures.ts';
import { readSetting, writeSetting } from '../../db/settings.ts';
import type { MailboxProgress } from '../../mail/mailbox/mailbox-progress.ts';
import type { Context } from '../context.ts';

/** How long the mailbox may be unavailable before admins are alerted. Reports wait in it meanwhile. */
const awayMs = 60 * 60_000;
/** If more than this share of a day's mails goes to nonexistent mailboxes, providers distrust the sender. */
const mostHardShare = 0.02;
/** For fewer mails, a share says little. */
const fewestMails = 100;

const stateSetting = 'bounce-mailbox';

/** The state of reading the mailbox. */
export type MailboxState = { readAt: Instant | null; failingSince: Instant | null; said: string | null };

/** Loads the state of reading the mailbox. */
export async function readMailboxState(db: Db): Promise<MailboxState> {
  const kept = await readSetting(db, stateSetting);
  return kept === null
    ? { readAt: null, failingSince: null, said: null }
    : (JSON.parse(kept) as MailboxState);
}

/** Stores the result of a reading of the mailbox: the fault in a sentence, or null. */
export async function recordMailboxState({ db, now }: Context, fault: string | null): Promise<void> {
  const { readAt, failingSince } = await readMailboxState(db);
  const at = now();
  const state: MailboxState = fault
    ? { readAt, failingSince: failingSince ?? at, said: fault }
    : { readAt: at, failingSince: null, said: null };
  await writeSetting(db, stateSetting, JSON.stringify(state));
}

const progressSetting = 'bounce-mailbox-progress';

/** Reads how far the mailbox has been read; null before the first time. */
export async function readMailboxProgress(db: Db): Promise<MailboxProgress | null> {
  const kept = await readSetting(db, progressSetting);
  return kept === null ? null : (JSON.parse(kept) as MailboxProgress);
}

/** Remembers how far the mailbox has been read. */
export async function writeMailboxProgress(db: Db, progress: MailboxProgress): Promise<void> {
  await writeSetting(db, progressSetting, JSON.stringify(progress));
}

/** Finds alarms about returned mails: there are too many, or they are not being read. */
export async function findBounceAlarms(
  context: Context,
): Promise<{ name: string; message: string | null }[]> {
  return [
    { name: 'bounces-unread', message: await findMailboxFault(context) },
    { name: 'bounces-many', message: await findManyDead(context) },
  ];
}

async function findMailboxFault({ config, db, now }: Context): Promise<string | null> {
  if (config.bounceImapUrl === null) return null;
  const { failingSince, said } = await readMailboxState(db);
  if (failingSince === null || addMs(failingSince, awayMs) > now()) return null;
  return `Some returned emails have not been read since ${failingSince}, so dead addresses may be emailed again. Everything else goes on. ${said} The steps are in docs/runbook.md, under "Mails that came back are not read".`;
}

async function findManyDead({ db, now }: Context): Promise<string | null> {
  const dead = await countStopped(db, 'hard-bounce', now(), 1);
  // Usually there are few, and the mails need not be counted.
  if (dead <= mostHardShare * fewestMails) return null;
  const mails = await countMails(db, now(), 1);
  if (mails < fewestMails || dead <= mostHardShare * mails) return null;
  const share = Math.round((1_000 * dead) / mails) / 10;
  return `${dead} of the ${mails} emails of the last day (${share} %) went to mailboxes that do not exist. Those get no more email. Above ${mostHardShare * 100} % mailbox providers begin to refuse all email: look where the addresses came from.`;
}
