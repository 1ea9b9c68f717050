import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { dkimKeyExample } from './config/schemas.ts';
import { allVariables, variables } from './config/variables.ts';
import type { RegistryId } from './core/registries.ts';
import { parseSender } from './core/text/mail-address.ts';
import { TrialbellError } from './errors.ts';

type Values = { [Name in keyof typeof variables]: z.infer<(typeof variables)[Name]['value']> };

type CamelCase<Name extends string> = Name extends `${infer First}_${infer Rest}`
  ? `${Lowercase<First>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>;

/** Variables by their names in camel case; unset ones are null. */
type Plain = {
  -readonly [Name in keyof Values as CamelCase<Name>]:
    | Exclude<Values[Name], undefined>
    | (undefined extends Values[Name] ? null : never);
};

/** The configuration. Each variable has its own name; variables that belong together are grouped. */
export type Config = Omit<
  Plain,
  | 'registries'
  | ('mailFrom' | 'baseUrl' | 'operatorName' | 'operatorAddress' | 'privacyContact')
  | ('dkimDomain' | 'dkimSelector' | 'dkimKey')
> & {
  mailFrom: string;
  baseUrl: string;
  operator: { name: string; address: string | null; privacyContact: string | null };
  /** How mails are signed; null if they are not. */
  dkim: { domain: string; selector: string; privateKey: string } | null;
  /** The registries that are read, with address and pace. */
  registries: Partial<Record<RegistryId, { url: string; paceMs: number }>>;
};

const Variables = z.object(
  Object.fromEntries(Object.entries(allVariables).map(([name, { value }]) => [name, value])),
);

/** Whether a host name refers to this machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    hostname === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(hostname)
  );
}

/**
 * Reads the configuration from environment variables, once, at start. Throws a TrialbellError that names each
 * wrong variable, its fault and an example. It never repeats the value of a secret.
 */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const parsed = Variables.safeParse(withSecretFiles(env));
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`);
    throw new TrialbellError(`The configuration is wrong:\n  ${faults.join('\n  ')}`);
  }
  const read = parsed.data as Values & Record<string, unknown>;
  checkTogether(read);
  const { operatorName, operatorAddress, privacyContact, dkimDomain, dkimSelector, dkimKey, ...plain } =
    toPlain(read);
  return {
    ...plain,
    mailFrom: plain.mailFrom ?? 'Trialbell <trialbell@localhost.localdomain>',
    baseUrl: plain.baseUrl ?? `http://localhost:${plain.port}`,
    operator: { name: operatorName ?? 'Trialbell', address: operatorAddress, privacyContact },
    dkim:
      dkimDomain && dkimSelector && dkimKey
        ? { domain: dkimDomain, selector: dkimSelector, privateKey: dkimKey }
        : null,
    registries: Object.fromEntries(
      read.REGISTRIES.map((id) => {
        const name = id.toUpperCase();
        return [id, { url: String(read[`${name}_URL`]), paceMs: Number(read[`${name}_PACE_MS`]) }];
      }),
    ) as Config['registries'],
  };
}

function toPlain(read: Record<string, unknown>): Plain {
  const camelCase = (name: string) =>
    name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(
    Object.keys(variables).map((name) => [camelCase(name), read[name] ?? null]),
  ) as Plain;
}

/** The local part may have 64 characters, and a token takes 41. */
const mostBeforeToken = 23;

/**
 * Cross-field checks: a mail server on another host needs a sender, a base URL and the operator's contact.
 */
function checkTogether(read: Values): void {
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
        missing.push(`${name} is needed before email leaves this machine; for example ${example}`);
      }
    }
  }
  const { address } = (read.MAIL_FROM && parseSender(read.MAIL_FROM)) || { address: '' };
  if (read.BOUNCE_VERP && address.lastIndexOf('@') > mostBeforeToken)
    missing.push(
      `BOUNCE_VERP needs an address in MAIL_FROM with at most ${mostBeforeToken} characters before the @; for example bell@example.org`,
    );
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

/**
 * Reads secrets from the files that `NAME_FILE` variables name. Empty values count as unset: compose files
 * and shells write them.
 */
function withSecretFiles(env: Record<string, string | undefined>): Record<string, string | undefined> {
  const values = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  for (const [name, { isSecret }] of Object.entries(allVariables)) {
    const file = isSecret && values[`${name}_FILE`];
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
