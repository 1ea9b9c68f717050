import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

/** Does work, and writes a profile of its processor time into the file that `BENCH_PROFILE` names, if it does. */
export async function profiled<T>(work: () => Promise<T>): Promise<T> {
  const file = process.env.BENCH_PROFILE;
  if (!file) return work();
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  const result = await work();
  writeFileSync(file, JSON.stringify((await session.post('Profiler.stop')).profile));
  return result;
}
