import { toLines } from './report-fields.ts';

/** The text of a notice, split from the mail that it quotes. */
export type Notice = { words: string; returned: string };

const returnedFields =
  /^[> \t|]*(?:return-path|received|dkim-signature|message-id|from|to|subject|date|mime-version|content-type|list-id|list-unsubscribe|auto-submitted|x-[\w-]+)[ \t]*:/i;
const unmistakable = /^[> \t|]*(?:return-path|received|dkim-signature|message-id|mime-version)[ \t]*:/i;

/** Lines that scanners add to a mail, and captions of the quoted mail. */
const aside =
  /\b(?:scanned|checked) (?:for|by)\b|^\s*(?:subject|betreff|objet|asunto|oggetto|assunto|onderwerp|temat)\s*:/i;

/**
 * Splits a notice at the header that it quotes, which shows as consecutive header fields. If the mail is returned beside
 * the notice (`isWhole`), the notice may continue after them.
 */
export function partNotice(text: string, isWhole: boolean): Notice {
  const lines = toLines(text).filter((line) => !aside.test(line));
  const start = lines.findIndex((line, n) => returnedFields.test(line) && isHeader(lines.slice(n, n + 12)));
  if (start < 0) return { words: text, returned: '' };
  const length = lines.slice(start).findIndex((line) => line.trim() === '');
  const end = isWhole && length >= 0 ? start + length : lines.length;
  const returned = lines.slice(start, end).map((line) => line.replace(/^[> \t|]+(?=[!-9;-~]+[ \t]*:)/, ''));
  return { words: [...lines.slice(0, start), ...lines.slice(end)].join('\n'), returned: returned.join('\n') };
}

function isHeader(lines: string[]): boolean {
  const end = lines.findIndex((line) => line.trim() === '');
  const block = end < 0 ? lines : lines.slice(0, end);
  return (
    block.filter((line) => returnedFields.test(line)).length >= 2 &&
    block.some((line) => unmistakable.test(line))
  );
}

const statusFields =
  /^(?:reporting-mta|received-from-mta|arrival-date|(?:final|original|x-actual)-recipient|action|status|remote-mta|diagnostic-code|last-attempt-date|will-retry-until)[ \t]*:.*(?:\r?\n[ \t]+\S.*)*/gim;

/** Removes the fields of a delivery status from the words of a notice. */
export function withoutStatusFields(words: string): string {
  return words.replace(statusFields, '');
}

/**
 * Finds the servers' answers in a notice. If it quotes the conversation (`<<<`), other lines with a reply code are
 * Sendmail's own summary.
 */
export function findServerWords(words: string): string {
  const lines = toLines(words);
  if (!lines.some((line) => /^\s*<<< /.test(line))) return words;
  return lines
    .filter((line) => !/^\s*>>>|^[45]\d\d[ -]|^\s*<<< 554 5\.5\.1 no valid recipients/i.test(line))
    .map((line) => line.replace(/^\s*<<< /, ''))
    .join('\n');
}

/** Returns the paragraph with a server's answer, or the whole notice if there is none. */
export function findAnswer(words: string): string {
  const paragraphs = words.split(/\n[ \t]*\n/);
  return (paragraphs.find((text) => /(?:^|[\s:])[45]\d\d[ -]/.test(text)) ?? words)
    .replace(/\s+/g, ' ')
    .trim();
}
