import PostalMime from 'postal-mime';
import { type Fields, mostRead, readHeader, toLines } from './report-fields.ts';

/** The parts of a message that can hold a report. */
export type Parsed = {
  header: Fields;
  /** The text for people, HTML without tags. */
  text: string;
  /** Parts that are not text for people, by type. */
  parts: { type: string; text: string }[];
};

/** Only the beginning is read: the returned mail may be long, and the parser takes 20 seconds for 1 MB of short lines. */
const mostBytes = 500_000;
const mostLines = 10_000;
const mostDepth = 20;

/** Reads the parts of a raw message. Null if it cannot be parsed. */
export async function parseMessage(raw: Uint8Array | string): Promise<Parsed | null> {
  const source = wholeLines(raw);
  const email = await PostalMime.parse(source, {
    forceRfc822Attachments: true,
    maxNestingDepth: mostDepth,
  }).catch(() => null);
  if (!email) return null;
  const header = readHeader(email.headerLines.map(({ line }) => line).join('\n'));
  if (email.subject !== undefined) header.set('subject', [email.subject]);
  const text = email.text?.trim() ? email.text : withoutTags(email.html?.slice(0, 4 * mostRead) ?? '');
  const isEmpty = text.trim() === '' && email.attachments.length === 0;
  return {
    header,
    // A damaged report is read as plain words.
    text: (isEmpty ? bodyOf(source) : text).slice(0, mostRead),
    parts: email.attachments.map(({ mimeType, content }) => ({
      type: mimeType,
      text: (typeof content === 'string' ? content : new TextDecoder().decode(content)).slice(0, mostRead),
    })),
  };
}

/** Cuts a message to its beginning and removes the `From ` line of an mbox file. */
function wholeLines(raw: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(typeof raw === 'string' ? Buffer.from(raw) : raw).subarray(0, mostBytes);
  const text = bytes
    .toString('latin1')
    .replace(/^\s+/, '')
    .replace(/^>?From [^\r\n]*\r?[\n\r]/, '');
  const lines = text.includes('\n') ? text.split('\n', mostLines) : toLines(text).slice(0, mostLines);
  return Buffer.from(lines.join('\n'), 'latin1');
}

function bodyOf(source: Uint8Array): string {
  const text = new TextDecoder().decode(source);
  return text.slice(/\r?\n\r?\n/.exec(text)?.index ?? text.length);
}

function withoutTags(html: string): string {
  return html
    .replace(/<(style|script|title)\b[\s\S]*?(?:<\/\1>|$)/gi, ' ')
    .replace(/<(?:br|\/?p|\/?div|\/?tr|\/?li|\/?h\d)\b[^>]*>/gi, '\n')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/&(lt|gt|amp|quot|nbsp|#39);/g, (_, name: string) => entities[name] ?? ' ');
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', '#39': "'" };
