import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadData, ThreadMessage } from './app-thread.ts';
import { messageOf } from './errors.ts';
import { compileCacheFolder } from './version.ts';

// Runs in the thread that app-thread.ts starts.

enableCompileCache(compileCacheFolder);

const say = (message: ThreadMessage) => parentPort?.postMessage(message);

async function run({ config, names }: ThreadData): Promise<void> {
  const { openApp } = await import('./app.ts');
  const app = await openApp(config, {
    part: 'workers',
    onHandled: (handled) => say({ kind: 'handled', handled }),
  });
  parentPort?.once('message', () => void app.close());
  try {
    await app.work(names);
    say({ kind: 'started' });
  } catch (error) {
    await app.close();
    throw error;
  }
}

await run(workerData as ThreadData).catch((error) => {
  say({ kind: 'fault', reason: messageOf(error) });
  // As long as it waits for a message, the thread does not end.
  parentPort?.close();
});
