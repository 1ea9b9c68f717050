import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, openBrowser, openTab } from '../support/browser.ts';

const bin = join(import.meta.dirname, '../../src/bin.js');
const folder = mkdtempSync(join(tmpdir(), 'trialbell-demo-'));
// The embedded database may run as another user, who must get through.
chmodSync(folder, 0o755);
const outbox = join(folder, '.trialbell-demo/outbox');
const bare = { PATH: '/usr/bin:/bin', HOME: folder };
const demoLine = 'This is a demonstration. These changes are made up.';

type Demo = {
  child: ChildProcess;
  output: () => string;
  until: (words: string) => Promise<void>;
  ended: Promise<number | null>;
};

const running = new Set<ChildProcess>();

function startDemo(env: Record<string, string> = bare, command = [process.execPath, bin, 'demo']): Demo {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: folder, env, stdio: 'pipe' });
  running.add(child);
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      running.delete(child);
      resolve(code);
    });
  });
  const until = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (output.includes(words)) resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`It ended without saying “${words}”:\n${output}`)));
    });
  return { child, output: () => output, until, ended };
}

/** Command lines of living processes that hold the demonstration's folder. */
function listLeftovers(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(folder) ? [line] : [];
      } catch {
        return [];
      }
    });
}

/** The mails to readers; to admins goes what alarms. */
async function readMails() {
  const names = readdirSync(outbox)
    .filter((name) => name.endsWith('.eml'))
    .sort();
  const mails = await Promise.all(names.map((name) => PostalMime.parse(readFileSync(join(outbox, name)))));
  return mails.filter(({ to }) => to?.[0]?.address !== 'admin@example.org');
}

