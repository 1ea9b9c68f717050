import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseSender } from '../core/text/mail-address.ts';
import type { Instant } from '../core/trial.ts';
import { type DkimKey, signMessage } from './dkim.ts';

/** A mail rendered from its template folder. */
export type RenderedMail = { subject: string; text: string; html: string };

/** The input of one message. The same values give the same bytes. */
export type MessageParts = RenderedMail & {
  /** A bare address. */
  to: string;
  /** An address, or `Name <address>`. */
  from: string;
  /** With angle brackets, as `messageIdFor` makes it. */
  messageId: string;
  date: Instant;
  /** Stable for all mails of this sender, and without any topic: `Trialbell <trialbell.example.org>`. */
  listId?: string;
  /**
   * For digests only: the URL that ends the subscription with one click (RFC 8058), and optionally a mailto
   * address.
   */
  listUnsubscribe?: { url: string; mailto?: string };
  /** The signing key; null or absent for an unsigned message. */
  dkim?: DkimKey | null;
};

/**
 * Builds a message as RFC 5322 bytes with CRLF. Its headers name neither the topic nor, except for `To`, the
 * reader (D6). Without `listUnsubscribe` the message has no list headers at all: only digests belong to a
 * subscription.
 */
export async function buildMessage(parts: MessageParts): Promise<Buffer> {
  const headers: Record<string, string | { prepared: boolean; value: string }> = {
    'Auto-Submitted': 'auto-generated',
    // Exchange respects this field: all automatic replies except reports of a mail that could not be
    // delivered.
    'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply',
  };
  if (parts.listUnsubscribe) {
    const { url, mailto } = parts.listUnsubscribe;
    // Marked as prepared: the composer would fold or encode a long address, and some mail clients want it on
    // one line.
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
    // As parts: in a single text a colon would begin a group, and parentheses a comment.
    from: parseSender(parts.from) ?? parts.from,
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

/** The Message-ID of a delivery. It is the same for each attempt, and reveals neither reader nor topic. */
export function messageIdFor(deliveryId: string | number, host: string): string {
  const digest = createHash('sha256').update(`trialbell delivery ${deliveryId} ${host}`).digest('hex');
  return `<${digest.slice(0, 40)}@${host}>`;
}

/** The stable List-Id for a host (RFC 2919). It names no topic. */
export function listIdFor(host: string): string {
  return `<digests.${host}>`;
}

function headerText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function encodeForHeader(url: string): string {
  return url.replace(/[^!-;=?-~]/g, (character) => encodeURIComponent(character));
}
