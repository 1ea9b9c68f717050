import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  hkdfSync,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrialbellError } from './errors.ts';

/** What the secret key does: encrypts addresses, finds them by keyed hash, derives links. It never enters the database. */
export type Keys = {
  /** AES-256-GCM; a fresh nonce each time. */
  encrypt(text: string): Buffer;
  /** Throws when the value was changed or made with another key. */
  decrypt(sealed: Buffer): string;
  /** HMAC-SHA-256 of an address as `normaliseAddress` writes it, 32 bytes. */
  hashAddress(address: string): Buffer;
  /** HMAC-SHA-256 of an address's domain, 32 bytes: tells which mails go to one provider, and not to which. */
  hashDomain(address: string): Buffer;
  /** A link's unforgeable part for a purpose and a subject, 43 characters of base64url. */
  sign(purpose: string, subject: string): string;
  /** Names the key without telling it: equal for equal keys. */
  fingerprint: string;
  /** What of this key a later one must still know, as a secret text: see `openFormerKeys`. */
  exportFormer(): string;
};

/**
 * What stays needed of a key after another took its place: hashes whose address is not kept cannot be made anew, and
 * links in mails that were sent go on working.
 */
export type FormerKeys = Pick<Keys, 'hashAddress' | 'sign'>;

/** Derives the keys of each use from the secret key (HKDF-SHA-256). */
export function openKeys(secretKey: string): Keys {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', secretKey, 'trialbell', use, 32));
  const addressKey = derive('address-encryption');
  const hashKey = derive('address-hash');
  const domainKey = derive('domain-hash');
  const linkKey = derive('links');
  return {
    encrypt(text) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', addressKey, nonce);
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt(sealed) {
      const decipher = createDecipheriv('aes-256-gcm', addressKey, sealed.subarray(0, 12));
      decipher.setAuthTag(sealed.subarray(-16));
      return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]).toString('utf8');
    },
    ...hashAndSign(hashKey, linkKey),
    hashDomain: (address) =>
      createHmac('sha256', domainKey).update(normaliseAddress(address).replace(/^.*@/s, '')).digest(),
    fingerprint: derive('fingerprint').toString('hex').slice(0, 16),
    exportFormer: () => `${hashKey.toString('hex')} ${linkKey.toString('hex')}`,
  };
}

/** Opens what `exportFormer` gave. */
export function openFormerKeys(exported: string): FormerKeys {
  const [hashKey = '', linkKey = ''] = exported.split(' ');
  return hashAndSign(Buffer.from(hashKey, 'hex'), Buffer.from(linkKey, 'hex'));
}

function hashAndSign(hashKey: Buffer, linkKey: Buffer): FormerKeys {
  return {
    hashAddress: (address) => createHmac('sha256', hashKey).update(normaliseAddress(address)).digest(),
    sign: (purpose, subject) =>
      createHmac('sha256', linkKey).update(`${purpose}\n${subject}`).digest('base64url'),
  };
}

/** The form two spellings of one mailbox share: trimmed, the domain in lower case. The local part is kept as typed. */
export function normaliseAddress(address: string): string {
  const at = address.trim().lastIndexOf('@');
  return address.trim().slice(0, at) + address.trim().slice(at).toLowerCase();
}

/** A random acting token (256 bits) and the hash under which it is stored. */
export function makeToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token) };
}

/** A key for a program (256 random bits, told apart by its beginning), and the hash under which it is stored. */
export function makeApiKey(): { token: string; hash: Buffer } {
  const token = `tbk_${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashToken(token) };
}

/** The form in which an acting token is stored and looked up. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const keyFile = (dataDir: string) => join(dataDir, 'secret-key');
const nextKeyFile = (dataDir: string) => `${keyFile(dataDir)}.next`;

/** The secret key that the data folder keeps; null when it keeps none. */
export function peekSecretKey(dataDir: string): string | null {
  return existsSync(keyFile(dataDir)) ? readFileSync(keyFile(dataDir), 'utf8').trim() : null;
}

/** Keeps a secret key in a data folder that keeps none (mode 0600). Throws when it keeps one. */
export function keepSecretKey(dataDir: string, secretKey: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Linked into place whole: of two processes at once one wins, and neither reads half a key.
  const made = `${keyFile(dataDir)}.${randomUUID()}`;
  writeFileSync(made, `${secretKey}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(made, keyFile(dataDir));
  } finally {
    rmSync(made);
  }
}

/** Writes the key that a turnover is about to bring beside the one in use. */
export function writeNextKey(dataDir: string, secretKey: string): void {
  writeFileSync(nextKeyFile(dataDir), `${secretKey}\n`, { mode: 0o600, flush: true });
}

/**
 * Puts the next key in the place of the one in use when the database has it already: after a turnover, and after one
 * that was killed in between. `fingerprint` is the database's; null when it has none.
 */
export function settleNextKey(dataDir: string, fingerprint: string | null): void {
  try {
    const next = readFileSync(nextKeyFile(dataDir), 'utf8').trim();
    if (openKeys(next).fingerprint === fingerprint) renameSync(nextKeyFile(dataDir), keyFile(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** A secret key as one is made. */
export function makeSecretKey(): string {
  return randomBytes(32).toString('hex');
}

/** The secret key: the configured one, or one made once and kept in the data folder (mode 0600). */
export function readSecretKey(configured: string | null, dataDir: string): string {
  if (configured) return configured;
  try {
    if (peekSecretKey(dataDir) === null) keepSecretKey(dataDir, makeSecretKey());
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new TrialbellError(
        `The secret key cannot be kept in ${dataDir}: set SECRET_KEY, or a writable DATA_DIR.`,
        { cause },
      );
    }
  }
  return readFileSync(keyFile(dataDir), 'utf8').trim();
}

/** What is wrong with a PEM text that should be an RSA private key for DKIM; null when nothing is. */
export function findRsaKeyFault(pem: string): string | null {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    if (asymmetricKeyType !== 'rsa') return `is a key of the kind ${asymmetricKeyType}, not RSA`;
    // RFC 8301, 3.2: shorter ones do not count.
    return (asymmetricKeyDetails?.modulusLength ?? 0) < 1024 ? 'is shorter than 1024 bits' : null;
  } catch {
    return 'is no RSA private key in PEM without a passphrase';
  }
}
