import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { serveRecordedRegistry } from '../../../src/demo/recorded-registry.ts';
import { addKey, serveApi } from '../../support/api-world.ts';
import { makeDataDir, serverVariables } from '../../support/program.ts';
import { readCommands, runCommands } from '../../support/runbook.ts';
import { findFreePort } from '../../support/servers.ts';
import { startSmtpSink } from '../../support/smtp-sink.ts';
import { study } from '../../support/study.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
const readDocument = (name: string) => readFileSync(join(import.meta.dirname, '../../../docs', name), 'utf8');
const command = (document: string, heading: string, block = 0) =>
  readCommands(heading, document)[block] ?? 'exit 99';
const days = (ids: string[]) => [
  { timestamp: '2026-11-02T09:00:04', studies: ids.map((id) => study(id, { conditions: ['Asthma'] })) },
];

describe('the commands of the documents', () => {
  it('are run here, each block of them, or by the test that is named beside it', () => {
    const here = readFileSync(import.meta.filename, 'utf8');
    // What the README begins with is what .ci/run runs; backup-own runs the tools of a PostgreSQL of one's own.
    const ci = readFileSync(join(import.meta.dirname, '../../../.ci/run'), 'utf8');
    for (const part of ['npm ci', 'npm run demo', 'npm test']) {
      expect(readDocument('../README.md').split('## ')[0]).toContain(part);
      expect(ci).toContain(part);
    }
    // The addresses of a running demo, in 'The pages', are asked for by its own test.
    const demo = readFileSync(join(import.meta.dirname, '../../e2e/demo.test.ts'), 'utf8');
    expect(demo).toContain('answers the commands of README.md as they stand');
    for (const name of ['../README.md', 'operating.md', 'api.md']) {
      const sections = readDocument(name).split(/^## /m).slice(1);
      for (const section of sections.filter((text) => /^```sh$/m.test(text)))
        expect(here, name).toContain(`'${section.split('\n')[0]}'`);
    }
  });

  it('render every mail', async () => {
    const folder = makeDataDir();
    closers.push(folder.remove);
    const script = (JSON.parse(readDocument('../package.json')) as { scripts: Record<string, string> })
      .scripts['mail:preview'];
    const root = join(import.meta.dirname, '../../..');
    // Pictures are for those who have chromium, and take a minute.
    const block = `PATH=/nowhere "$TRIALBELL_NODE" ${script?.replace('node ', '')} ${folder.path}`;
    expect(await runCommands(block, { env: {}, folder: root })).toMatchObject({ code: 0 });
    expect(readdirSync(folder.path).filter((name) => name.endsWith('.html')).length).toBeGreaterThan(20);
  });

  it('carry one installation from its first start over a backup to another key', async () => {
    const folder = makeDataDir();
    closers.push(folder.remove);
    const recorded = await serveRecordedRegistry({ days: days(['NCT09900001']) });
    closers.push(recorded.close);
    const sink = await startSmtpSink();
    closers.push(sink.close);
    const env = {
      DATA_DIR: join(folder.path, 'data'),
      REGISTRIES: 'ctgov',
      CTGOV_URL: recorded.url,
      CTGOV_PACE_MS: '0',
      PORT: String(await findFreePort()),
    };
    const backups = { backups: folder.path.slice(1), BACKUP: join(folder.path, 'trialbell-*') };
    const run = (block: string, fill: Record<string, string> = backups) =>
      runCommands(block, { env, folder: folder.path, fill });

    const [start, ...before] = command('../README.md', 'Running it for real').trim().split('\n').reverse();
    expect(start).toBe('npx trialbell start');
    const startUntilReady = `"$TRIALBELL_NODE" "$TRIALBELL_BIN" start & pid=$!
for _ in $(seq 300); do curl -s "http://localhost:$PORT/readyz" | grep -q '"ready":true' && break; sleep 0.1; done
curl -s "http://localhost:$PORT/readyz"; kill $pid; wait $pid`;
    const began = await run([...before.reverse(), startUntilReady].join('\n'), {
      'smtp://user:password@mail.example.org:587': sink.url,
    });
    expect(began.stdout).toMatch(/ok {4}The mail server at 127/);
    expect(began.stdout).toContain('Following Asthma');
    expect(began.stdout).toContain('"ready":true');
    expect(began.code).toBe(0);

    expect(await run(command('operating.md', 'Backup and restore', 0))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 subscribers'),
    });
    const back = await run(command('operating.md', 'Backup and restore', 1));
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining('1 subscribers') });
    expect(await run(command('operating.md', 'Replacing the secret key'))).toMatchObject({ code: 0 });
  });

  it('read the API, ask for a subscription with a key, and add a webhook', async () => {
    const id = 'NCT01234567';
    const world = await openWorld({ days: days([id]) });
    await world.subscribe('bob@example.net', { conditions: ['asthma'] });
    await world.round();
    const api = await serveApi(world);
    closers.push(api.close);
    const variables = await serverVariables(world.databaseUrl);
    const env = {
      ...variables,
      DATA_DIR: world.context.config.dataDir,
      REGISTRIES: 'ctgov',
      CTGOV_URL: world.recorded.url,
    };
    const run = (heading: string, block = 0, more: Record<string, string> = {}) =>
      runCommands(command('api.md', heading, block), {
        env: { ...env, ...more },
        folder: world.context.config.dataDir,
        fill: { 'http://localhost:3000': api.url },
      });
    const fields = Object.keys(JSON.parse(/^```json\n(.*?)^```$/ms.exec(readDocument('api.md'))?.[1] ?? ''));
    for (const block of [0, 1]) {
      const changes = await run('Reading changes', block);
      expect(Object.keys(JSON.parse(changes.stdout))).toEqual(fields);
    }
    const tables = await run('Tables');
    expect(tables.stdout).toMatch(/^releasedAt,registry,trial,title,.*\r\n/);

    const read = await run('Trials and conditions');
    const [trial, versions, conditions] = read.stdout.replaceAll('}{', '}\n{').split('\n');
    expect(JSON.parse(trial ?? '')).toMatchObject({ id, version: 1 });
    expect(JSON.parse(versions ?? '').versions).toHaveLength(1);
    expect(JSON.parse(conditions ?? '').conditions).not.toEqual([]);

    const key = await run('Asking for subscriptions');
    expect(key.stdout).toMatch(/^tbk_[\w-]{43}\n$/);
    const asked = await run('Asking for subscriptions', 1, { KEY: (await addKey(world)).token });
    expect(JSON.parse(asked.stdout).following.map((one: { kind: string }) => one.kind)).toEqual([
      'trial',
      'condition',
    ]);
    const added = await run('Webhooks');
    expect(added.stdout).toContain('whsec_');
  });
});
