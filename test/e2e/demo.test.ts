import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

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

async function readMails() {
  const names = readdirSync(outbox)
    .filter((name) => name.endsWith('.eml'))
    .sort();
  return Promise.all(names.map((name) => PostalMime.parse(readFileSync(join(outbox, name)))));
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
    expect(story).toMatch(/7 mails were written\. Read them in a browser: http:\/\/localhost:\d+\/outbox/);
    expect(story).toContain('The page was requested once and answered.');
  });

  it('tells what was read, what changed, who was told, who was not and why', () => {
    const flat = story.replace(/\s+/g, ' ');
    for (const words of [
      'What they follow is read at once and stored as it stands: 14 trials.',
      'the registries have new data Read over HTTP',
      'Also listed as 2026-599001-17-00 (EU register): recruiting.',
      'Italy: now listed as recruiting. Before: authorized, not yet recruiting.',
      '12 sites are now listed as recruiting, along with the trial',
      '(one line for the sites, not 12)',
      '9 months later',
      '“Too few people joined in two years to answer the question.”',
      'Expanded access (treatment outside a trial) is now listed as offered. Before: not offered.',
      '6 sites renamed',
      'The completion date in this record (June 2026) has passed, but the trial is still listed as',
      'Lucía: told at once, below.',
      'Maria: 1 change through “acute lymphoblastic leukemia” waits until Monday 9 November, 09:00 in Rome.',
      'the enrollment of NCT99000001 changed too, but James did not ask for that kind of news',
      'Not in Maria’s mail: NCT99000004. What happened since the last mail cancels out',
      'Nobody is told twice.',
      'Sofia: no mail, because there was nothing to tell',
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
    expect(again.output()).toContain('7 mails were written.');
    expect(await readMails()).toHaveLength(7);
  }, 240_000);

  it.runIf(existsSync('/usr/bin/script'))(
    'stays in a terminal until Ctrl-C, with pages that say that it is made up',
    async () => {
      const command = `exec '${process.execPath}' '${bin}' demo`;
      const staying = startDemo({ ...bare, SHELL: '/bin/sh' }, [
        ...['/usr/bin/script', '-q', '-e', '-f', '-c', command, '/dev/null'],
      ]);
      await staying.until('until you press Ctrl-C.');
      const url = /http:\/\/localhost:\d+/.exec(staying.output())?.[0];
      const read = async (path: string) => (await fetch(`${url}${path}`)).text();
      const list = await read('/outbox');
      const mail = /\/outbox\/[\w-]+/.exec(list)?.[0] ?? '';
      for (const page of [
        list,
        await read(mail),
        await read(`${mail}/html`),
        await read('/'),
        await read('/no'),
      ])
        expect(page).toContain(demoLine);
      const link =
        /href="http:\/\/localhost:\d+(\/trials\/NCT99\d+)"/.exec(await read(`${mail}/html`))?.[1] ?? '';
      expect(await read(link)).toMatch(/NCT99|not built yet/);
      const record = /href="([^"]+\/studies\/NCT99\d+)"/.exec(await read(`${mail}/html`))?.[1] ?? '';
      expect((await fetch(record)).status).toBe(200);
      staying.child.stdin?.write('\x03');
      expect(await staying.ended, staying.output()).toBe(0);
      expect(listLeftovers()).toEqual([]);
    },
    240_000,
  );

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
