import { readFileSync } from 'node:fs';
import type { Context } from '../../src/jobs/context.ts';
import { readBounceMailbox } from '../../src/jobs/delivery/bounce-mailbox.ts';
import type { MailboxFigures } from '../../src/mail/mailbox/read-mailbox.ts';
import type { ImapServer } from './imap-server.ts';
import { type MailWorld, openMailWorld } from './mail-world.ts';

const folder = new URL('../fixtures/bounces/', import.meta.url);
const sampleId = '<0123456789abcdef0123456789abcdef01234567@bell.example.org>';
const timeouts = { connectMs: 20_000, answerMs: 20_000, wholeMs: 50_000 };

/** A world with a mailbox on a real server that mails come back to. */
export type BounceWorld = {
  mail: MailWorld;
  context: Context;
  db: Context['db'];
  /** A sample as a mail server would write it of the mail to one of the readers. */
  report(name: string, n?: number): Promise<Buffer>;
  read(wholeMs?: number): Promise<MailboxFigures | null>;
  /** Why addresses are suppressed. */
  reasons(): Promise<string[]>;
  alerts(): Promise<number>;
  /** Loses what was remembered of the mailbox, like a restored backup. */
  forget(): Promise<unknown>;
  /** All that is stored, apart from who read when. */
  stored(): Promise<string[]>;
};

/** A sample as a mail server would write it of a mail; of none of ours when null. */
export function reportOf(name: string, messageId: string | null): Buffer {
  const text = readFileSync(new URL(`${name}.eml`, folder), 'utf8');
  return Buffer.from(text.replaceAll(sampleId, messageId ?? sampleId).replace(/\r?\n/g, '\r\n'));
}

/** Opens a world whose readers were all mailed, with an empty mailbox. */
export async function openBounceWorld(
  server: Pick<ImapServer, 'empty' | 'url'>,
  people = ['ann@example.net'],
  prepare?: (context: Context) => void,
): Promise<BounceWorld> {
  await server.empty();
  const mail = await openMailWorld({ people });
  const { context } = mail.world;
  context.config.bounceImapUrl = server.url();
  context.config.adminEmails.push('admin@example.org');
  prepare?.(context);
  for (const id of mail.ids) {
    const phase = await mail.send(id);
    if (phase !== 'sent') throw new Error(`the mail ${id} is ${phase}`);
  }
  return {
    ...{ mail, context, db: context.db },
    report: async (name, n = 0) => reportOf(name, (await mail.row(mail.ids[n])).message_id),
    read: (wholeMs = timeouts.wholeMs) => readBounceMailbox(context, undefined, { ...timeouts, wholeMs }),
    async reasons() {
      const rows = await context.db.selectFrom('suppressions').select('reason').execute();
      return rows.map(({ reason }) => reason).sort();
    },
    alerts: async () => (await mail.ledger()).filter(({ kind }) => kind === 'alert').length,
    forget: () => context.db.deleteFrom('settings').where('name', '=', 'bounce-mailbox-progress').execute(),
    stored: async () => (await mail.world.dump()).filter((line) => !/^(leases|settings)\./.test(line)),
  };
}
