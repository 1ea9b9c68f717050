import { mailedForm } from '../../core/text/mail-address.ts';
import type { Instant } from '../../core/trial.ts';
import type { FormerKeys } from '../../keys.ts';
import { messageIdFor } from '../../mail/message.ts';

/**
 * The Message-ID of a delivery to an address, the same for each attempt. It cannot be guessed without the
 * secret key: a report that names it comes from the mail's destination. It also tells us, and only us, which
 * address that was.
 */
export function makeMessageId(
  keys: Pick<FormerKeys, 'sign'>,
  mail: { id: number; messageDate: Instant; to: string },
  host: string,
): string {
  // The date is that of the first attempt: a recreated database numbers from 1 again, and must not repeat
  // Message-IDs.
  const to = mailedForm(mail.to.trim());
  const at = to.lastIndexOf('@');
  const subject = `${mail.id} ${mail.messageDate} ${to.slice(0, at)}${to.slice(at).toLowerCase()}`;
  return messageIdFor(keys.sign('message-id', subject), host);
}
