import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopback, readConfig } from '../../../src/config.ts';
import { type RegistryFacts, registries, registryIds } from '../../../src/core/registries.ts';
import { TrialbellError } from '../../../src/errors.ts';
import { nameServer } from '../../../src/postgres/database-url.ts';

const secretKey = 'k'.repeat(64);

/** A private key in PEM. */
function pemOf(kind: 'rsa' | 'ed25519', modulusLength = 2048): string {
  const { privateKey } =
    kind === 'rsa' ? generateKeyPairSync(kind, { modulusLength }) : generateKeyPairSync(kind);
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The message that the person reads. */
function faultOf(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(TrialbellError);
    return (error as TrialbellError).message;
  }
  return 'no fault';
}

const pick = ({ url, paceMs }: RegistryFacts) => ({ url, paceMs });

describe('the configuration', () => {
  it('is whole with no variable at all', () => {
    expect(readConfig({})).toEqual({
      databaseUrl: null,
      databaseConnections: 15,
      redisUrl: null,
      customDir: null,
      smtpUrl: null,
      mailFrom: 'Trialbell <trialbell@localhost.localdomain>',
      baseUrl: 'http://localhost:3000',
      host: '127.0.0.1',
      port: 3000,
      dataDir: resolve('.trialbell'),
      secretKey: null,
      newSecretKey: null,
      adminEmails: [],
      viewerEmails: [],
      operator: { name: 'Trialbell', address: null, privacyContact: null },
      defaultTimezone: 'UTC',
      defaultLanguage: 'en',
      minAge: 16,
      dkim: null,
      bounceImapUrl: null,
      bounceVerp: false,
      embedHosts: [],
      mailRatePerDomain: 20,
      ambiguousRetry: true,
      historyBackfill: [],
      heartbeatUrl: null,
      registries: Object.fromEntries(registryIds.map((id) => [id, pick(registries[id])])),
      logLevel: null,
    });
  });

  it('takes every variable', () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://bell:pw@db/bell',
      REDIS_URL: 'rediss://cache:6380',
      SMTP_URL: 'smtps://user:pw@mail.example.org',
      SECRET_KEY: secretKey,
      MAIL_FROM: 'Bell <bell@example.org>',
      BASE_URL: 'https://bell.example.org/',
      HOST: '::',
      PORT: '8080',
      DATA_DIR: '/var/lib/bell',
      ADMIN_EMAILS: 'ann@example.org, bob@example.org,',
      VIEWER_EMAILS: 'eve@example.org',
      OPERATOR_NAME: 'Charity',
      OPERATOR_ADDRESS: '1 Street',
      PRIVACY_CONTACT: 'privacy@example.org',
      DEFAULT_TIMEZONE: 'Europe/Kyiv',
      DEFAULT_LANGUAGE: 'es',
      MIN_AGE: '18',
      BOUNCE_IMAP_URL: 'imaps://bell%40example.org:p%2Fw@imap.example.org/Bounces',
      MAIL_RATE_PER_DOMAIN: '0',
      AMBIGUOUS_RETRY: 'off',
      HEARTBEAT_URL: 'https://monitor.example.org/x',
      CTGOV_URL: 'http://127.0.0.1:9/api/v2/',
      CTGOV_PACE_MS: '0',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      databaseUrl: 'postgres://bell:pw@db/bell',
      redisUrl: 'rediss://cache:6380',
      smtpUrl: 'smtps://user:pw@mail.example.org',
      baseUrl: 'https://bell.example.org',
      host: '::',
      port: 8080,
      dataDir: '/var/lib/bell',
      adminEmails: ['ann@example.org', 'bob@example.org'],
      viewerEmails: ['eve@example.org'],
      operator: { name: 'Charity', address: '1 Street', privacyContact: 'privacy@example.org' },
      defaultTimezone: 'Europe/Kyiv',
      defaultLanguage: 'es',
      minAge: 18,
      bounceImapUrl: 'imaps://bell%40example.org:p%2Fw@imap.example.org/Bounces',
      mailRatePerDomain: 0,
      ambiguousRetry: false,
      registries: { ctgov: { url: 'http://127.0.0.1:9/api/v2', paceMs: 0 } },
      logLevel: 'debug',
    });
  });

  it('X1: reads the registries that are named, and refuses one that it does not know', () => {
    expect(Object.keys(readConfig({ REGISTRIES: ' CTGOV,' }).registries)).toEqual(['ctgov']);
    const known = registryIds.join(',');
    expect(faultOf({ REGISTRIES: 'ctgov, nowhere' })).toContain(
      `REGISTRIES names nowhere, which this program does not read; for example ${known}`,
    );
    expect(faultOf({ REGISTRIES: ',' })).toContain(`REGISTRIES names no registry; for example ${known}`);
  });

  it('reads the host of BASE_URL in the form for headers and links, and keeps its path', () => {
    const { baseUrl } = readConfig({ BASE_URL: 'https://Bücher.example:443/Bell/' });
    expect(baseUrl).toBe('https://xn--bcher-kva.example/Bell');
  });

  it('reads EMBED_HOSTS as browsers write hosts, each once', () => {
    const { embedHosts } = readConfig({
      EMBED_HOSTS: ' WWW.Lung.example, bücher.example:8443,www.lung.example,127.0.0.1:80,',
    });
    expect(embedHosts).toEqual(['www.lung.example', 'xn--bcher-kva.example:8443', '127.0.0.1:80']);
  });

  it('takes an empty value as unset, as compose files write it', () => {
    expect(readConfig({ REDIS_URL: '', PORT: '', SECRET_KEY_FILE: '' })).toEqual(readConfig({}));
  });
});

