import { encode, wrap } from 'nodemailer/lib/qp';

/** A line that stands as it is: printable, no `=`, no space at its end, and short enough with its line break. */
const plainLine = /^(?:[ -<>-~]{0,73}[!-<>-~])?$/;
/** Encoded lines that are remembered, in each of two generations. */
const atMost = 8_000;

let young = new Map<string, string>();
let old = new Map<string, string>();

/**
 * Encodes a text as quoted-printable (RFC 2045), each line on its own, so that a line comes out the same in every mail.
 * Each line ends in CRLF, the last one too.
 */
export function encodeQuotedPrintable(text: string): string {
  return encodeLines(text, encodeLine);
}

/** As `encodeQuotedPrintable`, for a text of one mail alone: remembers none of it. */
export function encodeOnce(text: string): string {
  return encodeLines(text, (line) => wrap(`${encode(line)}\r\n`));
}

function encodeLines(text: string, encodeOne: (line: string) => string): string {
  const lines = (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text).split('\n');
  if (lines.at(-1) === '') lines.pop();
  let encoded = '';
  for (const line of lines) encoded += plainLine.test(line) ? `${line}\r\n` : encodeOne(line);
  return encoded;
}

/** Encodes a line, with soft breaks where it is too long. Most long lines are the same in many mails. */
function encodeLine(line: string): string {
  const known = young.get(line) ?? old.get(line);
  if (known !== undefined) return known;
  const encoded = wrap(`${encode(line)}\r\n`);
  if (young.size >= atMost) {
    old = young;
    young = new Map();
  }
  young.set(line, encoded);
  return encoded;
}
