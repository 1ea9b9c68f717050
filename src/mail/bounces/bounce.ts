import { type Reported, reportOf } from './kinds.ts';
import { findAnswer, partNotice, withoutStatusFields } from './notice.ts';
import { type Parsed, parseMessage } from './parse.ts';
import { judgeRecipients } from './recipients.ts';
import { type Fields, firstValue, readBlocks, readHeader } from './report-fields.ts';
import { findReturnTokens } from './return-token.ts';
import { findWriter, isChallenge } from './writer.ts';

/** A parsed bounce. Anyone can write one, so it counts only if it names a Message-ID that we sent. */
export type Bounce = Reported & {
  /** Candidates for the returned mail's Message-ID, in angle brackets, the likeliest first. */
  messageIds: string[];
  /** Tokens from the addresses that the bounce was delivered to. */
  tokens: string[];
};

const statusTypes = ['message/delivery-status', 'message/global-delivery-status'];
const returnedTypes = [
  ...['message/rfc822', 'text/rfc822-headers', 'message/rfc822-headers'],
  ...['message/global', 'message/global-headers'],
];
const idFields = ['message-id', 'x-original-message-id', 'original-message-id'];
const mostIds = 10;
const mostSaid = 1_000;
const mostForwards = 2;
const complaints = ['abuse', 'fraud', 'opt-out', 'opt-out-list'];

/**
 * Reads a bounce in any form: a delivery status (RFC 3464), a feedback report (RFC 5965) or plain words. Other messages
 * get the kind `none`. Never throws.
 */
export async function readBounce(raw: Uint8Array | string): Promise<Bounce> {
  const message = await parseMessage(raw);
  if (!message) return { ...reportOf('none', 'This is not a message.'), messageIds: [], tokens: [] };
  const { report, messageIds } = await readParsed(message, mostForwards);
  // Control characters: PostgreSQL refuses NUL, and a console should show none.
  const said = report.said.slice(0, mostSaid).replace(/\p{Cc}+/gu, ' ');
  return { ...report, said, messageIds, tokens: findReturnTokens(message.header) };
}

async function readParsed(
  message: Parsed,
  forwards: number,
): Promise<{ report: Reported; messageIds: string[] }> {
  const inner = message.parts.find(isReport);
  if (inner && forwards > 0 && !message.parts.some(({ type }) => statusTypes.includes(type))) {
    const forwarded = await parseMessage(inner.text);
    if (forwarded) return readParsed(forwarded, forwards - 1);
  }
  const isWhole = message.parts.some(({ type }) => returnedTypes.includes(type));
  const notice = partNotice(message.text, isWhole);
  return {
    report: readReport(message, notice.words),
    messageIds: findMessageIds(message, notice.returned),
  };
}

/** A gateway may wrap a report in its own. */
function isReport({ type, text }: Parsed['parts'][number]): boolean {
  return (
    type === 'message/rfc822' &&
    /multipart\/report/i.test(firstValue(readHeader(text.trimStart()), 'content-type') ?? '')
  );
}

function readReport(message: Parsed, words: string): Reported {
  const status = message.parts.find(({ type }) => statusTypes.includes(type));
  if (isChallenge(`${words}\n${status?.text ?? ''}`))
    return reportOf('none', 'The recipient asks for proof before the mail is shown.');
  if (status) return judgeRecipients(readBlocks(status.text), words);
  const feedback = message.parts.find(({ type }) => type === 'message/feedback-report');
  if (feedback) return readFeedback(readBlocks(feedback.text)[0] ?? new Map());
  if (message.parts.some(isOutlookComplaint))
    return reportOf('complaint', 'Its reader called the mail spam.', 'Outlook.com');
  // Some servers put the fields of a delivery status into the text.
  const blocks = readBlocks(words).filter((fields) => fields.has('action') && fields.has('final-recipient'));
  if (blocks.length > 0) return judgeRecipients(blocks, withoutStatusFields(words));
  const writer = findWriter(message, words);
  if (writer === 'delayed') return reportOf('delayed', 'The mail is still being tried.', findAnswer(words));
  return writer === 'failed'
    ? judgeRecipients([], words)
    : reportOf('none', 'This is not a report from a mail server.');
}

/** Outlook.com sends a complaint as the mail alone, with a header field of its own. */
function isOutlookComplaint({ type, text }: Parsed['parts'][number]): boolean {
  return type === 'message/rfc822' && readHeader(text.trimStart()).has('x-hmxmroriginalrecipient');
}

function readFeedback(fields: Fields): Reported {
  const type = firstValue(fields, 'feedback-type')?.toLowerCase() ?? '';
  const said = `${type} (${firstValue(fields, 'user-agent') ?? 'a mailbox provider'})`;
  return complaints.includes(type)
    ? reportOf('complaint', 'Its reader called the mail spam.', said)
    : reportOf('information', 'The feedback is not a complaint.', said);
}

/** The Message-ID of the returned mail comes first: the report's In-Reply-To may name an older mail. */
function findMessageIds({ header, parts }: Parsed, returned: string): string[] {
  const returnedHeaders = parts
    .filter(({ type }) => returnedTypes.includes(type))
    .map(({ text }) => readHeader(text.trimStart()));
  const statusBlocks = parts
    .filter(({ type }) => !returnedTypes.includes(type))
    .flatMap(({ text }) => readBlocks(text));
  const named = [
    ...[...returnedHeaders, readHeader(returned), ...statusBlocks].flatMap((fields) =>
      idFields.flatMap((name) => fields.get(name) ?? []),
    ),
    firstValue(header, 'x-original-message-id'),
    firstValue(header, 'in-reply-to'),
    firstValue(header, 'references'),
  ].flatMap((text) => text?.match(/<[^<>\s\p{Cc}]+@[^<>\s\p{Cc}]+>/gu) ?? []);
  return [...new Set(named)].slice(0, mostIds);
}
