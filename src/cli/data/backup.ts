import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Config, readConfig } from '../../config.ts';
import { backUp } from '../../db/maintenance/backup.ts';
import type { BackupHeader } from '../../db/maintenance/backup-file.ts';
import { restoreBackup } from '../../db/maintenance/restore.ts';
import { writeSetting } from '../../db/settings.ts';
import { startEmbedded } from '../../embedded-postgres/start.ts';
import { TrialbellError } from '../../errors.ts';
import { keepSecretKey, openKeys, peekSecretKey } from '../../keys.ts';
import { programVersion } from '../../version.ts';
import { withApp } from '../options.ts';
import { say } from '../output.ts';

/** `backup` and `restore`: the whole embedded database, with its key, in one file. */
export function addBackup(program: Command): void {
  program
    .command('backup')
    .description('write the embedded database and its secret key into one file; the program may be running')
    .argument('FILE', 'a file that does not exist yet')
    .option('--replace', 'overwrite an existing file')
    .option('--without-key', 'leave out the secret key, which you must then keep elsewhere')
    .action(async (name: string, options: { replace?: boolean; withoutKey?: boolean }) => {
      refuseOwnDatabase('pg_dump --format=custom --exclude-schema=bullmq --file=FILE "$DATABASE_URL"');
      const file = resolve(name);
      if (existsSync(file) && !options.replace) {
        throw new TrialbellError(`${file} already exists: choose another name, or use --replace.`);
      }
      await withApp(async ({ databaseUrl, context: { config, db, keys, now } }) => {
        const madeAt = now();
        const key = options.withoutKey || config.secretKey ? null : peekSecretKey(config.dataDir);
        const about = { program: programVersion, madeAt, keyFingerprint: keys.fingerprint, key };
        const rows = await backUp(databaseUrl, file, about);
        await writeSetting(db, 'backup-at', madeAt);
        say(`${sayRows(rows)} as of ${madeAt} are in ${file}, which only you can read.`);
        say(
          key
            ? 'It contains the secret key: anyone with this file can read every address. Keep it safe.'
            : sayNoKey(config),
        );
      });
    });
  program
    .command('restore')
    .description('replace the embedded database with a backup, and restore its secret key if there is none')
    .argument('FILE', 'a file that `backup` wrote')
    .option('--replace', 'overwrite everything in the database')
    .action(async (name: string, options: { replace?: boolean }) => {
      refuseOwnDatabase('pg_restore --no-owner --dbname="$DATABASE_URL" FILE');
      const config = readConfig();
      const embedded = await startEmbedded({ dataDir: config.dataDir });
      if (embedded.notice) process.stderr.write(`${embedded.notice}\n`);
      try {
        const { rows, madeAt, owed } = await restoreBackup(embedded.url, resolve(name), {
          replace: options.replace ?? false,
          fitKey: (header) => fitKey(config, header),
        });
        say(`${sayRows(rows)} were restored as of ${madeAt}.`);
        say(
          `${owed} emails that were waiting then may have been sent since. They will be sent again, digests with the same Message-ID.`,
        );
        say(
          'Changes that were emailed later will be found and emailed again. Later confirmations, pauses and unsubscriptions are lost: check your emails for them.',
        );
      } finally {
        await embedded.release();
      }
    });
}

function sayRows(rows: Record<string, number>): string {
  return `${rows.trials ?? 0} trials, ${rows.subscribers ?? 0} subscribers and ${rows.deliveries ?? 0} emails of the ledger`;
}

function sayNoKey(config: Config): string {
  const where = config.secretKey ? 'SECRET_KEY' : join(config.dataDir, 'secret-key');
  return `It does not contain the secret key: keep ${where} as well, or no address can be decrypted again.`;
}

function refuseOwnDatabase(command: string): void {
  if (readConfig().databaseUrl === null) return;
  throw new TrialbellError(
    `This verb is for the embedded database, and DATABASE_URL is set. Your own PostgreSQL has its own tools:\n  ${command}\nFor the rest, see "Backup and restore" in docs/operating.md.`,
    { exitCode: 2 },
  );
}

/** Checks that the key of a backup is available. Returns a function that stores the key if there is none yet (R10). */
function fitKey(config: Config, header: BackupHeader): () => void {
  const isRight = (key: string) => openKeys(key).fingerprint === header.keyFingerprint;
  const file = join(config.dataDir, 'secret-key');
  const held = config.secretKey ?? peekSecretKey(config.dataDir);
  if (held !== null) {
    if (isRight(held)) return () => {};
    throw new TrialbellError(
      config.secretKey
        ? 'SECRET_KEY is not the key that this backup was made with. Set that key, or none if the backup contains it.'
        : `${file} is not the key that this backup was made with. If nothing needs it anymore, move it away and restore again.`,
    );
  }
  const { key } = header;
  if (key === null) {
    throw new TrialbellError(
      `This backup does not contain its secret key. Set SECRET_KEY to the key it was made with, or put that key into ${file}.`,
    );
  }
  if (!isRight(key))
    throw new TrialbellError('The secret key in this backup does not match it: the file is damaged.');
  return () => keepSecretKey(config.dataDir, key);
}
