import { releaseLease, takeLease } from '../../db/leases.ts';
import { messageOf } from '../../errors.ts';
import { describeFailed } from '../../mail/mailbox/mailbox-progress.ts';
import { type MailboxFigures, readMailbox } from '../../mail/mailbox/read-mailbox.ts';
import type { Context } from '../context.ts';
import { readMailboxProgress, recordMailboxState, writeMailboxProgress } from './bounce-alarms.ts';
import { mostReportBytes, takeBounce } from './record-bounce.ts';

/**
 * The maximum number of messages per reading: a mailbox full of other mail must not block a worker for long.
 */
const mostMessages = 500;
const timeouts = { connectMs: 20_000, answerMs: 30_000, wholeMs: 240_000 };
/** Longer than any reading takes. */
const leaseMs = 300_000;
/**
 * Processes new messages in the mailbox of BOUNCE_IMAP_URL. Null if none is configured, or another process is
 * reading it. If the mailbox cannot be read, records that and waits for the next time; nothing else stops.
 */
export async function readBounceMailbox(
  context: Context,
  signal?: AbortSignal,
  waits = timeouts,
): Promise<MailboxFigures | null> {
  const { config, db, holder, log } = context;
  const url = config.bounceImapUrl;
  if (url === null) return null;
  const lease = await takeLease(db, 'bounce-mailbox', holder, leaseMs);
  if (!lease) return null;
  const onFailure = (error: unknown) => log.warn({ reason: messageOf(error) }, 'report not processed');
  try {
    const figures = await readMailbox(url, {
      progress: await readMailboxProgress(db),
      onProgress: (progress) => writeMailboxProgress(db, progress),
      async take({ id, raw }) {
        // A message about none of our mails may be a person's answer: it stays unread, for a person to see.
        return { isSettled: (await takeBounce(context, raw, id)).deliveryId !== null };
      },
      onFailure,
      mostBytes: mostReportBytes,
      most: mostMessages,
      timeouts: waits,
      signal,
    });
    if (figures.taken + figures.failed > 0) log.info(figures, 'mailbox read');
    // Includes those that this reading had no time to try again.
    const { failed } = (await readMailboxProgress(db)) ?? { failed: [] };
    await recordMailboxState(context, describeFailed(failed));
    return figures;
  } catch (error) {
    if (signal?.aborted) return null;
    log.warn({ reason: messageOf(error) }, 'mailbox not read');
    await recordMailboxState(context, messageOf(error));
    return null;
  } finally {
    await releaseLease(db, lease);
  }
}
