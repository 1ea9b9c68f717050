import { spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const own = realpathSync(process.execPath);

/** The machine's Nodes, the project's own left out. */
const others = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((file) => existsSync(file) && !file.includes('node_modules'))
  .map((file) => realpathSync(file))
  .filter((file) => file !== own);
const other = others[0];

// The bin in a project of its own whose cli.ts tells what it was given.
const project = mkdtempSync(join(tmpdir(), 'trialbell-bin-'));
const bin = join(project, 'src', 'bin.js');
const teller = `
export async function main(args: string[]): Promise<void> {
  const [verb, given] = args;
  if (verb === 'tell') console.log(JSON.stringify({ node: process.execPath, args }));
  if (verb === 'exit') process.exitCode = Number(given);
  if (verb === 'crash') process.kill(process.pid, 'SIGKILL');
  if (verb !== 'wait') return;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) {
    process.on(signal, () => { console.log('got ' + signal); process.exit(7); });
  }
  console.log('pid ' + process.pid);
  setInterval(() => {}, 1000);
}
if (import.meta.main) await main(process.argv.slice(2));
`;

beforeAll(() => {
  mkdirSync(join(project, 'src'));
  cpSync(join(root, 'src', 'bin.js'), bin);
  writeFileSync(join(project, 'src', 'cli.ts'), teller);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

function runBin(node: string, args: string[], file = bin) {
  return spawnSync(node, [file, ...args], { encoding: 'utf8' });
}

async function signalBin(node: string, signal: NodeJS.Signals) {
  const child = spawn(node, [bin, 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('pid ')) resolve();
    });
  });
  child.kill(signal);
  return { code: await ended, output };
}

function describeUnder(name: string, node: string | undefined) {
  describe.skipIf(node === undefined)(`the bin under ${name}`, () => {
    const under = node ?? own;

    it("runs the cli with the project's own Node and the arguments as they are, quietly", () => {
      const ran = runBin(under, ['tell', 'two words', '--flag=$HOME', '']);
      expect(ran.stderr).toBe('');
      const told = JSON.parse(ran.stdout);
      expect(realpathSync(told.node)).toBe(own);
      expect(told.args).toEqual(['tell', 'two words', '--flag=$HOME', '']);
    });

    it('passes exit codes on', () => {
      expect(runBin(under, ['exit', '0']).status).toBe(0);
      expect(runBin(under, ['exit', '1']).status).toBe(1);
      expect(runBin(under, ['exit', '2']).status).toBe(2);
    });

    it('ends by the signal that ended the cli', () => {
      expect(runBin(under, ['crash']).signal).toBe('SIGKILL');
    });

    it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
      'passes %s on, once, and leaves nobody behind',
      async (signal) => {
        const { code, output } = await signalBin(under, signal);
        expect(code).toBe(7);
        expect(output.match(/got SIG\w+/g)).toEqual([`got ${signal}`]);
        const pid = Number(/pid (\d+)/.exec(output)?.[1]);
        expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      },
    );

    it('is told to end when npm and its shell are gone', async () => {
      const shell = spawn('sh', ['-c', `'${under}' '${bin}' wait; exit 0`], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, npm_command: 'exec' },
      });
      let output = '';
      await new Promise<void>((resolve) => {
        shell.stdout.on('data', (chunk: Buffer) => {
          output += chunk.toString();
          if (output.includes('pid ')) shell.kill('SIGTERM');
        });
        // Closed only when nobody holds the pipe any more.
        shell.on('close', () => resolve());
      });
      expect(output).toContain('got SIGTERM');
    });
  });
}

describeUnder("the project's own Node", own);
describeUnder(`another Node (${other ?? 'none on the PATH'})`, other);

describe('the bin of the project', () => {
  it.each([own, other ?? own])('runs the verbs: %s', (node) => {
    const ran = runBin(node, ['--version'], join(root, 'src', 'bin.js'));
    expect(ran.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(ran.status).toBe(0);
    expect(runBin(node, ['no-such-verb'], join(root, 'src', 'bin.js')).status).toBe(2);
  });

  it('may be executed', () => {
    expect(statSync(join(root, 'src', 'bin.js')).mode & 0o111).toBe(0o111);
  });
});

describe('the bin without its Node', () => {
  it('says in a sentence what to do', () => {
    const bare = join(project, 'bare', 'src');
    mkdirSync(bare, { recursive: true });
    cpSync(bin, join(bare, 'bin.js'));
    writeFileSync(join(project, 'bare', 'package.json'), '{ "type": "module" }');
    symlinkSync('/nonexistent', join(project, 'bare', 'node_modules'));
    rmSync(join(project, 'node_modules'));
    const ran = runBin(other ?? own, ['tell'], join(bare, 'bin.js'));
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    expect(ran.status).toBe(1);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toMatch(/^Trialbell's own Node \(npm package \S+\) is not installed\. Run npm ci/);
    expect(ran.stderr.trim().split('\n')).toHaveLength(1);
  });
});
