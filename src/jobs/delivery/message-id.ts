import type { Instant } from '../../core/trial.ts';
import { type FormerKeys, normaliseAddress } from '../../keys.ts';
import { messageIdFor } from '../../mail/message.ts';

/**
 * The Message-ID of a delivery to an address: the same at each try. Without the secret key nobody can guess one, so that
 * a report which names it comes from where the mail went; and it shows, to us alone, which address that was.
 */
export function makeMessageId(
  keys: Pick<FormerKeys, 'sign'>,
  mail: { id: number; messageDate: Instant; to: string },
  host: string,
): string {
  // The date is that of the first try: a database made anew counts from 1 again, and must not repeat Message-IDs.
  const subject = `${mail.id} ${mail.messageDate} ${normaliseAddress(mail.to)}`;
  return messageIdFor(keys.sign('message-id', subject), host);
}
