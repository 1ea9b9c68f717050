import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

// The pages in a process of their own, as `trialbell web` serves them; it tells its parent where.
const app = await openApp(readConfig(), { log: createLog('error') });
process.send?.(await app.serve());
process.once('disconnect', () => void app.close().then(() => process.exit(0)));
