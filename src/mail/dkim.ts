import { sign as begin, createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { foldLines } from 'nodemailer/lib/mime-funcs';

/** The DKIM key for signing mails. The domain's DNS publishes the public half under the selector. */
export type DkimKey = {
  domain: string;
  selector: string;
  /** An RSA private key as PEM. */
  privateKey: string;
};

/**
 * The signed headers (E2). nodemailer's default list lacks Auto-Submitted and List-Unsubscribe-Post; RFC
 * 8058, 4 demands a signature over the latter.
 */
const signedHeaders = [
  ...['from', 'to', 'subject', 'date', 'message-id'],
  ...['list-id', 'list-unsubscribe', 'list-unsubscribe-post', 'auto-submitted'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
];

const sign = promisify(begin);

/**
 * Returns the message with its signature (rsa-sha256, relaxed/relaxed) in front. The same message gives the
 * same bytes. The key works in another thread. Throws if signing fails. `message` is one character per byte.
 */
export async function signMessage(message: string, key: DkimKey): Promise<Buffer> {
  const end = message.indexOf('\r\n\r\n') + 2;
  const bodyHash = createHash('sha256')
    .update(relaxedBody(message.slice(end + 2)), 'latin1')
    .digest('base64');
  const headers = readHeaders(message.slice(0, end));
  const names = signedHeaders.filter((name) => headers.has(name));
  const tags = [
    ...['v=1', 'a=rsa-sha256', 'c=relaxed/relaxed', `d=${key.domain}`, 'q=dns/txt'],
    ...[`s=${key.selector}`, `bh=${bodyHash}`, `h=${names.join(':')}`],
  ];
  const unsigned = `${foldLines(`DKIM-Signature: ${tags.join('; ')}`, 76)};\r\n b=`;
  const told = [...names.map((name) => headers.get(name) ?? ''), relaxedHeader(unsigned)].join('\r\n');
  const signature = await sign('RSA-SHA256', Buffer.from(told, 'latin1'), privateKeyOf(key)).catch(
    (cause) => {
      const name = `${key.selector}._domainkey.${key.domain}`;
      throw new Error(`no signature could be made with the key of ${name}`, { cause });
    },
  );
  const folded = signature.toString('base64').replace(/(^.{73}|.{75}(?!\r?\n|\r))/g, '$&\r\n ');
  return Buffer.from(`${unsigned}${folded.trim()}\r\n${message}`, 'latin1');
}

/** The signed form of each header, by its name; of several, the last one. */
function readHeaders(text: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of text.split(/\r\n(?![ \t])/)) {
    const header = relaxedHeader(line);
    headers.set(header.slice(0, header.indexOf(':')), header);
  }
  return headers;
}

/** RFC 6376, 3.4.2. */
function relaxedHeader(line: string): string {
  const at = line.indexOf(':');
  const value = line
    .slice(at + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '');
  return `${line.slice(0, at).trimEnd().toLowerCase()}:${value}`;
}

/** RFC 6376, 3.4.4. */
function relaxedBody(body: string): string {
  const text = body
    .replace(/[ \t]{2,}|\t/g, ' ')
    .replaceAll(' \r\n', '\r\n')
    .replace(/(\r\n)+$/, '');
  return text === '' ? '' : `${text}\r\n`;
}

const privateKeys = new Map<string, KeyObject>();

/** The key is parsed once, not for each mail. */
function privateKeyOf({ privateKey }: DkimKey): KeyObject {
  const known = privateKeys.get(privateKey) ?? createPrivateKey(privateKey);
  privateKeys.set(privateKey, known);
  return known;
}

/** The TXT record to publish at `<selector>._domainkey.<domain>` (RFC 6376, 3.6.1). */
export function dkimRecord(key: DkimKey): string {
  const spki = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' });
  return `v=DKIM1; k=rsa; p=${spki.toString('base64')}`;
}