describe('a wrong value', () => {
  it.each([
    ['DATABASE_URL', 'mysql://db/bell', 'postgres://'],
    ['DATABASE_URL', 'localhost', 'postgres://'],
    ['DATABASE_URL', 'postgres://db1:5432,/bell', 'db1.example.org,db2.example.org'],
    ['DATABASE_URL', 'postgres:///bell?host=db1,db2&port=1,2,3', 'not a valid postgres'],
    ['DATABASE_URL', 'postgres://db1,db2/bell?target_session_attrs=standby', 'asks for a standby'],
    ['REDIS_URL', 'localhost:6379', 'redis://localhost:6379'],
    ['SMTP_URL', 'mail.example.org', 'smtp://'],
    ['MAIL_FROM', 'Trialbell', 'bell@example.org'],
    ['MAIL_FROM', 'Trialbell: bell@example.org, two@example.org', '"Trialbell: News" <bell@example.org>'],
    ['MAIL_FROM', 'Trialbell (News) bell@example.org', 'is not a sender'],
    ['MAIL_FROM', 'Glöckchen <glöckchen@example.org>', 'letters outside ASCII before the @'],
    ['SMTP_URL', 'smtp://user:pa#ss@mail.example.org:587', '# is %23, / is %2F'],
    ['SMTP_URL', 'smtp://user:pa/ss@mail.example.org:587', '# is %23, / is %2F'],
    ['SMTP_URL', 'smtp://user:12#34@mail.example.org:587', '# is %23, / is %2F'],
    ['SMTP_URL', 'smtp://user:12/34@mail.example.org', '# is %23, / is %2F'],
    ['SMTP_URL', 'smtps://user:1?2@mail.example.org', '? is %3F'],
    ['SMTP_URL', 'smtps://user:100%@mail.example.org', '% is %25'],
    ['BOUNCE_VERP', 'yes', 'on or off'],
    ...[
      'https://www.lung.example',
      'www.lung.example/page',
      '*',
      '*.lung.example',
      "'self'",
      'a b',
      'x;y',
      '[::1]:80',
      'a@b',
      'lung..example',
    ].map((wrong) => [
      'EMBED_HOSTS',
      `www.lung.example,${wrong}`,
      `"${wrong}", which is not a host alone; for example`,
    ]),
    [
      'HISTORY_BACKFILL',
      'ctgov,isrctn',
      'names isrctn, whose history this program does not read; for example ctgov',
    ],
    ['BASE_URL', 'bell.example.org', 'https://bell.example.org'],
    ['BASE_URL', 'https://example.org/bell?lang=es', 'without user, query or fragment'],
    ['BASE_URL', 'https://example.org/bell?', 'without user, query or fragment'],
    ['BASE_URL', 'https://example.org/bell#top', 'without user, query or fragment'],
    ['BASE_URL', 'https://ann:secret@example.org/bell', 'without user, query or fragment'],
    ['BASE_URL', 'https://example.org/bell/../x', 'https://example.org/bell'],
    ['BASE_URL', 'https://example.org/b"l', 'https://example.org/bell'],
    ['HOST', 'http://bell.example.org', '127.0.0.1, ::1'],
    ['HOST', '3000', '127.0.0.1, ::1'],
    ['PORT', '70000', '3000'],
    ['PORT', 'http', '3000'],
    ['PORT', '-1', '3000'],
    ['SECRET_KEY', 'short', 'openssl rand -hex 32'],
    ['ADMIN_EMAILS', 'ann@example.org,bob', 'bell@example.org'],
    ['VIEWER_EMAILS', 'bob', 'bell@example.org'],
    ['DEFAULT_TIMEZONE', 'Middle-earth/Shire', 'Europe/Berlin'],
    ['DEFAULT_TIMEZONE', '+02:00', 'Europe/Berlin'],
    ['DEFAULT_LANGUAGE', 'xx', 'en'],
    ['MIN_AGE', 'sixteen', '16'],
    ['DKIM_DOMAIN', 'https://example.org', 'example.org'],
    ['DKIM_DOMAIN', 'localhost', 'example.org'],
    ['DKIM_SELECTOR', 'bell 2026', 'bell2026'],
    ['DKIM_KEY', 'dkim.pem', 'openssl genrsa -out dkim.pem 2048'],
    ['DKIM_KEY', pemOf('ed25519'), 'not RSA; make one with: openssl genrsa'],
    ['DKIM_KEY', pemOf('rsa', 512), 'shorter than 1024 bits; make one with: openssl genrsa'],
    ['MAIL_RATE_PER_DOMAIN', 'fast', '20'],
    ['AMBIGUOUS_RETRY', 'yes', 'on or off'],
    ['BOUNCE_IMAP_URL', 'pop3://user:pw@imap.example.org', 'imaps://user:secret@'],
    ['BOUNCE_IMAP_URL', 'imaps://imap.example.org/INBOX', 'imaps://user:secret@'],
    ['BOUNCE_IMAP_URL', 'imaps://user@imap.example.org/INBOX', 'imaps://user:secret@'],
    ['BOUNCE_IMAP_URL', 'imaps://user:100%@imap.example.org/INBOX', 'imaps://user:secret@'],
    ['HEARTBEAT_URL', 'ping', 'https://'],
    ['CTGOV_URL', 'ftp://registry', 'https://clinicaltrials.gov/api/v2'],
    ['CTGOV_PACE_MS', '1.5', '1000'],
    ['LOG_LEVEL', 'loud', 'debug'],
  ])('of %s (%s) is named with an example', (name, value, example) => {
    const line = faultOf({ [name]: value })
      .split('\n')
      .find((text) => text.includes(name));
    expect(line).toContain(example);
  });

  it('is named together with all other wrong ones', () => {
    const fault = faultOf({ PORT: 'x', MIN_AGE: 'y', BASE_URL: 'z' });
    for (const name of ['PORT', 'MIN_AGE', 'BASE_URL']) expect(fault).toContain(name);
  });

  it.each([
    'DATABASE_URL',
    'REDIS_URL',
    'SMTP_URL',
    'SECRET_KEY',
    'NEW_SECRET_KEY',
    'DKIM_KEY',
    'BOUNCE_IMAP_URL',
    'HEARTBEAT_URL',
  ])('of the secret %s is never repeated', (name) => {
    expect(faultOf({ [name]: 'hunter2' })).not.toContain('hunter2');
  });
});

