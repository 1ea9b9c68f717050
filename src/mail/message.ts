import { hash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseSender } from '../core/text/mail-address.ts';
import type { Instant } from '../core/trial.ts';
import { type DkimKey, signMessage } from './dkim.ts';
import { encodeQuotedPrintable } from './quoted-printable.ts';

/** A mail rendered from its template folder. */
export type RenderedMail = { subject: string; text: string; html: string };

/** A mail whose text and HTML are encoded as quoted-printable. */
export type EncodedMail = { subject: string; encoded: { text: string; html: string } };

/** The input of one message. The same values give the same bytes. */
export type MessageParts = (RenderedMail | EncodedMail) & {
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
 * subscription. The composer makes the frame, once for all messages that have the same one.
 */
export async function buildMessage(parts: MessageParts): Promise<Buffer> {
  const frame = await frameFor(parts);
  const message = frame({
    to: parts.to,
    messageId: parts.messageId,
    date: headerDate(parts.date),
    unsubscribe: parts.listUnsubscribe ? unsubscribeValue(parts.listUnsubscribe) : '',
    boundary: hash('sha256', parts.messageId, 'hex').slice(0, 32),
    ...('encoded' in parts ? parts.encoded : encodeMail(parts)),
  });
  return parts.dkim ? signMessage(message, parts.dkim) : Buffer.from(message, 'latin1');
}

function encodeMail({ text, html }: RenderedMail): EncodedMail['encoded'] {
  return { text: encodeQuotedPrintable(text), html: encodeQuotedPrintable(html) };
}

const frames = new Map<string, Promise<Frame>>();
const mostFrames = 1_000;

/** An address that the composer writes as it is, on the line of its header. */
const plainAddress = /^(?=.{3,60}$)[\w+-]+(\.[\w+-]+)*@([a-z\d-]+\.)+[a-z]{2,}$/;
const ownMessageId = /^<[\da-f]{40}@([a-z\d.-]+)>$/;

function frameFor(parts: MessageParts): Promise<Frame> {
  const { from, subject, messageId, to } = parts;
  const isPlain = plainAddress.test(to) && !to.includes('xn--') && ownMessageId.test(messageId);
  if (!isPlain) return makeFrame(parts, parts);
  const gapId = messageId.replace(/^<.{40}/, `<${'0'.repeat(40)}`);
  const listId = parts.listUnsubscribe && (parts.listId ?? '');
  const key = JSON.stringify([from, subject, gapId, listId]);
  const known = frames.get(key);
  frames.delete(key);
  const frame = known ?? makeFrame(parts, { to: gaps.to, messageId: gapId });
  frames.set(key, frame);
  const [oldest] = frames.keys();
  if (frames.size > mostFrames && oldest !== undefined) frames.delete(oldest);
  return frame;
}

async function makeFrame(
  parts: MessageParts,
  { to, messageId }: { to: string; messageId: string },
): Promise<Frame> {
  const headers: Record<string, string | { prepared: boolean; value: string }> = {
    'Auto-Submitted': 'auto-generated',
    // Exchange respects this field: all automatic replies except reports of a mail that could not be
    // delivered.
    'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply',
  };
  if (parts.listUnsubscribe) {
    // Marked as prepared: the composer would fold or encode a long address, and some mail clients want it on
    // one line.
    headers['List-Unsubscribe'] = { prepared: true, value: gaps.unsubscribe };
    headers['List-Unsubscribe-Post'] = 'List-Unsubscribe=One-Click';
    if (parts.listId) headers['List-Id'] = parts.listId;
  }
  const composer = new MailComposer({
    // As parts: in a single text a colon would begin a group, and parentheses a comment.
    from: parseSender(parts.from) ?? parts.from,
    to: { name: '', address: to },
    subject: headerText(parts.subject),
    messageId,
    date: new Date(gapDate),
    headers,
    text: gaps.text,
    html: gaps.html,
    encoding: 'quoted-printable',
    newline: 'win',
    baseBoundary: gaps.boundary,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return frameOf((await composer.compile().build()).toString('latin1'), messageId);
}

function unsubscribeValue({ url, mailto }: { url: string; mailto?: string }): string {
  return [url, mailto && `mailto:${mailto}`]
    .filter((way) => way !== undefined)
    .map((way) => `<${encodeForHeader(way)}>`)
    .join(', ');
}

/** The Message-ID of a delivery. It is the same for each attempt, and reveals neither reader nor topic. */
export function messageIdFor(deliveryId: string | number, host: string): string {
  const digest = hash('sha256', `trialbell delivery ${deliveryId} ${host}`, 'hex');
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

/** What differs from one message to the next in the same frame, as it stands on the wire. */
type Filling = {
  to: string;
  messageId: string;
  date: string;
  unsubscribe: string;
  boundary: string;
  text: string;
  html: string;
};

/** A composed message with gaps. */
type Frame = (filling: Filling) => string;

/** What stands in the gaps while a frame is composed. The composer must neither fold nor encode any of it. */
const gaps: Omit<Filling, 'messageId' | 'date'> = {
  to: 'gap-to@gap.invalid',
  unsubscribe: '<https://gap.invalid/unsubscribe>',
  boundary: '0gap1gap2gap3gap4gap5gap6gap7gap',
  text: 'gap-text',
  html: 'gap-html',
};
/** The date in the gap. Every date has its length. */
const gapDate = '2001-02-03T04:05:06.000Z';

/** Makes a frame of a message that was composed with `gaps`, and with `messageId` in the place of its own. */
function frameOf(composed: string, messageId: string): Frame {
  const marks = Object.entries({ ...gaps, messageId, date: headerDate(gapDate) });
  const found = marks
    .flatMap(([name, mark]) =>
      placesOf(composed, mark).map((at) => ({ name: name as keyof Filling, mark, at })),
    )
    .toSorted((a, b) => a.at - b.at);
  const ends = found.map(({ at, mark }) => at + mark.length);
  const literals = [
    ...found.map(({ at }, n) => composed.slice(ends[n - 1] ?? 0, at)),
    composed.slice(ends.at(-1) ?? 0),
  ];
  return (filling) => {
    let message = literals[0] ?? '';
    for (const [n, { name }] of found.entries()) message += filling[name] + literals[n + 1];
    return message;
  };
}

/** A date as it stands in a header (RFC 5322). */
function headerDate(date: string): string {
  return new Date(date).toUTCString().replace('GMT', '+0000');
}

function placesOf(text: string, mark: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}
