import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { createTestDatabase } from '../support/database.ts';
import { openGate } from '../support/gate.ts';
import { makeDataDir, type Running, runProgram, serverVariables, startProgram } from '../support/program.ts';
import { withClient } from '../support/servers.ts';
import { openProxy } from '../support/servers-proxy.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { study } from '../support/study.ts';

const closers: (() => unknown)[] = [];
const started = new Set<Running>();
afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL');
    await ended;
  }
  started.clear();
  for (const close of closers.splice(0).reverse()) await close();
});

async function openRegistry(): Promise<Record<string, string>> {
  const recorded = await serveRecordedRegistry({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
  });
  closers.push(recorded.close);
  const folder = makeDataDir();
  closers.push(folder.remove);
  return {
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    DATA_DIR: join(folder.path, 'data'),
    PORT: '0',
  };
}

async function openServers(): Promise<Record<string, string>> {
  const database = await createTestDatabase();
  closers.push(database.drop);
  return serverVariables(database.url);
}

/** Starts the program and waits until it says where its pages are. */
async function startWeb(env: Record<string, string>, verb = 'start') {
  const running = startProgram([verb], env);
  started.add(running);
  const url = await expectOutput(running, /(http:\/\/localhost:\d+)/);
  return { ...running, url };
}

async function expectOutput(running: Running, words: RegExp): Promise<string> {
  await expect.poll(() => running.stdout() + running.stderr()).toMatch(words);
  return words.exec(running.stdout() + running.stderr())?.[1] ?? '';
}

async function ready(url: string) {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, body: await response.json() };
}

