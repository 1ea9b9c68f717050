import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { findProgram } from './find-program.ts';
import { type ReaderBrowser, readingBy } from './reader-browser.ts';
import { makeFolder, type Started, startOnFreePort } from './servers.ts';

const browser = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const driver = findProgram('WebKitWebDriver');
const display = findProgram('Xvfb');

/** Whether Debian's WebKitGTK, its driver and a display without a screen are here. */
export const hasWebkit = driver !== null && display !== null && existsSync(browser);

/** The key under which WebDriver hands out an element. */
const elementKey = 'element-6066-11e4-a52e-4f735466cecf';

/** Opens WebKitGTK, whose engine is Safari's, on a display of its own and speaks WebDriver with it. */
export async function openWebkit(): Promise<ReaderBrowser> {
  const how = ['-displayfd', '1', '-nolisten', 'tcp', '-screen', '0', '1280x900x24'];
  const screen = spawn(display ?? '', how, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [number] = await once(screen.stdout, 'data');
  const driving = await startDriver(`:${String(number).trim()}`);

  const ask = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const answer = await fetch(driving.url + path, {
      method,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  const options = { binary: browser, args: ['--automation'] };
  const opened = await ask<{ sessionId: string }>('POST', '/session', {
    capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
  });
  const session = `/session/${opened.sessionId}`;
  const find = async (selector: string) => {
    const how = { using: 'css selector', value: selector };
    const found = await ask<{ [elementKey]: string }>('POST', `${session}/element`, how);
    return `${session}/element/${found[elementKey]}`;
  };
  return {
    ...readingBy((expression) =>
      ask<string>('POST', `${session}/execute/sync`, { script: `return ${expression}`, args: [] }),
    ),
    open: (url) => ask('POST', `${session}/url`, { url }),
    back: () => ask('POST', `${session}/back`, {}),
    type: async (selector, text) => ask('POST', `${await find(selector)}/value`, { text }),
    click: async (selector) => ask('POST', `${await find(selector)}/click`, {}),
    async close() {
      await ask('DELETE', session);
      await driving.stop();
      const ended = once(screen, 'exit');
      screen.kill();
      await ended;
    },
  };
}

function startDriver(shown: string): Promise<Started> {
  const folder = makeFolder();
  return startOnFreePort(folder, 'SIGTERM', (port) => {
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(driver ?? '', [`--port=${port}`], {
      env: {
        ...process.env,
        HOME: folder,
        DISPLAY: shown,
        // There is no graphics card; and a container does not let bubblewrap make its sandbox.
        WEBKIT_DISABLE_COMPOSITING_MODE: '1',
        WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      },
      stdio: 'ignore',
    });
    const check = async () => {
      await (await fetch(`${url}/status`)).json();
    };
    return { child, url, check };
  });
}
