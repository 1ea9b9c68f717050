import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { useServedWorlds } from '../support/find-pages.ts';
import { makeDataDir } from '../support/program.ts';
import { findProgram } from '../support/servers.ts';
import { askForLink } from '../support/sign-in.ts';
import { confirmPath, letWorkersWork } from '../support/sign-ups.ts';
import { study } from '../support/study.ts';

const run = promisify(execFile);
const { open, serve } = useServedWorlds();
const id = 'NCT09900001';

/** Presses the button of a page: posts its form, and returns the text of the page after the redirect. */
type Press = (url: string, form: string, home: string) => Promise<string>;

const lynx: Press = async (url, form, home) => {
  const running = run('lynx', ['-dump', '-accept_all_cookies', '-post_data', url], {
    env: { ...process.env, HOME: home },
  });
  running.child.stdin?.end(`${form}\n---\n`);
  return (await running).stdout;
};
const w3m: Press = async (url, form, home) => {
  const file = join(home, 'form');
  writeFileSync(file, form);
  const how = ['-dump', '-cookie', '-o', 'accept_cookie=1', '-post', file, url];
  return (await run('w3m', how, { env: { ...process.env, HOME: home } })).stdout;
};

/** The form that follows, or that agrees, as a browser without scripts sends it. */
function sentForm(page: string, typed: Record<string, string> = {}): string {
  const form = /<form class="follow".*?<\/form>/s.exec(page)?.[0] ?? '';
  const fields = form.matchAll(
    /type="hidden" name="([^"]*)" value="([^"]*)"|name="([^"]*)" value="([^"]*)" checked/g,
  );
  return new URLSearchParams([
    ...[...fields].map(([, name, value, box, on]): [string, string] => [
      name ?? box ?? '',
      value ?? on ?? '',
    ]),
    ...Object.entries(typed),
  ]).toString();
}

it.runIf(findProgram('lynx') && findProgram('w3m'))('P9: one follows a trial with lynx and w3m', async () => {
  const world = await open({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }],
    config: { baseUrl: 'http://localhost:3000' },
  });
  await world.subscribe('first@example.net', { trials: [id] });
  const pages = await serve(world);
  const folder = makeDataDir();
  for (const [reader, press] of Object.entries({ lynx, w3m })) {
    const email = `${reader}@example.net`;
    const form = sentForm((await pages.get(`/trials/${id}`)).text, { email });
    expect(await press(`${pages.url}/subscriptions`, form, folder.path), reader).toContain(email);
    await letWorkersWork(world);
    const path = await confirmPath(world, email);
    const agreed = sentForm((await pages.get(path)).text);
    const started = await press(pages.url + path, agreed, folder.path);
    expect(started, reader).toMatch(new RegExp(`The emails start now.*${id}`, 's'));
  }
  folder.remove();
});

it.runIf(findProgram('lynx') && findProgram('w3m'))(
  'P6: on http loopback one signs in with lynx and w3m, which send no secure cookie there',
  async () => {
    const world = await open({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }],
      config: { baseUrl: 'http://localhost:3000' },
    });
    const pages = await serve(world);
    const folder = makeDataDir();
    for (const [reader, press] of Object.entries({ lynx, w3m })) {
      await world.subscribe(`${reader}@example.net`, { trials: [id] });
      const path = await askForLink(world, pages, `${reader}@example.net`);
      const token = /name="form" value="([^"]+)"/.exec((await pages.get(path)).text)?.[1] ?? '';
      const shown = await press(pages.url + path, `form=${encodeURIComponent(token)}`, folder.path);
      expect(shown, reader).toContain(id);
    }
    folder.remove();
  },
);
