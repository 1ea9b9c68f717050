import { networkInterfaces } from 'node:os';
import { afterEach, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { useWorlds } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});

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
  const serveOn = async (host: string) => {
    const pages = await servePages({
      ...world,
      context: { ...world.context, config: { ...world.context.config, host } },
    });
    served.push(pages);
    return pages;
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
