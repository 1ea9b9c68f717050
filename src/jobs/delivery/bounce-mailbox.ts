import { releaseLease, takeLease } from '../../db/leases.ts';
import { messageOf } from '../../errors.ts';
import { describeFailed } from '../../mail/mailbox/mailbox-progress.ts';
import { type MailboxFigures, readMailbox } from '../../mail/mailbox/read-mailbox.ts';
import type { Context } from '../context.ts';
import { noteMailboxState, readMailboxProgress, writeMailboxProgress } from './bounce-alarms.ts';
import { mostReportBytes, takeBounce } from './record-bounce.ts';

/** Messages of one reading: a mailbox full of other mail keeps nobody busy for long. */
const mostMessages = 500;
const timeouts = { connectMs: 20_000, answerMs: 30_000, wholeMs: 240_000 };
/** Longer than a reading may take. */
const leaseMs = 300_000;
/**
 * Takes what came into the mailbox of BOUNCE_IMAP_URL; null when there is none, or another process reads it now. A
 * mailbox that cannot be read is noted and waits for the next time: nothing else stops for it.
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
  const onFailure = (error: unknown) => log.warn({ reason: messageOf(error) }, 'report not taken');
  try {
    const figures = await readMailbox(url, {
      progress: await readMailboxProgress(db),
      onProgress: (progress) => writeMailboxProgress(db, progress),
      async take({ id, raw }) {
        // What is said of no mail of ours may be somebody's answer: that stays unseen, for a person to read.
        return { isSettled: (await takeBounce(context, raw, id)).deliveryId !== null };
      },
      onFailure,
      mostBytes: mostReportBytes,
      most: mostMessages,
      timeouts: waits,
      signal,
    });
    if (figures.taken + figures.failed > 0) log.info(figures, 'mailbox read');
    // Also those that this reading had no time to try again.
    const { failed } = (await readMailboxProgress(db)) ?? { failed: [] };
    await noteMailboxState(context, describeFailed(failed));
    return figures;
  } catch (error) {
    if (signal?.aborted) return null;
    log.warn({ reason: messageOf(error) }, 'mailbox not read');
    await noteMailboxState(context, messageOf(error));
    return null;
  } finally {
    await releaseLease(db, lease);
  }
}
