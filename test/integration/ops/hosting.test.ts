import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { routes } from '../../../src/web/routes.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { crawl } from '../../support/crawl.ts';
import { turnTo } from '../../support/days.ts';
import { about, asthma, useServedWorlds } from '../../support/find-pages.ts';
import type { Pages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { signUpAndConfirm, signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';

const { open, serve, readTrials } = useServedWorlds();
const id = 'NCT09900001';

const reaches = (host: string, { url }: Pages) =>
  fetch(`http://${host}:${new URL(url).port}/healthz`).then(
    ({ status }) => status === 200,
    () => false,
  );
/** An address of this machine that others could reach, if it has one. */
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

it('O8: HOST says where the pages listen: over IPv6, everywhere, and by default on this machine alone', async () => {
  const world = await open();
  const serveOn = (host: string) => {
    world.context.config.host = host;
    return serve(world);
  };
  const usual = await serveOn(readConfig({}).host);
  expect(usual.url).toMatch(/^http:\/\/localhost:\d+$/);
  expect(await reaches('127.0.0.1', usual)).toBe(true);
  expect(await reaches('[::1]', usual)).toBe(false);
  const v6 = await serveOn('::1');
  expect(v6.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await v6.get('/')).text).toContain('Trialbell');
  expect(await reaches('127.0.0.1', v6)).toBe(false);
  const all = await serveOn('::');
  expect(await reaches('127.0.0.1', all)).toBe(true);
  expect(await reaches('[::1]', all)).toBe(true);
  if (outside) expect([await reaches(outside, usual), await reaches(outside, all)]).toEqual([false, true]);
  await expect(serveOn('192.0.2.1')).rejects.toThrow(
    /cannot listen on 192\.0\.2\.1: .*\. Set HOST to an address of this machine\./,
  );
});

it('O8: under a path, no page, form, mail, cookie or redirect leads out of it', async () => {
  const { world, pages } = await readTrials(
    { [id]: { status: 'NOT_YET_RECRUITING' } },
    { config: { baseUrl: 'https://bell.example.org/bell', adminEmails: ['admin@example.net'] } },
  );
  await world.subscribe('ann@example.net', { trials: [id], frequency: 'daily' });
  turnTo(world, 3, [study(id, about(asthma, { status: 'RECRUITING' }))]);
  await world.round();
  await signUpAndConfirm(world, pages, 'tom@example.net', [`trial:${id}`]);
  await pages.post('/subscriptions', signUpForm('eve@example.net', [`trial:${id}`]));
  await world.round();
  const reader = await signIn(world, pages, 'ann@example.net');
  const admin = await signInAsAdmin(world, pages, 'admin@example.net');
  const mails = await world.mails();
  const mailed = mails.flatMap(({ text = '', html = '', headers }) =>
    [text, html, ...headers.map(({ value }) => value)].flatMap(
      (part) => part.match(/https:\/\/bell\.example\.org[^\s"<>]*/g) ?? [],
    ),
  );
  expect(mailed.filter((url) => !/^https:\/\/bell\.example\.org\/bell(\/|$)/.test(url))).toEqual([]);
  const given = (wanted: string) =>
    routes.flatMap(([method, url]) => (method === wanted ? [url.replace(/:\w+/g, '1')] : []));
  const { paths, leaks, failures } = await crawl(pages, {
    ...{ base: '/bell', publicOrigin: 'https://bell.example.org' },
    start: [
      ...['', '/suggest?q=asth', '/style.css', `/api/v1/trials/${id}/versions`, ...given('GET')],
      ...mailed.map((url) => url.slice('https://bell.example.org/bell'.length)),
    ],
    posts: given('POST'),
    cookie: `${reader.cookie}; ${admin.cookie}`,
  });
  expect([leaks, failures]).toEqual([[], []]);
  expect(paths.size).toBeGreaterThan(150);
  expect(reader.cookie).toMatch(/^__Secure-manage=/);
  const reply = async (path: string) =>
    (await fetch(new URL(path, pages.url), { redirect: 'manual' })).status;
  for (const path of ['/bell', '/bell/', '/bell?lang=es', '/bell/healthz', '/healthz', '/metrics'])
    expect([path, await reply(path)]).toEqual([path, 200]);
  for (const path of ['/', '/manage', '/bells', '/style.css', '/outbox', '/healthz/x'])
    expect([path, await reply(path)]).toEqual([path, 404]);
});
