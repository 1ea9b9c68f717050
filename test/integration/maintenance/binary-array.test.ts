import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { byteaArray, textArray } from '../../../src/postgres/binary-array.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();

it('lists of text and bytes reach the database as they are', async () => {
  const { db } = (await openWorld()).context;
  const texts = [
    'plain',
    '',
    null,
    'NULL',
    '{"a": "b\\"c"}',
    "it's, {so}",
    'Zürich 日本 😀',
    'two\nlines',
    'x'.repeat(100_000),
  ];
  const bytes = [Buffer.from([0, 255, 92, 34]), Buffer.alloc(0), Buffer.alloc(70_000, 7)];
  const read = async (list: (string | null)[], blobs: Buffer[]) => {
    const { rows } = await sql<{ texts: (string | null)[]; bytes: Buffer[] }>`
      select ${textArray(list)}::text[] as texts, ${byteaArray(blobs)}::bytea[] as bytes`.execute(db);
    return rows[0];
  };
  expect(await read(texts, bytes)).toEqual({ texts, bytes });
  expect(await read([], [])).toEqual({ texts: [], bytes: [] });
});

it('N1: a text that no database can hold is refused as a fault of its values', async () => {
  const { db } = (await openWorld()).context;
  await expect(sql`select ${textArray(['a\u0000b'])}::text[]`.execute(db)).rejects.toMatchObject({
    code: '22021',
  });
});
