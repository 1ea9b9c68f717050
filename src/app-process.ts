import { type App, type AppOptions, openApp } from './app.ts';
import { readConfig } from './config.ts';
import { reportError } from './errors.ts';
import type { QueueName } from './queue/table.ts';

/** Runs one worker in its own process until it is stopped; the entry point of each file in `workers`. */
export async function runWorker(name: QueueName): Promise<void> {
  await runUntilStopped(async (app) => app.work([name]));
}

/** How long a service waits for its database before it gives up. A restart takes seconds. */
const databasePatienceMs = 60_000;

/**
 * Opens the program, starts it, and closes it on SIGTERM, SIGINT or SIGHUP. Reports an error in one sentence.
 */
export async function runUntilStopped(
  start: (app: App) => Promise<unknown>,
  options: AppOptions = {},
): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  let app: App | null = null;
  try {
    app = await openApp(readConfig(), { databasePatienceMs, ...options });
    if (app.notice) process.stderr.write(`${app.notice}\n`);
    await start(app);
    await stopped;
  } catch (error) {
    reportError(error);
  } finally {
    await app?.close();
  }
}
