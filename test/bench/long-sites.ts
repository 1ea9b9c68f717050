import { execFileSync } from 'node:child_process';
import { compareTrialsInSteps } from '../../src/core/diff/diff.ts';
import { doInTurns } from '../../src/event-loop.ts';
import { someTrial } from '../support/arbitrary-trial.ts';
import { longLists } from '../support/long-site-lists.ts';

/**
 * What a process's first comparison of two long lists costs: the longest time in which nothing else could
 * run, and the whole of it, in milliseconds of the thread's processor time; medians of `processes` new processes.
 */
export type LongSitesResult = { lists: string; pause: number; whole: number };

/** Compares the lists of each shape, with `count` sites, each time in a new process. */
export function* benchLongSites(count: number, processes = 5): Generator<LongSitesResult> {
  for (const lists of Object.keys(longLists)) {
    const runs = Array.from({ length: processes }, () => {
      const said = execFileSync(process.execPath, [import.meta.filename, lists, String(count)]);
      return JSON.parse(said.toString()) as { pause: number; whole: number };
    });
    const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
    yield {
      lists,
      pause: median(runs.map(({ pause }) => pause)),
      whole: median(runs.map(({ whole }) => whole)),
    };
  }
}

if (import.meta.main) {
  const [lists = '', count] = process.argv.slice(2);
  const [before, after] = longLists[lists]?.(Number(count)) ?? [[], []];
  const trials = [someTrial({ sites: before }), someTrial({ sites: after })] as const;
  const used = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  const startedAt = used();
  let [pause, last] = [0, startedAt];
  let isDone = false;
  const look = () => {
    const now = used();
    pause = Math.max(pause, now - last);
    last = now;
    if (!isDone) setImmediate(look);
  };
  look();
  await doInTurns(compareTrialsInSteps(...trials));
  look();
  isDone = true;
  console.log(JSON.stringify({ pause, whole: used() - startedAt }));
}
