import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** Where and when figures were measured, and at which commit. */
export function machine() {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  return {
    measuredAt: new Date().toISOString(),
    commit: git('rev-parse', '--short', 'HEAD'),
    node: process.version,
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? '',
    memoryGigabytes: Math.round(totalmem() / 1e9),
  };
}
