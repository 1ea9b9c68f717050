import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { PagesRun } from './pages-run.ts';

/** Pages of this build, and of another checkout in the same run, if one is named; with the 95th percentiles' ratios. */
export type PagesResult = { now: PagesRun; before: PagesRun | null; ratios: Record<string, number> };

/** Asks for pages of each kind, 200 times a second, while records are read; the builds one after the other. */
export async function benchPages(count: number, other: string | null): Promise<PagesResult> {
  const before = other === null ? null : await run(other, count);
  const now = await run(join(import.meta.dirname, '../..'), count);
  const ratios = Object.fromEntries(
    now.loads.flatMap(({ pages, p95 }) => {
      const earlier = before?.loads.find((one) => one.pages === pages);
      return earlier ? [[pages, earlier.p95 / p95]] : [];
    }),
  );
  return { now, before, ratios };
}

function run(checkout: string, count: number): Promise<PagesRun> {
  const child = fork(join(import.meta.dirname, 'pages-run.ts'), [checkout, String(count)]);
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as PagesRun));
    child.once('exit', (code) => reject(new Error(`the pages ended with ${code}`)));
  });
}
