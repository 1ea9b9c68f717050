import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '../core/trial.ts';
import type { SmtpOutcome } from './smtp-reply.ts';

/** A mail for the outbox folder. */
export type OutboxMail = {
  message: Buffer;
  messageId: string;
  /** The message's Date, which comes first in the file name. */
  date: Instant;
  /** As in an SMTP conversation: if it resolves to false, nothing is written. */
  beforeBody: () => Promise<boolean>;
};

/**
 * Writes a mail as `.eml` into `folder` (created if missing), readable only by the owner. The name is derived
 * from date and Message-ID, so a second attempt replaces the first. The file is complete or absent. Throws
 * any error of the file system or of `beforeBody`.
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

/**
 * The file name of a mail in the outbox: its date and a hash of its Message-ID, without any of its content.
 */
export function outboxName(mail: Pick<OutboxMail, 'messageId' | 'date'>): string {
  const digest = createHash('sha256').update(mail.messageId).digest('hex').slice(0, 16);
  return `${mail.date.replace(/[:.]/g, '-')}-${digest}.eml`;
}