afterAll(() => {
  for (const child of running) child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

describe('the demonstration', () => {
  let story = '';
  let second = '';
  let code: number | null = null;
  let secondCode: number | null = null;
  beforeAll(async () => {
    const first = startDemo();
    await first.until('5 people sign up');
    const beside = startDemo();
    secondCode = await beside.ended;
    second = beside.output();
    code = await first.ended;
    story = first.output();
  }, 240_000);

  it('ends without a terminal, after it has requested its own page', () => {
    expect(code, story).toBe(0);
    expect(story.startsWith(demoLine)).toBe(true);
    expect(story).toContain('7 emails about changes were written.');
    expect(story).toMatch(/\n1\. http:\/\/localhost:\d+\/outbox\n/);
    expect(story).toContain('The outbox was requested once and answered.');
    expect(story).not.toContain('"level"');
  });

  it('tells what was read, what changed, who was told, who was not and why', () => {
    const flat = story.replace(/\s+/g, ' ');
    for (const words of [
      'Wednesday, November 4: 5 people sign up',
      'What they follow is read at once and stored as it stands: 14 trials.',
      'the registries have new data Read over HTTP',
      'Also listed as 2026-599001-17-00 (EU registry): recruiting.',
      'Italy: now listed as recruiting. Before: authorized, not yet recruiting.',
      '12 sites are now listed as recruiting, along with the trial',
      '(one line for the sites, not 12)',
      '9 months later',
      '“Too few people joined in two years to answer the question.”',
      'Expanded access (treatment outside a trial) is now listed as offered. Before: not offered.',
      '6 sites renamed',
      'The completion date in this record (June 2026) has passed, but the trial is still listed as',
      'Lucía: told at once, below.',
      'Maria: 1 change through “acute lymphoblastic leukemia” waits until Monday, November 9 at 9:00 AM in Rome.',
      'the enrollment of NCT99000001 changed too, but James did not ask for that kind of news',
      'Not in Maria’s email: NCT99000004. What happened since the last email cancels out',
      'Nobody is told twice.',
      'Sofia: no email, because there was nothing to tell',
      'Tuesday, November 10: an error in the registry’s data?',
      'so 57 changes are held: nobody is told before an admin decides.',
    ])
      expect(flat).toContain(words);
  });

  it('D1: the outbox holds each person’s changes once, and nothing for people without news', async () => {
    const mails = await readMails();
    const told = mails.map(({ to, text = '' }) => [
      to?.[0]?.address,
      [...new Set(text.match(/NCT\d{8}(?=, listed)/g))].sort(),
    ]);
    expect(told).toEqual([
      ['lucia@example.org', ['NCT99000008']],
      ['james@example.org', ['NCT99000001', 'NCT99000002']],
      ['priya@example.org', ['NCT99000006']],
      ['lucia@example.org', ['NCT99000009']],
      ['james@example.org', ['NCT99000003']],
      ['maria@example.org', ['NCT99000005']],
      ['priya@example.org', ['NCT99000007']],
    ]);
    const pairs = told.flatMap(([email, ids]) => [ids].flat().map((id) => `${email} ${id}`));
    expect(new Set(pairs).size).toBe(pairs.length);
  });

  it('says in every mail that it is made up, and links to its own pages', async () => {
    for (const { text = '', html = '', subject } of await readMails()) {
      expect(subject).toMatch(/^Demonstration: /);
      expect(text).toContain(demoLine);
      expect(html).toContain(demoLine);
      expect(text).toMatch(/http:\/\/localhost:\d+\/unsubscribe\//);
      expect(text).not.toContain('clinicaltrials.gov/study');
    }
  });

  it('has its folder for itself: a second one there says so in a sentence', () => {
    expect(secondCode).toBe(1);
    expect(second).toContain('A demonstration is already running in ');
    expect(second).not.toMatch(/\n\s+at /);
  });

  it.runIf(process.platform === 'linux')('leaves nothing running', () => {
    expect(listLeftovers()).toEqual([]);
  });

  it('works a second time in the same folder, whatever the environment says', async () => {
    const nowhere = {
      ...bare,
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
      REDIS_URL: 'redis://127.0.0.1:1',
      SMTP_URL: 'smtp://127.0.0.1:1',
      DATA_DIR: '/nonexistent',
      PORT: 'wrong',
    };
    const again = startDemo(nowhere);
    expect(await again.ended, again.output()).toBe(0);
    expect(again.output()).toContain('7 emails about changes were written.');
    expect(await readMails()).toHaveLength(7);
  }, 240_000);

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'stops on %s in the middle and leaves nothing running',
    async (signal) => {
      const stopped = startDemo();
      await stopped.until('5 people sign up');
      stopped.child.kill(signal);
      const ended = await stopped.ended;
      // What is asked late may meet the end.
      expect([0, 1]).toContain(ended);
      if (ended === 1) expect(stopped.output()).toContain('Stopped before the end.');
      expect(listLeftovers()).toEqual([]);
    },
    240_000,
  );
});

const canStay = existsSync('/usr/bin/script') && browserPath !== null;

describe.skipIf(!canStay)('the demonstration in a terminal', () => {
  let demo: Demo;
  let url = '';
  let links: string[] = [];
  let browser: Browser;
  const read = async (path: string) => (await fetch(`${url}${path}`)).text();

  beforeAll(async () => {
    const command = `exec '${process.execPath}' '${bin}' demo`;
    demo = startDemo({ ...bare, SHELL: '/bin/sh' }, [
      ...['/usr/bin/script', '-q', '-e', '-f', '-c', command, '/dev/null'],
    ]);
    await demo.until('Press Enter to let a day pass.');
    links = [...demo.output().matchAll(/^\d\. (http\S+)\r?$/gm)].map(([, link = '']) => link);
    url = new URL(links[0] ?? '').origin;
    browser = await openBrowser();
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    demo?.child.kill('SIGTERM');
  });

  /** Waits until the outbox page lists so many emails to an address; returns the path of the newest. */
  async function newestMail(to: string, count: number): Promise<string> {
    for (let tries = 0; tries < 600; tries += 1) {
      const items = (await read('/outbox')).match(/<li>[\s\S]*?<\/li>/g) ?? [];
      const mine = items.filter((item) => item.includes(`to ${to}`));
      if (mine.length >= count) return /href="([^"]+)"/.exec(mine[0] ?? '')?.[1] ?? '';
      await sleep(100);
    }
    throw new Error(`no ${count} emails to ${to} in the outbox`);
  }

  it('keeps port 3000 or says that it is in use, and lists five things to click, which answer', async () => {
    if (new URL(url).port !== '3000') expect(demo.output()).toContain('Port 3000 is in use here');
    expect(links).toHaveLength(5);
    const answers = await Promise.all(links.map(async (link) => (await fetch(link)).status));
    expect(answers).toEqual([200, 200, 200, 200, 200]);
  });

  it('has pages and emails that say that it is made up, and links that answer', async () => {
    const mail = /\/outbox\/[\w-]+/.exec(await read('/outbox'))?.[0] ?? '';
    for (const path of ['/outbox', mail, `${mail}/html`, '/', '/no'])
      expect(await read(path)).toContain(demoLine);
    const html = await read(`${await newestMail('priya@example.org', 2)}/html`);
    const link = /href="http:\/\/localhost:\d+(\/trials\/NCT99\d+)"/.exec(html)?.[1] ?? '';
    expect(await read(link)).toContain('NCT99');
    const record = /href="([^"]+\/studies\/NCT99\d+)"/.exec(html)?.[1] ?? '';
    expect((await fetch(record)).status).toBe(200);
  });

  it('answers the commands of README.md as they stand', async () => {
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
    const commands = readme.match(/^curl .+$/gm) ?? [];
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const { status, stdout } = spawnSync('sh', ['-ec', command.replaceAll('http://localhost:3000', url)], {
        encoding: 'utf8',
      });
      expect([status, command, stdout.includes('NCT99')]).toEqual([0, command, true]);
    }
  });

  it('lets a visitor follow a trial: the confirmation arrives, its link works, the first email comes', async () => {
    const visitor = 'visitor@example.net';
    const tab = await openTab(browser);
    await tab.goto(`${url}/trials/NCT99000008`);
    const form = tab.locator('form[action="/subscriptions"]');
    await form.locator('input[name="email"]').fill(visitor);
    await form.locator('button[type="submit"]').first().click();
    const html = await read(`${await newestMail(visitor, 1)}/html`);
    await tab.goto(/href="([^"]+\/confirm\/[\w-]+)"/.exec(html)?.[1] ?? '');
    await tab.locator('form[action*="/confirm/"] button[type="submit"]').click();
    await newestMail(visitor, 2);
    expect(await tab.locator('form[action*="/confirm/"]').count()).toBe(0);
    await tab.context().close();
  });

  it('signs its admin in to a held run; what is released is told when the day passes', async () => {
    const tab = await openTab(browser);
    await tab.goto(links.find((link) => link.includes('/admin/')) ?? '');
    await tab.click('main form button');
    await tab.click('main a[href^="/admin/runs/"]');
    await tab.check('input[name="do"][value="release-all"]');
    await tab.click('form[action$="/decide"] button');
    await tab.fill('#reason', 'The official records say the same.');
    await tab.click('form[action$="/release"] button');
    await tab.waitForURL(/\/admin\/runs\/\d+$/);
    demo.child.stdin?.write('\r');
    const mail = await newestMail('noor@example.org', 1);
    expect(await read(`${mail}/html`)).toContain('hay fever');
    await tab.context().close();
  });

  it('stops on Ctrl-C and leaves nothing running', async () => {
    demo.child.stdin?.write('\x03');
    expect(await demo.ended, demo.output()).toBe(0);
    expect(listLeftovers()).toEqual([]);
  }, 60_000);
});
