import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ordinaryPerHour } from '../../../src/web/follow/proof-of-work.ts';
import {
  browserPath,
  findHtmlFaults,
  findLookFaults,
  openBrowser,
  openTab,
  takePictures,
} from '../../support/browser.ts';
import { useServedWorlds } from '../../support/find-pages.ts';
import type { Pages } from '../../support/pages.ts';
import { confirmPath, letWorkersWork, signUpAndConfirm } from '../../support/sign-ups.ts';
import type { World } from '../../support/world.ts';

const { readTrials } = useServedWorlds();
const id = 'NCT01234567';
const allowed = ['www.lung.example', 'pages.example:8443'];
const frame = `/embed/follow?trial=${id}`;

/** Everything that a sign-up leaves, before a worker handles it and after. */
async function countStored({ context: { db } }: World): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select (select count(*) from requests) + (select count(*) from subscribers) + (select count(*) from deliveries) as n`.execute(
    db,
  );
  return rows[0]?.n ?? 0;
}
const policyOf = (headers: Headers) =>
  /frame-ancestors [^;]*/.exec(headers.get('content-security-policy') ?? '')?.[0];
/** The hidden fields of the frame's form, as its browser sends them. */
const fieldsOf = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
      ([, name = '', value = '']) => [name, value],
    ),
  );

describe('the sign-up frame', () => {
  const openWith = (embedHosts: string[]) => readTrials({ [id]: {} }, { config: { embedHosts } });

  it('P6: may be shown by the pages of the named hosts alone, and no other page by any', async () => {
    const { pages } = await openWith(allowed);
    expect(policyOf((await pages.get(frame)).headers)).toBe(`frame-ancestors ${allowed.join(' ')}`);
    for (const path of [
      '/',
      `/follow?trial=${id}`,
      `/trials/${id}`,
      '/manage',
      '/confirm/x',
      '/unsubscribe/x',
      '/embed/x',
    ])
      expect([path, policyOf((await pages.get(path)).headers)]).toEqual([path, "frame-ancestors 'none'"]);
    const form = await pages.post('/embed/form', { trial: id }, { 'sec-fetch-site': 'cross-site' });
    expect([form.status, policyOf(form.headers)]).toEqual([200, "frame-ancestors 'none'"]);
    const none = await openWith([]);
    const off = await none.pages.get(frame);
    expect([off.status, policyOf(off.headers)]).toEqual([404, "frame-ancestors 'none'"]);
    expect((await none.pages.post('/embed/follow', { trials: id, email: 'ann@example.org' })).status).toBe(
      404,
    );
  });

  it('sets no cookie and knows no reader, so that a page around it can start nothing (clickjacking)', async () => {
    const { world, pages } = await openWith(allowed);
    const cookie = await signUpAndConfirm(world, pages, 'ann@example.org', [`trial:${id}`]);
    const known = await pages.post('/subscriptions', { follow: 'condition:asthma', email: '' }, { cookie });
    expect(known.text).toContain('name="seen"');
    const before = await countStored(world);
    const shown = await pages.get('/embed/follow?condition=asthma&lang=es', { cookie });
    expect(shown.headers.get('set-cookie')).toBe(null);
    expect(shown.text).toContain('<html lang="es">');
    const stranger = await pages.get('/embed/follow?condition=asthma&lang=es');
    expect(shown.text).toBe(stranger.text);
    const sent = await pages.post(
      '/embed/follow?lang=es',
      { ...fieldsOf(shown.text), email: '' },
      { cookie },
    );
    expect([sent.status, sent.headers.get('set-cookie')]).toEqual([422, null]);
    expect(policyOf(sent.headers)).toBe(`frame-ancestors ${allowed.join(' ')}`);
    expect(await countStored(world)).toBe(before);
  });

  it('P2, P10: asks for a confirmation mail, the same for every address, and nothing of the page around it is kept', async () => {
    const { world, pages } = await openWith(allowed);
    const from = { referer: 'https://www.lung.example/secret-page' };
    const answers = [];
    for (const email of ['ann@example.net', 'new@example.org']) {
      const { text } = await pages.get(frame, from);
      const { status, text: said } = await pages.post('/embed/follow', { ...fieldsOf(text), email }, from);
      answers.push([status, said.replaceAll(email, 'x')]);
      expect(await findHtmlFaults(text)).toEqual([]);
      expect(await findHtmlFaults(said)).toEqual([]);
    }
    expect(answers[0]).toEqual([200, expect.stringContaining('Check your email')]);
    expect(answers[1]).toEqual(answers[0]);
    await letWorkersWork(world);
    const [mail, ...more] = await world.mails('new@example.org');
    expect(more).toEqual([]);
    expect(mail?.text).not.toContain(id);
    const { text } = await pages.get(await confirmPath(world, 'new@example.org'));
    expect(text).toContain(id);
    expect((await world.dump()).join('\n')).not.toMatch(/lung\.example|secret-page/);
  });

  it.each([
    ['of the page around it', { origin: 'https://www.lung.example', 'sec-fetch-site': 'cross-site' }],
    ['of a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['of the page around it, from a browser that says no more', { origin: 'https://www.lung.example' }],
  ])('refuses a post with the origin %s: nothing is stored', async (_name, headers) => {
    const { world, pages } = await openWith(allowed);
    const fields = fieldsOf((await pages.get(frame)).text);
    const before = await countStored(world);
    const body = new URLSearchParams({ ...fields, email: 'bob@example.org' });
    const { status } = await fetch(`${pages.url}/embed/follow`, { method: 'POST', body, headers });
    expect(status).toBe(403);
    expect(await countStored(world)).toBe(before);
  });

  it('P3: asks for work while very many sign up, and takes no sign-up without it', async () => {
    const { world, pages } = await openWith(allowed);
    await sql`insert into rate_limits (address_hash, kind, times, first_at, last_at)
      select sha256(n::text::bytea), 'confirmation', 1, ${world.context.now()}, ${world.context.now()}
      from generate_series(1, ${ordinaryPerHour}) n`.execute(world.context.db);
    const before = await countStored(world);
    const fields = fieldsOf((await pages.get(frame)).text);
    const { status, headers, text } = await pages.post('/embed/follow', {
      ...fields,
      email: 'bob@example.org',
    });
    expect([status, policyOf(headers)]).toEqual([429, `frame-ancestors ${allowed.join(' ')}`]);
    expect(text).toContain('data-challenge');
    expect(await countStored(world)).toBe(before);
  });

  it('leads to the long form if its subject is not clear, and names a fault of the address', async () => {
    const { pages } = await openWith(allowed);
    for (const query of ['', '?condition=MS', '?trial=x', '?condition=zzz']) {
      const { text } = await pages.get(`/embed/follow${query}`);
      expect([query, text]).toEqual([query, expect.stringContaining('Open the full form')]);
      expect(text).toMatch(/href="\/follow\?[^"]*" target="_blank" rel="noopener noreferrer"/);
    }
    const fields = fieldsOf((await pages.get(frame)).text);
    const wrong = await pages.post('/embed/follow', { ...fields, email: '"><script>' });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('id="e-email"')]);
    expect(wrong.text).not.toContain('"><script>');
  });
});

describe('a form on a page of others', () => {
  it.each(['https://www.lung.example', 'https://bell.example.org', 'null'])(
    'P2: with origin %s leads to our form, filled in; it stores nothing, and the address is in no URL',
    async (origin) => {
      const { world, pages } = await readTrials({ [id]: {} });
      const before = await countStored(world);
      const sent = {
        trial: id,
        condition: 'asthma',
        note: 'theirs',
        subject: 'plain',
        follow: 'condition:lupus',
      };
      const headers = { origin, 'sec-fetch-site': 'cross-site', referer: 'https://bell.example.org/' };
      const answers = [];
      for (const email of ['ann@example.net', 'new@example.org']) {
        const answer = await pages.post('/embed/form', { ...sent, email }, headers);
        expect(answer.text).toContain(`value="${email}"`);
        expect(answer.headers.get('location')).toBe(null);
        for (const [url] of answer.text.matchAll(/(?:href|action|src)="[^"]*"/g))
          expect(url).not.toContain('@');
        answers.push([answer.status, answer.text.replaceAll(email, 'x')]);
      }
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[0]).toEqual([200, expect.stringContaining(`value="trial:${id}" checked`)]);
      expect(answers[0]?.[1]).not.toMatch(/theirs|lupus|value="plain" checked/);
      expect(await countStored(world)).toBe(before);
    },
  );
});

describe.skipIf(browserPath === null)("the examples of docs/advocates.md, on another origin's page", () => {
  let browser: Browser;
  const servers: Server[] = [];
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const document = readFileSync(join(import.meta.dirname, '../../../docs/advocates.md'), 'utf8');
  const exampleOf = (heading: string) =>
    new RegExp(`^## ${heading}\\n[^]*?^\`\`\`html\\n([^]*?)^\`\`\``, 'm').exec(document)?.[1] ?? '';

  /** Serves a page with the example of a heading, on a loopback host that browsers take for another site. */
  async function serveExample(heading: string, urlOf: () => string): Promise<{ url: string; host: string }> {
    const server = createServer(({ url: path }, response) => {
      const example = exampleOf(heading).replaceAll('https://bell.example.org', urlOf());
      const sandboxed = example.replace('<iframe', '<iframe sandbox="allow-forms allow-scripts"');
      const body = path === '/sandboxed' ? sandboxed : example;
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(
        `<!DOCTYPE html><html lang="en"><title>Lung Charity</title><h1>Lung Charity</h1>${body}</html>`,
      );
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url: `http://${host}/`, host };
  }
  /** The hosts that a tab asked, and its cookies. */
  const watch = (tab: Page) => {
    const hosts = new Set<string>();
    tab.on('request', (request) => hosts.add(new URL(request.url()).host));
    const urls: string[] = [];
    tab.on('framenavigated', (one) => urls.push(one.url()));
    return { hosts, urls, cookies: () => tab.context().cookies() };
  };
  async function expectMail(world: World, email: string): Promise<void> {
    await letWorkersWork(world);
    expect(await confirmPath(world, email)).toMatch(/^\/confirm\//);
  }
  const open = async (
    heading: string,
    isAllowed = true,
  ): Promise<{ world: World; pages: Pages; url: string; host: string }> => {
    let url = '';
    const example = await serveExample(heading, () => url);
    const embedHosts = isAllowed ? [example.host] : ['www.lung.example'];
    const { world, pages } = await readTrials({ [id]: {} }, { config: { embedHosts } });
    url = pages.url;
    return { world, pages, ...example };
  };

  it('the frame takes a sign-up without cookies or other hosts, and fits at 320 pixels, light and dark', async () => {
    const { world, pages, url, host } = await open('A frame');
    const tab = await openTab(browser, { viewport: { width: 320, height: 700 } });
    const seen = watch(tab);
    await tab.goto(url);
    const inside = tab.frameLocator('iframe');
    await inside.getByLabel('Your email').fill('ann@example.org');
    await inside.getByRole('button', { name: 'Follow' }).click();
    await inside.getByText('Check your email').waitFor();
    expect(tab.url()).toBe(url);
    expect(await seen.cookies()).toEqual([]);
    expect([...seen.hosts].sort()).toEqual([host, new URL(pages.url).host].sort());
    expect(seen.urls.filter((one) => one.includes('ann'))).toEqual([]);
    await expectMail(world, 'ann@example.org');

    const before = await countStored(world);
    await tab.goto(`${url}sandboxed`);
    await inside.getByLabel('Your email').fill('bob@example.org');
    const answer = tab.waitForResponse((one) => one.request().method() === 'POST');
    await inside.getByRole('button', { name: 'Follow' }).click();
    expect((await answer).status()).toBe(403);
    expect(await countStored(world)).toBe(before);

    for (const [name, path] of [
      ['embed', frame],
      ['embed-unclear', '/embed/follow?condition=MS'],
    ]) {
      await tab.goto(pages.url + path);
      expect(await findLookFaults(tab, name ?? '')).toEqual([]);
      await takePictures(tab, name ?? '');
    }
    await tab.context().close();
  });

  it('the frame is empty on a page whose host is not named', async () => {
    const { url } = await open('A frame', false);
    const tab = await openTab(browser);
    const refused = tab.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
    await tab.goto(url);
    await refused;
    expect(await tab.frameLocator('iframe').getByLabel('Your email').count()).toBe(0);
    await tab.context().close();
  });

  it('the form leads to our form with email and condition, which signs up by its own button', async () => {
    const { world, pages, url } = await open('A form');
    const before = await countStored(world);
    const tab = await openTab(browser, { javaScriptEnabled: false });
    const seen = watch(tab);
    await tab.goto(url);
    await tab.getByLabel('Your email').fill('ann@example.org');
    await tab.getByRole('button').click();
    await tab.waitForURL(`${pages.url}/embed/form`);
    expect(await countStored(world)).toBe(before);
    expect(await tab.locator('#f-email').inputValue()).toBe('ann@example.org');
    expect(await tab.locator('input[name="follow"]').first().isChecked()).toBe(true);
    await tab.locator('#sign-up button[type="submit"]').first().click();
    await tab.getByText('Check your email').waitFor();
    expect(seen.urls.filter((one) => one.includes('ann'))).toEqual([]);
    await expectMail(world, 'ann@example.org');
    await tab.context().close();
  });

  it('the link opens our form with the trial', async () => {
    const { url } = await open('A link');
    const tab = await openTab(browser);
    await tab.goto(url);
    await tab.getByRole('link').click();
    await tab.locator(`input[value="trial:${id}"]`).waitFor();
    expect(await tab.locator(`input[value="trial:${id}"]`).isChecked()).toBe(true);
    await tab.context().close();
  });
});