describe('a sender and a mail server', () => {
  it('B7: an admin named twice, in other letters, is one', () => {
    const config = readConfig({ ADMIN_EMAILS: 'Ann@example.org, bob@example.org, ann@Example.org' });
    expect(config.adminEmails).toEqual(['ann@Example.org', 'bob@example.org']);
  });

  it.each([
    'Trialbell: News (Example Charity) <bell@example.org>',
    '"Trialbell, Inc." <bell=news@example.org>',
    'Glocke <glocke@bücher.example>',
    'bell+news@xn--bcher-kva.example',
  ])('MAIL_FROM may be %s', (MAIL_FROM) => {
    expect(readConfig({ MAIL_FROM }).mailFrom).toBe(MAIL_FROM);
  });

  it.each([
    'smtp://user:p%23a%2Fs%25s@mail.example.org:587',
    'smtps://mail.example.org/',
    'smtp://127.0.0.1:25',
  ])('SMTP_URL may be %s', (smtpUrl) => {
    expect(
      faultOf({ SMTP_URL: smtpUrl, MAIL_FROM: 'bell@example.org', BASE_URL: 'https://bell.example.org' }),
    ).not.toContain('SMTP_URL');
  });

  it('DKIM_DOMAIN in Unicode is signed for in ASCII', () => {
    const names = { DKIM_DOMAIN: 'Bücher.example', DKIM_SELECTOR: 'bell2026', DKIM_KEY: pemOf('rsa') };
    expect(readConfig(names).dkim?.domain).toBe('xn--bcher-kva.example');
  });

  it('BOUNCE_VERP needs room for its token before the @', () => {
    const long = `${'b'.repeat(24)}@example.org`;
    expect(faultOf({ BOUNCE_VERP: 'on', MAIL_FROM: long })).toMatch(
      /BOUNCE_VERP needs .* at most 23 characters/,
    );
    expect(faultOf({ BOUNCE_VERP: 'on', MAIL_FROM: `Bell <${long.slice(1)}>` })).toBe('no fault');
    expect(faultOf({ MAIL_FROM: long })).toBe('no fault');
  });
});

