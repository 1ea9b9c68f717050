import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { TrialbellError } from './errors.ts';
import { findRsaKeyFault } from './keys.ts';
import { isLanguage, languages } from './languages.ts';

const url = (protocols: string[], example: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `is no ${protocols.join(' or ')} address; for example ${example}`,
  });

const integer = (min: number, max: number, example: string) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}; for example ${example}`,
    })
    .transform(Number);

const address = z.email({ error: 'is no e-mail address; for example bell@example.org' });

const addresses = z
  .string()
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
  .pipe(z.array(address));

const mailFrom = z
  .string()
  .refine((text) => address.safeParse(text.replace(/^.*<([^<>]*)>$/, '$1')).success, {
    error: 'is no sender; for example Trialbell <bell@example.org>',
  });

const timezone = z.string().refine(
  (zone) => {
    try {
      Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
      return true;
    } catch {
      return false;
    }
  },
  { error: 'is no IANA time zone; for example Europe/Berlin' },
);

const nonEmpty = z.string().min(1, { error: 'is empty; leave it unset instead' });

const secretKey = z
  .string()
  .min(32, { error: 'is shorter than 32 characters; make one with: openssl rand -hex 32' });

const domainName = z
  .string()
  .regex(/^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d-]{2,63}$/i, {
    error: 'is no domain; for example example.org',
  })
  .toLowerCase();

const selectorName = z.string().regex(/^[a-z\d]([a-z\d.-]*[a-z\d])?$/i, {
  error: 'is no DKIM selector; for example bell2026',
});

const dkimKeyExample = 'make one with: openssl genrsa -out dkim.pem 2048, and set DKIM_KEY_FILE=dkim.pem';

/** In an environment file the lines of a key are often parted by a written `\n`. */
const rsaKey = z
  .string()
  .transform((text) => text.replaceAll('\\n', '\n'))
  .superRefine((pem, check) => {
    const fault = findRsaKeyFault(pem);
    if (fault !== null) check.addIssue(`${fault}; ${dkimKeyExample}`);
  });

const mailboxExample = 'imaps://user:secret@imap.example.org/INBOX';

/** User and password belong to it: without them nothing can be read, and a sign that is not encoded would be cut off. */
const mailbox = url(['imaps:', 'imap:'], mailboxExample).refine(
  (text) => {
    if (!URL.canParse(text)) return true;
    const { hostname, username, password, pathname } = new URL(text);
    const parts = [username, password, pathname];
    return ![hostname, username, password].includes('') && parts.every((part) => isEncoded(part));
  },
  {
    error: `names no host, user and password, or not in the form of an address (@ in a name is %40); for example ${mailboxExample}`,
  },
);

function isEncoded(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}

/** Every variable the program reads, in the order of docs/operating.md. */
const Variables = z.object({
  DATABASE_URL: url(
    ['postgres:', 'postgresql:'],
    'postgres://trialbell:secret@db.example.org/trialbell',
  ).optional(),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://localhost:6379').optional(),
  SMTP_URL: url(['smtp:', 'smtps:'], 'smtp://user:secret@mail.example.org:587').optional(),
  MAIL_FROM: mailFrom.optional(),
  BASE_URL: url(['http:', 'https:'], 'https://bell.example.org').optional(),
  PORT: integer(0, 65_535, '3000').optional(),
  DATA_DIR: nonEmpty.optional(),
  SECRET_KEY: secretKey.optional(),
  NEW_SECRET_KEY: secretKey.optional(),
  ADMIN_EMAILS: addresses.optional(),
  VIEWER_EMAILS: addresses.optional(),
  OPERATOR_NAME: nonEmpty.optional(),
  OPERATOR_ADDRESS: nonEmpty.optional(),
  PRIVACY_CONTACT: nonEmpty.optional(),
  DEFAULT_TIMEZONE: timezone.default('UTC'),
  DEFAULT_LANGUAGE: z
    .string()
    .refine(isLanguage, { error: `is no language of ours; choose one of: ${languages.join(', ')}` })
    .default('en'),
  MIN_AGE: integer(0, 120, '16').prefault('16'),
  DKIM_DOMAIN: domainName.optional(),
  DKIM_SELECTOR: selectorName.optional(),
  DKIM_KEY: rsaKey.optional(),
  BOUNCE_IMAP_URL: mailbox.optional(),
  MAIL_RATE_PER_DOMAIN: integer(0, 100_000, '20').prefault('20'),
  AMBIGUOUS_RETRY: z.enum(['on', 'off'], { error: 'must be on or off' }).default('on'),
  HEARTBEAT_URL: url(['http:', 'https:'], 'https://monitor.example.org/ping/trialbell').optional(),
  CTGOV_URL: url(['http:', 'https:'], 'https://clinicaltrials.gov/api/v2').default(
    'https://clinicaltrials.gov/api/v2',
  ),
  CTGOV_PACE_MS: integer(0, 3_600_000, '1000').prefault('1000'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be debug, info, warn, error or silent',
    })
    .optional(),
});

/** Variables whose value is a secret and may stand in a file instead: `NAME_FILE` names it. */
const secrets = [
  'DATABASE_URL',
  'REDIS_URL',
  'SMTP_URL',
  'SECRET_KEY',
  'NEW_SECRET_KEY',
  'DKIM_KEY',
  'BOUNCE_IMAP_URL',
  'HEARTBEAT_URL',
] as const;

export type Config = {
  databaseUrl: string | null;
  redisUrl: string | null;
  smtpUrl: string | null;
  mailFrom: string;
  baseUrl: string;
  port: number;
  dataDir: string;
  secretKey: string | null;
  /** The key that `rekey` brings. */
  newSecretKey: string | null;
  adminEmails: string[];
  /** Who may look at the admins' pages, and do nothing there. */
  viewerEmails: string[];
  operator: { name: string; address: string | null; privacyContact: string | null };
  defaultTimezone: string;
  /** What is spoken to those whose language is not known. */
  defaultLanguage: string;
  minAge: number;
  /** What mails are signed with; null: they are not. */
  dkim: { domain: string; selector: string; privateKey: string } | null;
  /** The mailbox that mails come back to; null: nobody looks into one. */
  bounceImapUrl: string | null;
  /** Mails a second to one destination domain, over all processes; 0 for no limit. */
  mailRatePerDomain: number;
  /** Whether a mail whose fate is unknown is sent once more. */
  ambiguousRetry: boolean;
  heartbeatUrl: string | null;
  ctgov: { url: string; paceMs: number };
  logLevel: string | null;
};

/** Whether a host name is this machine's own. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

/**
 * Reads the configuration from environment variables, once, at start. Throws a TrialbellError that names each wrong
 * variable, its fault and an example; a secret's value is never repeated.
 */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const parsed = Variables.safeParse(withSecretFiles(env));
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
    throw new TrialbellError(`The configuration is wrong:\n  ${faults.join('\n  ')}`);
  }
  const read = parsed.data;
  checkTogether(read);
  const port = read.PORT ?? 3000;
  const { DKIM_DOMAIN: domain, DKIM_SELECTOR: selector, DKIM_KEY: privateKey } = read;
  return {
    databaseUrl: read.DATABASE_URL ?? null,
    redisUrl: read.REDIS_URL ?? null,
    smtpUrl: read.SMTP_URL ?? null,
    mailFrom: read.MAIL_FROM ?? 'Trialbell <trialbell@localhost.localdomain>',
    baseUrl: (read.BASE_URL ?? `http://localhost:${port}`).replace(/\/+$/, ''),
    port,
    dataDir: resolve(read.DATA_DIR ?? '.trialbell'),
    secretKey: read.SECRET_KEY ?? null,
    newSecretKey: read.NEW_SECRET_KEY ?? null,
    adminEmails: read.ADMIN_EMAILS ?? [],
    viewerEmails: read.VIEWER_EMAILS ?? [],
    operator: {
      name: read.OPERATOR_NAME ?? 'Trialbell',
      address: read.OPERATOR_ADDRESS ?? null,
      privacyContact: read.PRIVACY_CONTACT ?? null,
    },
    defaultTimezone: read.DEFAULT_TIMEZONE,
    defaultLanguage: read.DEFAULT_LANGUAGE,
    minAge: read.MIN_AGE,
    dkim: domain && selector && privateKey ? { domain, selector, privateKey } : null,
    bounceImapUrl: read.BOUNCE_IMAP_URL ?? null,
    mailRatePerDomain: read.MAIL_RATE_PER_DOMAIN,
    ambiguousRetry: read.AMBIGUOUS_RETRY === 'on',
    heartbeatUrl: read.HEARTBEAT_URL ?? null,
    ctgov: { url: read.CTGOV_URL.replace(/\/+$/, ''), paceMs: read.CTGOV_PACE_MS },
    logLevel: read.LOG_LEVEL ?? null,
  };
}

