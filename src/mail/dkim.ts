import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import DKIM from 'nodemailer/lib/dkim';

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
  ...['From', 'To', 'Subject', 'Date', 'Message-ID'],
  ...['List-ID', 'List-Unsubscribe', 'List-Unsubscribe-Post', 'Auto-Submitted'],
  ...['MIME-Version', 'Content-Type', 'Content-Transfer-Encoding'],
];

const signers = new Map<string, DKIM>();

/**
 * Returns the message with its signature (rsa-sha256, relaxed/relaxed) in front. The same message gives the
 * same bytes. Throws if signing fails.
 */
export async function signMessage(message: Buffer, key: DkimKey): Promise<Buffer> {
  const signed = await buffer(signerOf(key).sign(message));
  // If the key fails, the signer returns the message unsigned.
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
    // Parsed once, not for each mail. The library's types allow only PEM texts.
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
