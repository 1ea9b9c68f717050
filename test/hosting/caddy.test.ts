import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { about, asthma, useServedWorlds } from '../support/find-pages.ts';
import { makeDataDir } from '../support/program.ts';
import { findFreePort, findProgram } from '../support/servers.ts';
import { study } from '../support/study.ts';

const { open, serve } = useServedWorlds();
const caddy = findProgram('caddy');
const ops = join(import.meta.dirname, '../../ops/Caddyfile');

/** The committed file, for a site of this machine and with a certificate of Caddy's own. */
function siteOf(port: number, upstream: string, path: string): string {
  const lines = readFileSync(ops, 'utf8').split('\n');
  const under = lines.filter((line) => line.startsWith('#\t')).map((line) => line.slice(1));
  const own = lines.filter((line) => !line.startsWith('#'));
  return (path === '' ? own : ['bell.example.org {', ...under, '}'])
    .join('\n')
    .replace('bell.example.org', `https://localhost:${port}`)
    .replace('{', '{\n\ttls internal')
    .replace('127.0.0.1:3000', new URL(upstream).host);
}

it.runIf(caddy)('O8: behind Caddy, which ends TLS, with a host of its own and under a path', async () => {
  for (const path of ['', '/bell']) {
    const folder = makeDataDir();
    const [port, plain] = [await findFreePort(), await findFreePort()];
    const origin = `https://localhost:${port}`;
    const world = await open({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001', about(asthma))] }],
      config: { baseUrl: `${origin}${path}` },
    });
    const pages = await serve(world);
    const file = join(folder.path, 'Caddyfile');
    const options = `{\n\tadmin off\n\thttp_port ${plain}\n\tskip_install_trust\n\tstorage file_system ${folder.path}\n}\n`;
    writeFileSync(file, options + siteOf(port, pages.url, path));
    const child = spawn(caddy ?? '', ['run', '--config', file, '--adapter', 'caddyfile'], {
      env: { HOME: folder.path },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    const ended = once(child, 'exit');
    const root = join(folder.path, 'pki/authorities/local/root.crt');
    const ask = (to: string, how: RequestOptions = {}, form = '') =>
      new Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; text: string }>(
        (resolve, reject) => {
          const asked = request({ host: 'localhost', port, path: to, ca: readFileSync(root), ...how });
          asked.on('response', (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (part) => (text += part));
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
            );
          });
          asked.on('error', reject).end(form);
        },
      );
    const post = (to: string, form: string) =>
      ask(
        to,
        {
          method: 'POST',
          headers: {
            origin,
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': String(form.length),
          },
        },
        form,
      );
    try {
      const start = () => (existsSync(root) ? ask(`${path}/`).catch(() => null) : null);
      await expect.poll(async () => (await start())?.status, { message: said }).toBe(200);
      const home = await ask(`${path}/`);
      expect(home.headers['strict-transport-security']).toBeDefined();
      expect(home.text).toContain(`href="${path}/manage"`);
      expect((await post(`${path}/manage`, 'email=ann%40example.net')).status).toBe(200);
      const list = await post(`${path}/admin/bulk`, 'x'.repeat(3_000_000));
      expect([list.status, list.headers['content-security-policy']]).toEqual([413, expect.any(String)]);
    } finally {
      child.kill('SIGTERM');
      await ended;
      folder.remove();
    }
  }
});
