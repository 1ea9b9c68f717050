import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './find-program.ts';
import { makeDataDir } from './program.ts';
import { type ReaderBrowser, readingBy } from './reader-browser.ts';

/** The path of Debian's Firefox ESR, or null. */
export const firefoxPath = findProgram('firefox-esr');

/** It asks nobody but the pages that it is sent to. */
const preferences = {
  'app.normandy.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'network.dns.disablePrefetch': true,
  'services.settings.server': 'data:,',
};

/** Opens a Firefox without windows and speaks WebDriver BiDi with it. */
export async function openFirefox(): Promise<ReaderBrowser> {
  const folder = makeDataDir();
  const lines = Object.entries(preferences).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(folder.path, 'user.js'), lines.join('\n'));
  const how = ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', folder.path];
  const child = spawn(firefoxPath ?? '', [...how, 'about:blank'], {
    env: { ...process.env, HOME: folder.path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(`Firefox ended: ${said}`)));
  });
  const socket = new WebSocket(`${address}/session`);
  await once(socket, 'open');
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  socket.addEventListener('message', ({ data }) => {
    const { id, result, error, message } = JSON.parse(String(data));
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error) asked?.reject(new Error(`${error}: ${message}`));
    else asked?.resolve(result as never);
  });
  let sent = 0;
  const ask = <T>(method: string, params: object): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      sent += 1;
      waiting.set(sent, { resolve, reject });
      socket.send(JSON.stringify({ id: sent, method, params }));
    });

  await ask('session.new', { capabilities: {} });
  const { contexts } = await ask<{ contexts: { context: string }[] }>('browsingContext.getTree', {});
  const context = contexts[0]?.context ?? '';
  const { read, until } = readingBy(async (expression) => {
    const target = { context };
    const { result } = await ask<{ result: { value: string } }>('script.evaluate', {
      expression,
      target,
      awaitPromise: false,
    });
    return result.value;
  });
  const find = (selector: string) => `document.querySelector(${JSON.stringify(selector)})`;
  return {
    read,
    until,
    async open(url) {
      await ask('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    async back() {
      await ask('browsingContext.traverseHistory', { context, delta: -1 });
    },
    async type(selector, text) {
      await read(`(${find(selector)}.focus(), null)`);
      const actions = [...text].flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]);
      await ask('input.performActions', { context, actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
    async click(selector) {
      await read(`(${find(selector)}.click(), null)`);
    },
    async close() {
      socket.close();
      child.kill();
      await ended;
      folder.remove();
    },
  };
}
