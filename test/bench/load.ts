import { Agent, get } from 'node:http';

/**
 * The result of one load: the 50th and 95th percentile of the response times in milliseconds, and the number
 * of responses other than 200.
 */
export type LoadResult = { p50: number; p95: number; refused: number };

/**
 * Asks for paths at an even pace, whether or not answers come: one that is late makes none after it later. Each answer
 * counts from the moment at which it was due to be asked for. `until` ends it early.
 */
export async function load(
  url: string,
  paths: readonly string[],
  how: { perSecond: number; seconds: number; until?: () => boolean },
): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const startedAt = performance.now();
  const answers: Promise<{ ms: number; ok: boolean }>[] = [];
  for (let n = 0; n < how.perSecond * how.seconds; n += 1) {
    if (how.until?.()) break;
    const dueAt = startedAt + (n * 1000) / how.perSecond;
    const early = dueAt - performance.now();
    if (early > 1) await new Promise((resolve) => setTimeout(resolve, early));
    answers.push(ask(agent, url + (paths[n % paths.length] ?? '/'), dueAt));
  }
  const done = await Promise.all(answers);
  agent.destroy();
  const times = done.map(({ ms }) => ms).sort((one, other) => one - other);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), refused: done.filter(({ ok }) => !ok).length };
}

function ask(agent: Agent, url: string, dueAt: number): Promise<{ ms: number; ok: boolean }> {
  return new Promise((resolve) => {
    const end = (ok: boolean) => resolve({ ms: performance.now() - dueAt, ok });
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => end(response.statusCode === 200));
    }).on('error', () => end(false));
  });
}