/** What holds between variables: a real mail server wants a sender, an address of ours, and who runs this. */
function checkTogether(read: z.infer<typeof Variables>): void {
  const missing: string[] = [];
  if (read.DATABASE_URL && !read.SECRET_KEY) {
    missing.push(
      'SECRET_KEY is needed with DATABASE_URL: it encrypts addresses and must outlive this folder. Make one with: openssl rand -hex 32',
    );
  }
  if (read.SMTP_URL && !isLoopback(new URL(read.SMTP_URL).hostname)) {
    const needed = {
      MAIL_FROM: 'Trialbell <bell@example.org>',
      BASE_URL: 'https://bell.example.org',
      OPERATOR_NAME: 'Example Charity',
      OPERATOR_ADDRESS: '1 Example Street, Example Town',
      PRIVACY_CONTACT: 'privacy@example.org',
    };
    for (const [name, example] of Object.entries(needed)) {
      if (!read[name as keyof typeof needed]) {
        missing.push(`${name} is needed before mail leaves this machine; for example ${example}`);
      }
    }
  }
  const dkim = {
    DKIM_DOMAIN: 'for example example.org',
    DKIM_SELECTOR: 'for example bell2026',
    DKIM_KEY: dkimKeyExample,
  };
  const names = Object.keys(dkim) as (keyof typeof dkim)[];
  const given = names.filter((name) => read[name]);
  for (const name of given.length > 0 ? names.filter((one) => !read[one]) : [])
    missing.push(`${name} is needed with ${given.join(' and ')}; ${dkim[name]}`);
  if (missing.length > 0)
    throw new TrialbellError(`The configuration is incomplete:\n  ${missing.join('\n  ')}`);
}

/** Empty values count as unset, as compose files and shells write them. */
function withSecretFiles(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const values = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  for (const name of secrets) {
    const file = values[`${name}_FILE`];
    if (!file) continue;
    if (values[name]) throw new TrialbellError(`${name} and ${name}_FILE are both set: keep one of them.`);
    try {
      values[name] = readFileSync(file, 'utf8').trim();
    } catch (cause) {
      throw new TrialbellError(`${name}_FILE names a file that cannot be read: ${file}`, { cause });
    }
  }
  return values;
}
