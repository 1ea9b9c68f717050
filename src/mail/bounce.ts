import PostalMime from 'postal-mime';
import { classifyRefusal } from './smtp-reply.ts';

/**
 * What a report means: `hard` the mailbox is not there and will not be, `soft` it took no mail for now, `policy` the
 * refusal was about us, `message` about the mail's own form, `complaint` its reader called it spam, `delayed` it is still
 * being tried, `information` nothing went wrong.
 */
export type BounceKind = 'hard' | 'soft' | 'policy' | 'message' | 'complaint' | 'delayed' | 'information';

/** A delivery status or feedback report as it reads. Anyone can write one: it is believed only for a Message-ID of ours. */
export type Bounce = {
  kind: BounceKind;
  /** Every Message-ID it names as the mail it speaks of, in angle brackets. */
  messageIds: string[];
  /** The server's own words; they may hold addresses. */
  said: string;
};

type Fields = Map<string, string>;

const statusTypes = ['message/delivery-status', 'message/global-delivery-status'];
const returnedTypes = [
  ...['message/rfc822', 'text/rfc822-headers', 'message/rfc822-headers'],
  ...['message/global', 'message/global-headers'],
];
/** Of a part of a report no more is read, in characters. */
const mostRead = 64_000;
const mostIds = 10;
const mostSaid = 1_000;

/** Codes that say that there is no such mailbox, and will not be (RFC 3463, RFC 7505; 5.2.1: disabled). */
const dead = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1']);
/** A code of three numbers after a reply code, or after the sign qmail's descendants put before it; no address's part. */
const codesSaid = /(?:\b[45]\d\d[ -]|#)([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)/g;
const policyWords =
  /\b(?:spam|junk ?mail|blocked|block ?list|black ?list|[a-z]*rbl|dnsbl|reputation|unsolicited|dmarc|dkim|spf|user complaints|policy (?:reasons|violation)|local policy)\b/i;
const deadWords =
  /\bno such (?:user|mailbox|recipient|address|person)|\b(?:user|mailbox|recipient|address|account)\b[^.\n]{0,60}?(?:unknown|not found|does ?n[o']t exist|does not exist|no longer)|\b(?:unknown|invalid) (?:user|recipient|mailbox|address)|does(?: not|n't) have an? \S+ account/i;
const complaints = ['abuse', 'fraud', 'opt-out', 'opt-out-list'];

/** Reads a delivery status report (RFC 3464) or a feedback report (RFC 5965); null when the message is neither. Never throws. */
export async function readBounce(raw: Uint8Array | string): Promise<Bounce | null> {
  const email = await PostalMime.parse(raw, { forceRfc822Attachments: true, maxNestingDepth: 20 }).catch(
    () => null,
  );
  if (!email) return null;
  const parts = email.attachments.map(({ mimeType, content }) => ({
    type: mimeType,
    text: (typeof content === 'string' ? content : new TextDecoder().decode(content)).slice(0, mostRead),
  }));
  const status = parts.find(({ type }) => statusTypes.includes(type));
  const feedback = parts.find(({ type }) => type === 'message/feedback-report');
  const report = status ?? feedback;
  if (!report) return null;
  const blocks = readBlocks(report.text);
  const returned = parts
    .filter(({ type }) => returnedTypes.includes(type))
    .map(({ text }) => headersOf(text));
  const named = [
    ...[...returned, ...blocks].flatMap((fields) => [
      fields.get('message-id'),
      fields.get('x-original-message-id'),
      fields.get('original-message-id'),
    ]),
    email.inReplyTo,
    email.references,
  ].flatMap((text) => text?.match(/<[^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+>/gu) ?? []);
  const read = status ? readStatus(blocks) : readFeedback(blocks);
  // What no database keeps and no console should show is in no words of a mail server.
  const said = read.said.slice(0, mostSaid).replace(/\p{Cc}+/gu, ' ');
  return { ...read, said, messageIds: [...new Set(named)].slice(0, mostIds) };
}

/** Several recipients: one mail of ours goes to one address, so they are what that address led to. */
function readStatus(blocks: Fields[]): Omit<Bounce, 'messageIds'> {
  const recipients = blocks
    .filter((fields) => fields.has('action') || fields.has('status'))
    .map((fields) => ({
      kind: judge(fields),
      said: fields.get('diagnostic-code') ?? fields.get('status') ?? '',
    }));
  const of = (kind: BounceKind) => recipients.find((one) => one.kind === kind);
  const worst =
    of('policy') ?? of('hard') ?? of('soft') ?? of('message') ?? of('delayed') ?? of('information');
  if (!worst) return { kind: 'information', said: '' };
  // Another one was reached, or may be: the address itself is alive.
  const isAlive = recipients.some(({ kind }) => kind !== 'hard');
  return worst.kind === 'hard' && isAlive ? { ...worst, kind: 'soft' } : worst;
}

function judge(fields: Fields): BounceKind {
  const action = fields.get('action')?.toLowerCase().trim() ?? 'failed';
  if (action === 'delayed') return 'delayed';
  if (action !== 'failed') return 'information';
  const said = (fields.get('diagnostic-code') ?? '').slice(0, mostSaid);
  const status = /[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0];
  const codes = [...said.matchAll(codesSaid)].map(([, code]) => code ?? '');
  if (status) codes.push(status);
  const kinds = codes.filter((code) => !/^\d\.0\.0$/.test(code)).map(judgeCode);
  if (kinds.includes('policy')) return 'policy';
  if (kinds[0]) return kinds[0];
  if (policyWords.test(said)) return 'policy';
  const isPermanent = codes.every((code) => code.startsWith('5')) && !/^\W*smtp;\s*4\d\d/i.test(said);
  return isPermanent && deadWords.test(said) ? 'hard' : 'soft';
}

function judgeCode(code: string): BounceKind {
  if (dead.has(code)) return 'hard';
  const fault = classifyRefusal(`${code[0]}50 ${code}`, 'rcpt');
  if (fault === 'policy' || fault === 'sender') return 'policy';
  return fault === 'message' ? 'message' : 'soft';
}

function readFeedback([fields]: Fields[]): Omit<Bounce, 'messageIds'> {
  const type = fields?.get('feedback-type')?.toLowerCase().trim() ?? '';
  const said = `${type} (${fields?.get('user-agent') ?? 'a mailbox provider'})`;
  return { kind: complaints.includes(type) ? 'complaint' : 'information', said };
}

/** Groups of fields, parted by empty lines. */
function readBlocks(text: string): Fields[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/)
    .map(readFields)
    .filter((fields) => fields.size > 0);
}

function headersOf(text: string): Fields {
  return readFields(
    text
      .replace(/\r\n?/g, '\n')
      .replace(/^\n+/, '')
      .split(/\n[ \t]*\n/)[0] ?? '',
  );
}

/** Fields by their name in small letters, unfolded; of several of one name the first. */
function readFields(block: string): Fields {
  const fields: Fields = new Map();
  for (const line of block.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const [, name, value] = /^([!-9;-~]+):(.*)$/.exec(line) ?? [];
    if (name && !fields.has(name.toLowerCase())) fields.set(name.toLowerCase(), (value ?? '').trim());
  }
  return fields;
}
