import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, inject } from 'vitest';
import { claimRedisDatabase } from './redis.ts';

/** The program's `bin.js`: the one that the run has made, or the source's, where a test runs without servers. */
export function programPath(): string {
  return inject('program') ?? join(import.meta.dirname, '../../src/bin.js');
}

/** The file of the torture's worker process that the run has made. */
export function tortureWorkerPath(): string {
  return join(dirname(programPath()), '../lib/torture-worker.js');
}

export type Ran = { code: number | null; stdout: string; stderr: string };

/** A running process of the program. */
export type Running = {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  ended: Promise<Ran>;
};

/** Starts the program with only `env` as its environment. */
export function startProgram(args: string[], env: Record<string, string> = {}): Running {
  const child = spawn(realpathSync(process.execPath), [programPath(), ...args], {
    env: { LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ran>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Runs the program to its end. */
export function runProgram(args: string[], env: Record<string, string> = {}): Promise<Ran> {
  return startProgram(args, env).ended;
}

/** A temporary folder for a test. */
export function makeDataDir(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'trialbell-program-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export const testKey = 'a key of the tests alone, forty characters';

/** The variables for a test database and for the queue store of this combination. */
export async function serverVariables(databaseUrl: string): Promise<Record<string, string>> {
  const { redisUrl } = inject('servers');
  return {
    DATABASE_URL: databaseUrl,
    SECRET_KEY: testKey,
    ...(redisUrl ? { REDIS_URL: await claimRedisDatabase(redisUrl) } : {}),
  };
}

/** Expects an error as a sentence: no stack, no source file, nothing on standard output. */
export function expectSentence(ran: Ran, code: number, words: RegExp): void {
  expect(ran.stderr).toMatch(words);
  expect(ran.stderr).not.toMatch(/^\s+at |node:|\.ts:\d|Error:|unforeseen/m);
  expect(ran.code).toBe(code);
  expect(ran.stdout).toBe('');
}
