import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';

// A process that plans and sends, as `trialbell worker plan send` does; it tells its parent when it works.
const app = await openApp(readConfig(), { log: createLog('error') });
await app.work(['plan', 'send']);
process.send?.('ready');
process.once('disconnect', () => void app.close().then(() => process.exit(0)));
