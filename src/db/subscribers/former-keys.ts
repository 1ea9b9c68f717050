import { type FormerKeys, type Keys, openFormerKeys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';

/** The setting with the parts of former keys, each encrypted with the present key. */
export const formerKeysSetting = 'former-keys';

/** The parts of former keys, newest first; usually none. */
export async function readFormerKeys(db: Db | Tx, keys: Keys): Promise<FormerKeys[]> {
  const row = await db
    .selectFrom('settings')
    .select('value')
    .where('name', '=', formerKeysSetting)
    .executeTakeFirst();
  return row ? unsealFormer(row.value, keys).map(openFormerKeys) : [];
}

/**
 * The hashes under which an address may be stored: of the key in use or a former one, and of its spellings while their
 * case counted (B7).
 */
export async function hashesOf(db: Db | Tx, keys: Keys, email: string): Promise<Buffer[]> {
  const known: Pick<FormerKeys, 'hashSpellings'>[] = [keys, ...(await readFormerKeys(db, keys))];
  return known.flatMap(({ hashSpellings }) => hashSpellings(email));
}

/** Decrypts the list into its texts. */
export function unsealFormer(value: string, keys: Keys): string[] {
  return (JSON.parse(value) as string[]).map((sealed) => keys.decrypt(Buffer.from(sealed, 'base64')));
}

/** Encrypts the texts as a list. */
export function sealFormer(texts: string[], keys: Keys): string {
  return JSON.stringify(texts.map((text) => keys.encrypt(text).toString('base64')));
}
