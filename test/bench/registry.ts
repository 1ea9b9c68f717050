import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { RegistryRun } from './registry-run.ts';

/** Imports a registry of `count` records and reads the days after, in a process of its own. */
export function benchRegistry(count: number): Promise<RegistryRun> {
  const child = fork(join(import.meta.dirname, 'registry-run.ts'), [String(count)]);
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as RegistryRun));
    child.once('exit', (code) => reject(new Error(`reading the registry ended with ${code}`)));
  });
}
