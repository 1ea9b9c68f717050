import { join } from 'node:path';

// Reads a registry whenever its parent says so, as a worker of a checkout does: `polls.ts CHECKOUT`.
const [checkout = ''] = process.argv.slice(2);
const from = (file: string) => import(join(checkout, 'src', file));
const { openApp } = await from('app.ts');
const { readConfig } = await from('config.ts');
const { createLog } = await from('log.ts');
const { pollRegistry } = await from('jobs/ingest/poll.ts').catch(() => from('jobs/poll.ts'));
const app = await openApp(readConfig(), { log: createLog('error') });
const poll = async () => {
  await pollRegistry(app.context, app.context.registries.get('ctgov'));
  process.send?.('done');
};
process.on('message', poll);
await poll();
