import { request } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { openApp } from '../../../src/app.ts';
import { readConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { writeToOutbox } from '../../../src/mail/outbox.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { serverVariables } from '../../support/program.ts';
import { useWorlds } from '../../support/world.ts';

const open = useWorlds();
let pages: Pages | null = null;
afterEach(async () => {
  await pages?.close();
  pages = null;
});

async function serve(baseUrl: string, demo = false): Promise<Pages> {
  const world = await open({ config: { baseUrl, smtpUrl: null } });
  world.context.demo = demo;
  await writeToOutbox(`${world.context.config.dataDir}/outbox`, {
    message: Buffer.from('To: ann@example.net\r\nSubject: Your link\r\n\r\nhttps://secret.example'),
    messageId: '<abc@bell.example>',
    date: '2026-11-20T09:00:00.000Z',
    beforeBody: async () => true,
  });
  pages = await servePages(world);
  return pages;
}

/** A request with headers as they are: fetch sets Host itself. */
function ask(url: string, headers: Record<string, string> = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on('error', reject)
      .end();
  });
}

it('N8: the outbox is shown to this machine, by its own name, and to nobody else', async () => {
  const { url } = await serve('http://localhost:3000');
  expect((await ask(`${url}/outbox`)).text).toContain('Your link');
  const local = url.replace('localhost', '127.0.0.1');
  expect((await ask(`${local}/outbox`)).status).toBe(200);
  const refused: Record<string, string>[] = [
    { host: 'bell.example.org' },
    { host: 'localhost.evil.example' },
    { 'x-forwarded-for': '203.0.113.9' },
    { forwarded: 'for=203.0.113.9' },
    { 'x-forwarded-host': 'bell.example.org' },
    { via: '1.1 proxy' },
  ];
  for (const headers of refused)
    for (const path of [
      ...['/outbox', '/outbox?x=1', '/outbox/2026-11-20T09-00-00-000Z-x', '/outbox/x/html'],
      ...['/%6futbox', '/outbo%78/?x=1', '/%6Futbox/x', '/%6futbox/x/html'],
    ]) {
      const answer = await ask(url + path, headers);
      expect([answer.status, Object.keys(headers), path]).toEqual([403, Object.keys(headers), path]);
      expect(answer.text).toContain('only on the computer that Trialbell runs on');
      expect(answer.text).not.toContain('Your link');
    }
  expect((await ask(`${url}/`, { host: 'bell.example.org' })).status).toBe(200);
});

it('N8: with a public BASE_URL the outbox is refused to everyone', async () => {
  const { url } = await serve('https://bell.example.org');
  expect((await ask(`${url}/outbox`)).status).toBe(403);
  expect((await ask(`${url}/`)).status).toBe(200);
});

it('N8: every page of the demo is for this machine alone', async () => {
  const { url } = await serve('http://localhost:3000', true);
  expect((await ask(`${url}/`)).status).toBe(200);
  for (const path of ['/', '/outbox', '/manage'])
    expect((await ask(url + path, { host: 'bell.example.org' })).status).toBe(403);
});

it('N8: the start warns of a public BASE_URL without a mail server, and of nothing else', async () => {
  const { databaseUrl, context } = await open({});
  const common = {
    ...(await serverVariables(databaseUrl)),
    SECRET_KEY: 'a key of the tests alone, forty characters',
    DATA_DIR: context.config.dataDir,
    PORT: '0',
  };
  /** The reasons that a start with these variables warns of. */
  const warnings = async (variables: Record<string, string>): Promise<unknown[]> => {
    const lines: string[] = [];
    const log = createLog('warn', { write: (line) => lines.push(line) });
    const app = await openApp(readConfig({ ...common, ...variables }), { log });
    await app.serve();
    await app.close();
    return lines.map((line) => JSON.parse(line).reason);
  };
  const isPublic = { BASE_URL: 'https://bell.example.org' };
  expect(await warnings(isPublic)).toEqual([
    `BASE_URL is public (https://bell.example.org) but SMTP_URL is not set: no email leaves this machine. Emails are kept in ${context.config.dataDir}/outbox, and /outbox is not shown. Set SMTP_URL.`,
  ]);
  expect(await warnings({ BASE_URL: 'http://localhost:3000' })).toEqual([]);
  expect(await warnings({ ...isPublic, SMTP_URL: 'smtp://127.0.0.1:1' })).toEqual([]);
});
