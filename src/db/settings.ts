import { TrialbellError } from '../errors.ts';
import type { Db, Tx } from './connect.ts';

/** Reads a value by name; null if there is none. */
export async function readSetting(db: Db | Tx, name: string): Promise<string | null> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value ?? null;
}

/** Stores a value under a name. */
export async function writeSetting(db: Db | Tx, name: string, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/**
 * Throws a TrialbellError unless the database belongs to this secret key (R10); the first key is remembered.
 */
export async function checkSecretKey(db: Db, fingerprint: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name: 'key-fingerprint', value: fingerprint })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  if ((await readSetting(db, 'key-fingerprint')) !== fingerprint) {
    throw new TrialbellError(
      'This database was made with another SECRET_KEY, so its addresses cannot be read. Set the key it was made with (it is part of the backup).',
    );
  }
}
