import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { connect } from '../../src/db/connect.ts';
import type { Context } from '../../src/jobs/context.ts';
import { doDueRequests } from '../../src/jobs/requests.ts';
import { openKeys } from '../../src/keys.ts';

// A process that handles requests from pages until it is killed. Its clock is passed in.
const [databaseUrl = '', now = '', dataDir = ''] = process.argv.slice(2);
const context: Context = {
  config: readConfig({ DATA_DIR: dataDir, BASE_URL: 'https://bell.example.org' }),
  db: connect(databaseUrl),
  keys: openKeys('a key of the tests alone, forty characters'),
  log: pino({ level: 'silent' }),
  now: () => now,
  registries: new Map(),
  enqueue: async () => false,
  patienceMs: 0,
  holder: 'the killed one',
  demo: false,
};
await doDueRequests(context);
await context.db.destroy();