describe('variables that need each other', () => {
  it.each([
    ['postgres://a:p@db1:6432,db2/bell?sslmode=verify-full', 'db1:6432 or db2:5432/bell'],
    [
      'postgresql://a@[::1]:6432,[fd00::2]/bell?target_session_attrs=primary',
      '[::1]:6432 or [fd00::2]:5432/bell',
    ],
    ['postgres:///bell?host=db1,db2&port=6432', 'db1:6432 or db2:6432/bell'],
    ['postgres://a@/bell?host=/run/postgresql', '/run/postgresql, database bell'],
    ['postgres://a:p@%2Frun%2Fpostgresql/bell', '/run/postgresql, database bell'],
  ])("O6: DATABASE_URL takes libpq's forms: %s", (text, name) => {
    const { databaseUrl } = readConfig({ DATABASE_URL: text, SECRET_KEY: secretKey });
    expect(nameServer(databaseUrl ?? '')).toBe(`PostgreSQL at ${name}`);
  });

  it('DATABASE_URL needs SECRET_KEY, and the message says how to make one', () => {
    const fault = faultOf({ DATABASE_URL: 'postgres://db/bell' });
    expect(fault).toMatch(/SECRET_KEY is needed with DATABASE_URL.*openssl rand -hex 32/);
    expect(faultOf({ DATABASE_URL: 'postgres://db/bell', SECRET_KEY: secretKey })).toBe('no fault');
  });

  it('of DKIM all three are needed or none, and each that is missing is named with an example', () => {
    const fault = faultOf({ DKIM_DOMAIN: 'example.org' });
    expect(fault).toContain('DKIM_SELECTOR is needed with DKIM_DOMAIN; for example bell2026');
    expect(fault).toMatch(/DKIM_KEY is needed with DKIM_DOMAIN; make one with: openssl genrsa/);
    const given = { DKIM_SELECTOR: 'bell2026', DKIM_KEY: pemOf('rsa') };
    expect(faultOf(given)).toContain('DKIM_DOMAIN is needed with DKIM_SELECTOR and DKIM_KEY');
    const { dkim } = readConfig({ ...given, DKIM_DOMAIN: 'Example.org' });
    expect(dkim).toEqual({ domain: 'example.org', selector: 'bell2026', privateKey: given.DKIM_KEY });
  });

  it('a DKIM key may stand in a file, or in one line with written line breaks', () => {
    const pem = pemOf('rsa').trim();
    const folder = mkdtempSync(join(tmpdir(), 'trialbell-dkim-'));
    writeFileSync(join(folder, 'dkim.pem'), pem);
    const names = { DKIM_DOMAIN: 'example.org', DKIM_SELECTOR: 'bell2026' };
    const inFile = readConfig({ ...names, DKIM_KEY_FILE: join(folder, 'dkim.pem') });
    rmSync(folder, { recursive: true });
    expect(inFile.dkim?.privateKey).toBe(pem);
    expect(readConfig({ ...names, DKIM_KEY: pem.replaceAll('\n', '\\n') }).dkim?.privateKey).toBe(pem);
  });

  it('a mail server elsewhere needs a sender, an address and who runs this', () => {
    const fault = faultOf({ SMTP_URL: 'smtp://mail.example.org' });
    for (const name of ['MAIL_FROM', 'BASE_URL', 'OPERATOR_NAME', 'OPERATOR_ADDRESS', 'PRIVACY_CONTACT']) {
      expect(fault).toContain(`${name} is needed`);
    }
  });

  it.each(['smtp://localhost:1025', 'smtp://127.0.0.1:25', 'smtp://[::1]:25'])(
    'a mail server on loopback (%s) needs none of them',
    (SMTP_URL) => {
      expect(faultOf({ SMTP_URL })).toBe('no fault');
    },
  );

  it('a host that only looks like loopback is elsewhere', () => {
    expect(isLoopback('localhost.example.org')).toBe(false);
    expect(isLoopback('example.org')).toBe(false);
    expect(isLoopback('127.evil.example')).toBe(false);
    expect(isLoopback('127.0.0.1')).toBe(true);
  });
});

describe('a secret in a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trialbell-config-'));
    writeFileSync(join(folder, 'key'), `${secretKey}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is read without its last line break', () => {
    expect(readConfig({ SECRET_KEY_FILE: join(folder, 'key') }).secretKey).toBe(secretKey);
  });

  it('counts where another variable needs it', () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://db/bell',
      SECRET_KEY_FILE: join(folder, 'key'),
    });
    expect(config.secretKey).toBe(secretKey);
  });

  it('that cannot be read is named', () => {
    const file = join(folder, 'nothing');
    expect(faultOf({ SMTP_URL_FILE: file })).toBe(`SMTP_URL_FILE names a file that cannot be read: ${file}`);
  });

  it('beside the variable itself is refused', () => {
    expect(faultOf({ SECRET_KEY: secretKey, SECRET_KEY_FILE: join(folder, 'key') })).toContain('both set');
  });
});
