import { z } from 'zod';
import { type RegistryId, registryFacts, registryIds } from '../core/registries.ts';
import { isMailAddress, mailedForm, normaliseAddress, parseSender } from '../core/text/mail-address.ts';
import { readTimezone, usableTimezone } from '../core/text/time-zones.ts';
import { findRsaKeyFault } from '../keys.ts';
import { isLanguage, languagesWithRegions } from '../languages.ts';
import { readDatabaseUrl } from '../postgres/database-url.ts';

/** A URL with one of these protocols. */
export const url = (protocols: string[], example: string) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `is not a valid ${protocols.join(' or ')} URL; for example ${example}`,
  });

const baseUrlExamples = 'https://bell.example.org or https://example.org/bell';

/**
 * Where readers find the pages. Everything is under its path, so that nothing can follow it. The host is read in the form
 * that every mail program knows: in ASCII and lower case.
 */
export const baseUrl = url(['http:', 'https:'], baseUrlExamples)
  .refine(
    (text) =>
      !URL.canParse(text) ||
      (/^https?:\/\/[^/?#@\\]+(\/[\w.~-]+)*\/*$/i.test(text) && !/\/\.{1,2}(\/|$)/.test(text)),
    {
      error: `must be a host and at most a path of letters, digits and - . _ ~, without user, query or fragment; for example ${baseUrlExamples}`,
    },
  )
  .transform((text) => {
    const { origin, pathname } = new URL(text);
    return `${origin}${pathname}`.replace(/\/+$/, '');
  });
const databaseExample =
  'postgres://trialbell:secret@db.example.org/trialbell, and with a standby postgres://trialbell:secret@db1.example.org,db2.example.org/trialbell';

/** A PostgreSQL URL in any of libpq's forms, with one host or several, of which the primary is taken. */
export const database = z.string().transform((text, check) => {
  const read = readDatabaseUrl(text);
  const wanted = read === null ? null : new URL(read).searchParams.get('target_session_attrs');
  if (read === null)
    check.addIssue(`is not a valid postgres: or postgresql: URL; for example ${databaseExample}`);
  else if (wanted !== null && !['any', 'read-write', 'primary'].includes(wanted))
    check.addIssue('asks for a standby, and Trialbell has to write: leave target_session_attrs out');
  return read ?? z.NEVER;
});

/** A whole number between two bounds, both included. */
export const integer = (min: number, max: number, example: string) =>
  z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, {
      error: `must be a whole number from ${min} to ${max}; for example ${example}`,
    })
    .transform(Number);

const address = z
  .string()
  .refine(isMailAddress, { error: 'is not an email address; for example bell@example.org' });

/** E-mail addresses, separated by commas. */
export const addresses = z
  .string()
  .transform((text) => text.split(',').flatMap((part) => part.trim() || []))
  .pipe(z.array(address))
  // In another spelling it is the same person, who gets each alarm once.
  .transform((list) => [...new Map(list.map((one) => [normaliseAddress(one), one])).values()]);

/** Ids of registries, separated by commas, at least one. */
export const registryList = z.string().transform((text, check): RegistryId[] => {
  const named = text.split(',').flatMap((part) => part.trim().toLowerCase() || []);
  const unknown = named.filter((name) => registryFacts(name) === undefined);
  const examples = `for example ${registryIds.join(',')}`;
  if (named.length === 0) check.addIssue(`names no registry; ${examples}`);
  if (unknown.length > 0)
    check.addIssue(`names ${unknown.join(' and ')}, which this program does not read; ${examples}`);
  return registryIds.filter((id) => named.includes(id));
});

/** Ids of registries whose own history can be read, separated by commas. */
export const historyList = z.string().transform((text, check): RegistryId[] => {
  const able = registryIds.filter((id) => registryFacts(id)?.historyUrl !== undefined);
  const named = text.split(',').flatMap((part) => part.trim().toLowerCase() || []);
  const unable = named.filter((name) => !able.some((id) => id === name));
  if (unable.length > 0)
    check.addIssue(
      `names ${unable.join(' and ')}, whose history this program does not read; for example ${able.join(',')}`,
    );
  return able.filter((id) => named.includes(id));
});

/** The sender of mails: an address, with or without a name. */
export const sender = z.string().superRefine((text, check) => {
  if (parseSender(text)) return;
  const isForeign = /[^\p{ASCII}][^@]*@[^@]*$/u.test(text.replace(/^.*</s, ''));
  check.addIssue(
    isForeign
      ? 'has letters outside ASCII before the @, which many mail servers refuse; for example Trialbell <bell@example.org>'
      : 'is not a sender; for example Trialbell <bell@example.org>, or "Trialbell: News" <bell@example.org>',
  );
});

export const timezone = z
  .string()
  .refine((zone) => readTimezone(zone) !== null, {
    error: 'is not an IANA time zone; for example Europe/Berlin',
  })
  .transform(usableTimezone);

/** The code of a supported language. */
export const language = z.string().refine(isLanguage, {
  error: `is not a supported language; choose one of: ${languagesWithRegions.join(', ')}`,
});

/** A text that is not empty. */
export const nonEmpty = z.string().min(1, { error: 'is empty; leave it unset instead' });

/** A secret key of at least 32 characters. */
export const secretKey = z
  .string()
  .min(32, { error: 'is shorter than 32 characters; make one with: openssl rand -hex 32' });

/** A domain name. */
export const domainName = z
  .string()
  .overwrite((text) => mailedForm(`x@${text}`).slice(2))
  .regex(/^(?=.{1,253}$)([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d-]{2,63}$/i, {
    error: 'is not a domain; for example example.org',
  })
  .toLowerCase();

/** Hosts of pages, separated by commas, each with a port if it has one of its own. */
export const pageHosts = z.string().transform((text, check) => {
  const named = text.split(',').flatMap((part) => part.trim() || []);
  const read = named.map((name) => ({ name, host: readPageHost(name) }));
  const wrong = read.filter(({ host: one }) => one === null).map(({ name }) => `"${name}"`);
  if (wrong.length > 0)
    check.addIssue(
      `names ${wrong.join(' and ')}, which is not a host alone; for example www.example.org,pages.example.net:8443`,
    );
  return [...new Set(read.flatMap(({ host: one }) => one ?? []))];
});

/** A host in ASCII and lower case, for a policy that browsers read; null if the text is more or less than a host. */
function readPageHost(text: string): string | null {
  const there = `https://${text}`;
  if (/[/?#@\\\s]/.test(text) || !URL.canParse(there)) return null;
  const { host: read } = new URL(there);
  const label = '[a-z\\d]([a-z\\d-]{0,61}[a-z\\d])?';
  return new RegExp(`^${label}(\\.${label})*(:\\d{1,5})?$`).test(read) ? read : null;
}

/** An IP address or the name of a host. */
export const host = z
  .string()
  .regex(/^(?!\d+$)([a-z\d]([a-z\d.-]*[a-z\d])?|[\da-f:.]*:[\da-f:.]*(%[\w.-]+)?)$/i, {
    error: 'is not an address to listen on; for example 127.0.0.1, ::1, or :: for all',
  });

/** A DKIM selector: labels separated by dots. */
export const dkimSelector = z.string().regex(/^[a-z\d]([a-z\d.-]*[a-z\d])?$/i, {
  error: 'is not a DKIM selector; for example bell2026',
});

/** Tells how to make a key for DKIM. */
export const dkimKeyExample =
  'make one with: openssl genrsa -out dkim.pem 2048, and set DKIM_KEY_FILE=dkim.pem';

/** An RSA private key in PEM. Environment files often separate its lines by a literal `\n`. */
export const rsaKey = z
  .string()
  .transform((text) => text.replaceAll('\\n', '\n'))
  .superRefine((pem, check) => {
    const fault = findRsaKeyFault(pem);
    if (fault !== null) check.addIssue(`${fault}; ${dkimKeyExample}`);
  });

const encoded = 'percent-encoded (@ is %40, # is %23, / is %2F, ? is %3F, % is %25)';
const mailServerExample = 'smtp://user:secret@mail.example.org:587';

/**
 * A character in the password that is not percent-encoded could end it, and a part of it would be taken for
 * the host.
 */
export const mailServer = url(
  ['smtp:', 'smtps:'],
  `${mailServerExample}, with user and password ${encoded}`,
).refine(
  (text) => {
    if (!URL.canParse(text)) return true;
    const { hostname, username, password, pathname, search, hash } = new URL(text);
    const isCut = hostname === '' || `${pathname}${search}${hash}`.includes('@');
    return !isCut && isEncoded(username) && isEncoded(password);
  },
  { error: `must have user and password ${encoded}; for example ${mailServerExample}` },
);

const mailboxExample = 'imaps://user:secret@imap.example.org/INBOX';

/** An IMAP URL. User and password are required and percent-encoded: a raw `#` or `?` could truncate them. */
export const mailbox = url(['imaps:', 'imap:'], mailboxExample).refine(
  (text) => {
    if (!URL.canParse(text)) return true;
    const { hostname, username, password, pathname } = new URL(text);
    const parts = [username, password, pathname];
    return ![hostname, username, password].includes('') && parts.every((part) => isEncoded(part));
  },
  {
    error: `must have a host, a user and a password, ${encoded}; for example ${mailboxExample}`,
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
