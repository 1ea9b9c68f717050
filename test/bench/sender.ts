import { openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { sendDelivery } from '../../src/jobs/delivery/send.ts';
import { createLog } from '../../src/log.ts';

// One process that sends its share of the deliveries: those it is told, by its parent, all at once.
const [now = '', atOnce = ''] = process.argv.slice(2);
const app = await openApp(readConfig(), { log: createLog('error'), now: () => now });
process.send?.('ready');
process.once('message', async (ids: number[]) => {
  const queue = ids.values();
  let sent = 0;
  const begun = process.cpuUsage();
  const sender = async () => {
    for (const id of queue) if ((await sendDelivery(app.context, id)) === 'sent') sent += 1;
  };
  await Promise.all(Array.from({ length: Number(atOnce) }, sender));
  const { user, system } = process.cpuUsage(begun);
  process.send?.({ sent, processorMs: (user + system) / 1_000 });
  await app.close();
  process.disconnect?.();
});
