import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { turnTo } from '../support/days.ts';
import { about, asthma, useServedWorlds } from '../support/find-pages.ts';
import { makeDataDir } from '../support/program.ts';
import { findFreePort, findProgram } from '../support/servers.ts';
import { study } from '../support/study.ts';

const { open, serve } = useServedWorlds();
const nginx = findProgram('nginx') ?? findProgram('/usr/sbin/nginx');
const id = 'NCT09900001';

it.runIf(nginx)(
  'O8: behind nginx, which ends TLS, everything works under a path: pages, forms, one click, IPv6',
  async () => {
    const folder = makeDataDir();
    const [port, plain] = [await findFreePort(), await findFreePort()];
    const origin = `https://localhost:${port}`;
    const [key, cert] = [join(folder.path, 'key.pem'), join(folder.path, 'cert.pem')];
    const wanted = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...wanted],
      { stdio: 'ignore' },
    );
    const studies = (status: string) => [study(id, about(asthma, { status }))];
    const world = await open({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: studies('NOT_YET_RECRUITING') }],
      config: { baseUrl: `${origin}/bell` },
    });
    const pages = await serve(world);
    const server = readFileSync(join(import.meta.dirname, '../../ops/nginx.conf'), 'utf8')
      .replaceAll(/(listen (?:\[::\]:)?)443/g, `$1${port}`)
      .replaceAll(/(listen (?:\[::\]:)?)80;/g, `$1${plain};`)
      .replace(/(ssl_certificate )\S+;/, `$1${cert};`)
      .replace(/(ssl_certificate_key )\S+;/, `$1${key};`)
      .replaceAll('bell.example.org', 'localhost')
      .replace('location / {', 'location /bell/ {')
      .replace('127.0.0.1:3000', `127.0.0.1:${new URL(pages.url).port}`);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const paths = temporary.map((name) => `${name}_temp_path ${folder.path}/${name};`).join(' ');
    const file = join(folder.path, 'nginx.conf');
    writeFileSync(
      file,
      `${process.getuid?.() === 0 ? 'user root;' : ''} pid ${folder.path}/pid; error_log stderr; events {} http { access_log off; ${paths} ${server} }`,
    );
    const child = spawn(nginx ?? '', ['-c', file, '-p', folder.path, '-g', 'daemon off;'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    const ended = once(child, 'exit');
    const ask = (
      path: string,
      {
        form,
        host = 'localhost',
        headers = {},
      }: { form?: string; host?: string; headers?: Record<string, string> } = {},
    ) =>
      new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
        (resolve, reject) => {
          const asked = request(
            {
              ...{
                host,
                port,
                path,
                ca: readFileSync(cert),
                servername: 'localhost',
                method: form === undefined ? 'GET' : 'POST',
              },
              headers: {
                host: `localhost:${port}`,
                ...(form === undefined
                  ? {}
                  : {
                      'content-type': 'application/x-www-form-urlencoded',
                      'content-length': String(form.length),
                    }),
                ...headers,
              },
            },
            (response) => {
              let text = '';
              response.setEncoding('utf8').on('data', (part) => (text += part));
              response.on('end', () =>
                resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
              );
            },
          );
          asked.on('error', reject).end(form);
        },
      );
    try {
      let home = await ask('/bell/').catch(() => null);
      while (home === null && child.exitCode === null) home = await ask('/bell/').catch(() => null);
      expect(home?.status, said).toBe(200);
      expect(home?.headers['strict-transport-security']).toBeDefined();
      expect(home?.text).toContain('href="/bell/manage"');
      expect((await ask('/bell/', { host: '::1' })).status).toBe(200);
      expect((await ask('/bell')).headers.location).toBe(`${origin}/bell/`);
      expect((await ask('/manage')).status).toBe(404);
      // Lists of admins are passed on: what is refused is refused by Trialbell, in words.
      const list = await ask('/bell/admin/bulk', { form: 'x'.repeat(3_000_000), headers: { origin } });
      expect([list.status, list.headers['content-security-policy']]).toEqual([413, expect.any(String)]);
      const moved = await fetch(`http://localhost:${plain}/bell/manage`, { redirect: 'manual' });
      expect(moved.headers.get('location')).toBe('https://localhost/bell/manage');

      await world.subscribe('ann@example.net', { trials: [id], frequency: 'daily' });
      const form = 'email=ann%40example.net';
      expect((await ask('/bell/manage', { form, headers: { origin } })).status).toBe(200);
      expect((await ask('/bell/manage', { form, headers: { origin: 'https://evil.example' } })).status).toBe(
        403,
      );
      await world.round();
      const link =
        /https:\/\/localhost:\d+(\/bell\/manage\/[\w-]{43})/.exec(
          (await world.mails('ann@example.net')).at(-1)?.text ?? '',
        )?.[1] ?? '';
      const entered = await ask(link, { form: '', headers: { origin } });
      expect([entered.status, entered.headers.location]).toEqual([303, '/bell/manage?entered']);
      expect(String(entered.headers['set-cookie'])).toMatch(
        /^__Secure-manage=.*; Path=\/bell; HttpOnly; Secure/,
      );

      turnTo(world, 3, studies('RECRUITING'));
      await world.round();
      const digest = (await world.mails('ann@example.net')).find(({ headers }) =>
        headers.some((one) => one.key === 'list-unsubscribe'),
      );
      const url =
        /<(https:[^>]*)>/.exec(
          digest?.headers.find((one) => one.key === 'list-unsubscribe')?.value ?? '',
        )?.[1] ?? '';
      expect(url).toContain(`${origin}/bell/unsubscribe/`);
      expect((await ask(new URL(url).pathname, { form: 'List-Unsubscribe=One-Click' })).status).toBe(200);
      turnTo(world, 4, studies('COMPLETED'));
      const before = (await world.mails('ann@example.net')).length;
      await world.round();
      expect((await world.mails('ann@example.net')).length).toBe(before);
    } finally {
      child.kill('SIGTERM');
      await ended;
      folder.remove();
    }
  },
);
