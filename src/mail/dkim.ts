import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';

/** What mails are signed with: the selector's public half stands in the domain's DNS. */
export type DkimKey = {
  domain: string;
  selector: string;
  /** An RSA private key as PEM. */
  privateKey: string;
};

/**
 * What a signature covers (E2). nodemailer's own list leaves out List-Unsubscribe-Post, without which the one click does
 * not count (RFC 8058, 4), and Auto-Submitted.
 */
const signedHeaders = [
  ...['From', 'To', 'Subject', 'Date', 'Message-ID'],
  ...['List-ID', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'Auto-Submitted'],
  ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
];

const signers = new Map<string, DKIM>();

/** The message with its signature (rsa-sha256, relaxed/relaxed) in front; the same message gives the same bytes. Throws when it cannot be signed. */
export async function signMessage(message: Buffer, key: DkimKey): Promise<Buffer> {
  const signed = await buffer(signerOf(key).sign(message));
  // The signer hands a message on unsigned when the key fails.
  if (!signed.subarray(0, 15).equals(Buffer.from('DKIM-Signature:')))
    throw new Error(`no signature could be made with the key of ${key.selector}._domainkey.${key.domain}`);
  return signed;
}

function signerOf({ domain, selector, privateKey }: DkimKey): DKIM {
  const name = `${selector} ${domain} ${privateKey}`;
  const known = signers.get(name);
  if (known) return known;
  const signer = new DKIM({
    domainName: domain,
    keySelector: selector,
    // Read once, not for each mail; the types know of PEM texts only.
    privateKey: createPrivateKey(privateKey) as KeyObject & { key: string; passphrase: string },
    headerFieldNames: signedHeaders.join(':'),
  });
  signers.set(name, signer);
  return signer;
}

/** The TXT record to publish at `<selector>._domainkey.<domain>` (RFC 6376, 3.6.1). */
export function dkimRecord(key: DkimKey): string {
  const spki = createPublicKey(key.privateKey).export({ type: 'spki', format: 'der' });
  return `v=DKIM1; k=rsa; p=${spki.toString('base64')}`;
}
