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
import { formerSpellings, normaliseAddress } from './core/text/mail-address.ts';
import { TrialbellError } from './errors.ts';

/**
 * The uses of the secret key: encrypt addresses, find them by keyed hash, derive links. The database never
 * holds the key.
 */
export type Keys = {
  /** AES-256-GCM; a fresh nonce each time. */
  encrypt(text: string): Buffer;
  /** Throws if the value was changed or made with another key. */
  decrypt(sealed: Buffer): string;
  /** HMAC-SHA-256 of an address as `normaliseAddress` writes it, 32 bytes. */
  hashAddress(address: string): Buffer;
  /** The hash of an address, then those under which earlier versions may have stored it: see `formerSpellings`. */
  hashSpellings(address: string): Buffer[];
  /** HMAC-SHA-256 of an address's domain, 32 bytes: groups mails by provider without naming the provider. */
  hashDomain(address: string): Buffer;
  /** The unforgeable part of a link for a purpose and a subject, 43 characters of base64url. */
  sign(purpose: string, subject: string): string;
  /** Identifies the key without revealing it. */
  fingerprint: string;
  /** The parts of this key that are still needed after a key change, as a secret text: see `openFormerKeys`. */
  exportFormer(): string;
};

/**
 * The parts of a key that are still needed after a key change. Hashes of addresses that were not stored
 * cannot be recomputed, and links in mails already sent must keep working.
 */
export type FormerKeys = Pick<Keys, 'hashAddress' | 'hashSpellings' | 'sign'>;

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

/** Opens what `exportFormer` returned. */
export function openFormerKeys(exported: string): FormerKeys {
  const [hashKey = '', linkKey = ''] = exported.split(' ');
  return hashAndSign(Buffer.from(hashKey, 'hex'), Buffer.from(linkKey, 'hex'));
}

function hashAndSign(hashKey: Buffer, linkKey: Buffer): FormerKeys {
  const hash = (spelling: string) => createHmac('sha256', hashKey).update(spelling).digest();
  return {
    hashAddress: (address) => hash(normaliseAddress(address)),
    hashSpellings: (address) => formerSpellings(address).map(hash),
    sign: (purpose, subject) =>
      createHmac('sha256', linkKey).update(`${purpose}\n${subject}`).digest('base64url'),
  };
}

/** Returns a random token (256 bits) and the hash under which it is stored. */
export function makeToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: hashToken(token) };
}

/** Returns an API key (256 random bits with a recognisable prefix) and the hash under which it is stored. */
export function makeApiKey(): { token: string; hash: Buffer } {
  const token = `tbk_${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashToken(token) };
}

/** The hash under which a token is stored and looked up. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

const keyFile = (dataDir: string) => join(dataDir, 'secret-key');
const nextKeyFile = (dataDir: string) => `${keyFile(dataDir)}.next`;

/** Returns the secret key in the data folder, or null. */
export function peekSecretKey(dataDir: string): string | null {
  return existsSync(keyFile(dataDir)) ? readFileSync(keyFile(dataDir), 'utf8').trim() : null;
}

/** Stores a secret key in a data folder (mode 0600). Throws if the folder already has one. */
export function keepSecretKey(dataDir: string, secretKey: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  // Link the complete file into place: if two processes try at once, one wins and neither reads half a key.
  const made = `${keyFile(dataDir)}.${randomUUID()}`;
  writeFileSync(made, `${secretKey}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(made, keyFile(dataDir));
  } finally {
    rmSync(made);
  }
}

/** Writes the next key beside the current one, before a key change. */
export function writeNextKey(dataDir: string, secretKey: string): void {
  writeFileSync(nextKeyFile(dataDir), `${secretKey}\n`, { mode: 0o600, flush: true });
}

/**
 * Makes the next key the current one if the database already uses it: after a key change, even one that was
 * killed halfway. `fingerprint` is the database's; null if it has none.
 */
export function settleNextKey(dataDir: string, fingerprint: string | null): void {
  try {
    const next = readFileSync(nextKeyFile(dataDir), 'utf8').trim();
    if (openKeys(next).fingerprint === fingerprint) renameSync(nextKeyFile(dataDir), keyFile(dataDir));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Makes a secret key. */
export function makeSecretKey(): string {
  return randomBytes(32).toString('hex');
}

/**
 * Returns the secret key: the configured one, or one that is generated once and stored in the data folder
 * (mode 0600).
 */
export function readSecretKey(configured: string | null, dataDir: string): string {
  if (configured) return configured;
  try {
    if (peekSecretKey(dataDir) === null) keepSecretKey(dataDir, makeSecretKey());
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new TrialbellError(
        `The secret key cannot be stored in ${dataDir}: set SECRET_KEY, or a writable DATA_DIR.`,
        { cause },
      );
    }
  }
  return readFileSync(keyFile(dataDir), 'utf8').trim();
}

/** Returns the fault of a PEM text that should be an RSA private key for DKIM, or null. */
export function findRsaKeyFault(pem: string): string | null {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
    if (asymmetricKeyType !== 'rsa') return `is a key of type ${asymmetricKeyType}, not RSA`;
    // RFC 8301, section 3.2: verifiers ignore shorter keys.
    return (asymmetricKeyDetails?.modulusLength ?? 0) < 1024 ? 'is shorter than 1024 bits' : null;
  } catch {
    return 'is not an RSA private key in PEM without a passphrase';
  }
}
