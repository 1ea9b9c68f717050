import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

/** The program on an empty embedded database of its own, gone afterwards. */
export async function withBenchApp<T>(
  variables: Record<string, string>,
  now: () => string,
  work: (app: App) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-bench-'));
  // As root, PostgreSQL runs as another user, who has to get in.
  chmodSync(folder, 0o711);
  const config = readConfig({ DATA_DIR: folder, ...variables });
  const app = await openApp(config, { log: createLog('warn'), now });
  try {
    return await work(app);
  } finally {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