describe('start, as a process', () => {
  it('R7: is ready, and SIGTERM ends it cleanly with everything it started', async () => {
    const env = { ...(await openRegistry()), ...(await openServers()) };
    const running = await startWeb(env);
    expect(await ready(running.url)).toEqual({ status: 200, body: { ready: true, missing: [] } });
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(running.stderr()).not.toMatch(/^\s+at /m);
    await expect(fetch(`${running.url}/healthz`)).rejects.toThrow();
  });

  it('O3: keeps at most 15 connections to its database, its queue included', async () => {
    const env = { ...(await openRegistry()), ...(await openServers()) };
    const running = await startWeb(env);
    const most = await withClient(env.DATABASE_URL ?? '', async (client) => {
      let seen = 0;
      for (let turn = 0; turn < 10; turn += 1) {
        const visits = Array.from({ length: 20 }, (_, n) => fetch(`${running.url}/search?q=asthma${n}`));
        const { rows } = await client.query<{ count: number }>(
          `select count(*)::int as count from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
        );
        seen = Math.max(seen, rows[0]?.count ?? 0);
        await Promise.all(visits.map(async (visit) => (await visit).text()));
      }
      return seen;
    });
    expect(most).toBeGreaterThan(4);
    expect(most).toBeLessThanOrEqual(15);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });

  it('R7: with nothing configured runs on its own database, which ends with it', async () => {
    const env = await openRegistry();
    const running = await startWeb(env);
    expect(await ready(running.url)).toMatchObject({ status: 200 });
    // Another process shares the server.
    const runs = await runProgram(['runs'], env);
    expect(runs).toMatchObject({ code: 0, stdout: expect.stringMatching(/run|Nothing has been read/) });
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
    // No library speaks to the terminal.
    expect(running.stderr()).not.toContain('Warning');
    const again = await runProgram(['migrate'], env);
    expect(again).toMatchObject({ code: 0 });
    expect(existsSync(join(env.DATA_DIR ?? '', 'secret-key'))).toBe(true);
  });

  it('REDIS_URL and SMTP_URL each replace their part alone: the database stays the embedded one', async () => {
    const sink = await startSmtpSink();
    closers.push(sink.close);
    const { REDIS_URL } = await openServers();
    const env: Record<string, string> = {
      ...(await openRegistry()),
      SMTP_URL: sink.url,
      ...(REDIS_URL ? { REDIS_URL } : {}),
    };
    const running = await startWeb(env);
    await runProgram(['subscribe', 'ann@example.net', '--trial', 'NCT09900001'], env);
    expect((await runProgram(['once'], env)).stdout).toContain('Digests: 0 planned, 0 sent');
    expect(sink.mails).toMatchObject([{ to: ['ann@example.net'] }]);
    expect((await fetch(`${running.url}/outbox`)).status).toBe(404);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(existsSync(join(env.DATA_DIR ?? '', 'outbox'))).toBe(false);
  });

  it('a port that is taken is said in a sentence', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const env = { ...(await openRegistry()), ...(await openServers()), PORT: String(port) };
    const ran = await runProgram(['web'], env);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`Port ${port} cannot be used`);
    expect(ran.stderr).not.toMatch(/^\s+at /m);
  });
});

describe('a worker, as a process', () => {
  it('R7: SIGTERM during a send waits for the server’s answer: nothing is ambiguous', async () => {
    const sink = await startSmtpSink();
    closers.push(sink.close);
    const env = { ...(await openRegistry()), ...(await openServers()), SMTP_URL: sink.url };
    // Held before its greeting, the conversation has begun when the worker is told to stop.
    const gate = await openHeld(sink.port);
    const asked = await runProgram(['subscribe', 'ann@example.net', '--trial', 'NCT09900001'], env);
    expect(asked).toMatchObject({ code: 0 });
    const running = startProgram(['worker', 'send', 'sweep'], { ...env, SMTP_URL: gate.url });
    started.add(running);
    await expect.poll(gate.waiting).toBe(1);
    running.child.kill('SIGTERM');
    await expect.poll(() => running.child.exitCode, { timeout: 500 }).toBeNull();
    gate.open();
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(sink.mails).toMatchObject([{ to: ['ann@example.net'], answered: true }]);
  });
});

describe('the poll worker, as a process', () => {
  it('R7: SIGTERM during a long reading ends it at the next page and keeps the pages that were read', async () => {
    const studies = (updatedOn: string) =>
      Array.from({ length: 30 }, (_, at) => study(`NCT099001${10 + at}`, { updatedOn }));
    const recorded = await serveRecordedRegistry({
      days: [
        { timestamp: '2026-11-02T09:00:04', studies: [] },
        { timestamp: '2026-11-03T09:00:04', studies: studies('2026-11-03') },
      ],
      maxPageSize: 1,
    });
    closers.push(recorded.close);
    const env = {
      ...(await openRegistry()),
      ...(await openServers()),
      REGISTRIES: 'ctgov',
      CTGOV_URL: recorded.url,
    };
    expect(await runProgram(['once'], env)).toMatchObject({ code: 0 });
    recorded.setDay(1);
    const running = startProgram(['worker', 'poll'], { ...env, CTGOV_PACE_MS: '1000' });
    started.add(running);
    const pagesAsked = () => recorded.requests.filter(({ path }) => path === '/studies').length;
    await expect.poll(pagesAsked).toBeGreaterThan(3);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
    expect(pagesAsked()).toBeLessThan(20);
    const { runs } = JSON.parse((await runProgram(['runs', '--json'], env)).stdout);
    expect(runs[0]).toMatchObject({
      kind: 'poll',
      outcome: 'partial',
      reason: expect.stringMatching(/closing/),
    });
    expect(runs[0].seen).toBeGreaterThan(0);
  });
});

describe('R7: servers that are away', () => {
  it('R7: without PostgreSQL /readyz says so, and the process recovers when it returns', async () => {
    const servers = await openServers();
    const url = new URL(servers.DATABASE_URL ?? '');
    const proxy = await openProxy(Number(url.port));
    closers.push(proxy.close);
    url.port = String(proxy.port);
    const env = { ...(await openRegistry()), ...servers, DATABASE_URL: url.href };
    const running = await startWeb(env);
    expect(await ready(running.url)).toMatchObject({ status: 200 });
    await proxy.unplug();
    const away = await ready(running.url);
    expect(away.status).toBe(503);
    expect(away.body).toMatchObject({ ready: false });
    expect(JSON.stringify(away.body)).toMatch(/database does not answer: .+/);
    expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
    await proxy.plug();
    await expect.poll(async () => (await ready(running.url)).status).toBe(200);
    running.child.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 0 });
  });
});

/** A mail server that lets nobody in before it is opened. */
async function openHeld(target: number) {
  const gate = await openGate(target);
  closers.push(gate.close);
  return { ...gate, url: `smtp://127.0.0.1:${gate.port}` };
}
