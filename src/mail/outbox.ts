import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '../core/trial.ts';
import type { SmtpOutcome } from './smtp-reply.ts';

/** A mail for the outbox folder. */
export type OutboxMail = {
  message: Buffer;
  messageId: string;
  /** The message's Date: names sort by it. */
  date: Instant;
  /** As in an SMTP conversation: when it answers false, nothing is written. */
  beforeBody: () => Promise<boolean>;
};

/**
 * Writes a mail as `.eml` into `folder` (made when missing), readable by the owner alone. The name follows from date
 * and Message-ID, so that a second attempt replaces the first. A file is whole or not there. Throws what the file
 * system or `beforeBody` throws.
 */
export async function writeToOutbox(folder: string, mail: OutboxMail): Promise<SmtpOutcome> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await mail.beforeBody())) return { phase: 'refused-by-ledger' };
  const name = outboxName(mail);
  const temporary = join(folder, `.${name}.${process.pid}`);
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(mail.message);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { phase: 'sent', reply: `written to the outbox as ${name}` };
}

/** The file name of a mail in the outbox: its date and a digest of its Message-ID, nothing of what is in it. */
export function outboxName(mail: Pick<OutboxMail, 'messageId' | 'date'>): string {
  const digest = createHash('sha256').update(mail.messageId).digest('hex').slice(0, 16);
  return `${mail.date.replace(/[:.]/g, '-')}-${digest}.eml`;
}
