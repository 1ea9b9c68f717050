import { sql } from 'kysely';
import type { Db, Tx } from '../connect.ts';

/** The language of a person's mails, by their id. Null if there is no such person. */
export async function readLanguage(db: Db, subscriberId: number): Promise<string | null> {
  const row = await db
    .selectFrom('subscribers')
    .select('language')
    .where('id', '=', subscriberId)
    .executeTakeFirst();
  return row?.language ?? null;
}

/** The language of the person with a token, used or not, for any purpose; changes nothing. */
export async function readLanguageByToken(db: Db, hash: Buffer): Promise<string | null> {
  const { rows } = await sql<{ language: string }>`
    select p.language from tokens t join subscribers p on p.id = t.subscriber_id where t.hash = ${hash}`.execute(
    db,
  );
  return rows[0]?.language ?? null;
}

/** The language of a digest's reader. */
export async function readLanguageByDigest(db: Db, digestId: number): Promise<string | null> {
  const { rows } = await sql<{ language: string }>`
    select p.language from digests g join subscribers p on p.id = g.subscriber_id where g.id = ${digestId}`.execute(
    db,
  );
  return rows[0]?.language ?? null;
}

/** Sets the language of a person's mails. */
export async function chooseMailLanguage(tx: Tx, subscriberId: number, language: string): Promise<void> {
  await tx.updateTable('subscribers').set({ language }).where('id', '=', subscriberId).execute();
}
