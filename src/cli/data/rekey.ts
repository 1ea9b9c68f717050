import { join } from 'node:path';
import type { Command } from 'commander';
import { type Config, readConfig } from '../../config.ts';
import { checkServer } from '../../db/check-server.ts';
import { connect } from '../../db/connect.ts';
import { migrateDatabase } from '../../db/maintenance/migrate.ts';
import { rehashAddresses } from '../../db/maintenance/rehash.ts';
import { rekeyDatabase } from '../../db/maintenance/rekey.ts';
import { readSetting } from '../../db/settings.ts';
import { startEmbedded } from '../../embedded-postgres/start.ts';
import { TrialbellError } from '../../errors.ts';
import {
  type Keys,
  makeSecretKey,
  openKeys,
  readSecretKey,
  settleNextKey,
  writeNextKey,
} from '../../keys.ts';
import { say } from '../output.ts';

/** `rekey`: replaces the secret key. */
export function addRekey(program: Command): void {
  program
    .command('rekey')
    .description(
      'encrypt every address with a new secret key: NEW_SECRET_KEY, or a generated one if the key is stored in DATA_DIR',
    )
    .action(async () => {
      const config = readConfig();
      const newKey = chooseNewKey(config);
      const embedded = config.databaseUrl ? null : await startEmbedded({ dataDir: config.dataDir });
      if (embedded?.notice) process.stderr.write(`${embedded.notice}\n`);
      try {
        await turnOver(config, embedded?.url ?? config.databaseUrl ?? '', newKey);
      } finally {
        await embedded?.release();
      }
    });
}

function chooseNewKey(config: Config): string {
  if (config.newSecretKey) return config.newSecretKey;
  if (config.secretKey === null) return makeSecretKey();
  throw new TrialbellError(
    'SECRET_KEY is set, so set NEW_SECRET_KEY (or NEW_SECRET_KEY_FILE) to the new key. Make one with: openssl rand -hex 32',
    { exitCode: 2 },
  );
}

/** Hashes addresses again if an older version stored them, which distinguished upper and lower case. */
async function rehash(databaseUrl: string, keys: Keys): Promise<void> {
  const db = connect(databaseUrl, { max: 1 });
  await rehashAddresses(db, keys).finally(() => db.destroy());
}

async function turnOver(config: Config, databaseUrl: string, newKey: string): Promise<void> {
  if (config.databaseUrl) await checkServer(databaseUrl);
  await migrateDatabase(databaseUrl);
  const { secretKey, dataDir } = config;
  const readFingerprint = async () => {
    const db = connect(databaseUrl, { max: 1 });
    return readSetting(db, 'key-fingerprint').finally(() => db.destroy());
  };
  const settle = async () => settleNextKey(dataDir, await readFingerprint());
  if (secretKey === null) await settle();
  const from = openKeys(readSecretKey(secretKey, dataDir));
  if ((await readFingerprint()) === from.fingerprint) await rehash(databaseUrl, from);
  const { subscribers, mails } = await rekeyDatabase(databaseUrl, from, openKeys(newKey), () => {
    if (secretKey === null) writeNextKey(dataDir, newKey);
  });
  if (secretKey === null) await settle();
  say(`The addresses of ${subscribers} subscribers and ${mails} emails are now encrypted with the new key.`);
  say(
    secretKey === null
      ? `It is stored in ${join(dataDir, 'secret-key')}. Make a backup now: older backups need the former key, which they contain unless made with --without-key.`
      : 'Set SECRET_KEY to the new key before you start anything, and remove NEW_SECRET_KEY. Older backups need the former key: keep it as long as you keep them.',
  );
}
