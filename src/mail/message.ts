import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Instant } from '../core/trial.ts';
import { type DkimKey, signMessage } from './dkim.ts';

/** A rendered mail: what a template folder yields. */
export type RenderedMail = { subject: string; text: string; html: string };

/** What one message on the wire is made of. The same values give the same bytes. */
export type MessageParts = RenderedMail & {
  /** A bare address. */
  to: string;
  /** An address, or `Name <address>`. */
  from: string;
  /** With angle brackets, as `messageIdFor` makes it. */
  messageId: string;
  date: Instant;
  /** Stable for everything this sender mails, and naming nothing: `Trialbell <trialbell.example.org>`. */
  listId?: string;
  /** For digests only: where one click ends the subscription (RFC 8058); a mailto after it when there is one. */
  listUnsubscribe?: { url: string; mailto?: string };
  /** What it is signed with; unsigned when there is none. */
  dkim?: DkimKey | null;
};

/**
 * A message as RFC 5322 bytes with CRLF. Headers carry neither the topic nor the reader beyond `To` (D6). Without
 * `listUnsubscribe` there is no list header at all: a mail that is no subscription mail has none to offer.
 */
export async function buildMessage(parts: MessageParts): Promise<Buffer> {
  const headers: Record<string, string | { prepared: boolean; value: string }> = {
    'Auto-Submitted': 'auto-generated',
  };
  if (parts.listUnsubscribe) {
    const { url, mailto } = parts.listUnsubscribe;
    // Prepared: the composer would fold or encode a long address, and some readers want it on one line.
    headers['List-Unsubscribe'] = {
      prepared: true,
      value: [url, mailto && `mailto:${mailto}`]
        .filter((way) => way !== undefined)
        .map((way) => `<${encodeForHeader(way)}>`)
        .join(', '),
    };
    headers['List-Unsubscribe-Post'] = 'List-Unsubscribe=One-Click';
    if (parts.listId) headers['List-Id'] = parts.listId;
  }
  const composer = new MailComposer({
    from: parts.from,
    to: { name: '', address: parts.to },
    subject: headerText(parts.subject),
    messageId: parts.messageId,
    date: new Date(parts.date),
    headers,
    text: parts.text,
    html: parts.html,
    encoding: 'quoted-printable',
    newline: 'win',
    baseBoundary: createHash('sha256').update(parts.messageId).digest('hex').slice(0, 32),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const message = await composer.compile().build();
  return parts.dkim ? signMessage(message, parts.dkim) : message;
}

/** The Message-ID of a delivery: the same at each attempt, and telling nothing of whom or what it is about. */
export function messageIdFor(deliveryId: string | number, host: string): string {
  const digest = createHash('sha256').update(`trialbell delivery ${deliveryId} ${host}`).digest('hex');
  return `<${digest.slice(0, 40)}@${host}>`;
}

/** The sender's stable List-Id for a host (RFC 2919), naming nothing that is followed. */
export function listIdFor(host: string): string {
  return `<digests.${host}>`;
}

function headerText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function encodeForHeader(url: string): string {
  return url.replace(/[^!-;=?-~]/g, (character) => encodeURIComponent(character));
}
