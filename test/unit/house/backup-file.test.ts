import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BackupPart, readBackupFile, writeBackupFile } from '../../../src/db/maintenance/backup-file.ts';

const parts: BackupPart[] = [
  {
    kind: 'header',
    header: {
      format: 'trialbell-backup-1',
      program: '1.0.0',
      migrations: ['001-first'],
      madeAt: '2026-11-02T12:00:00.000Z',
      keyFingerprint: 'e3b0c442',
      key: null,
    },
  },
  { kind: 'table', table: { name: 'trials', columns: ['id', 'title'] } },
  { kind: 'rows', rows: Buffer.from('1\tTablets before an operation\n2\tA sleep diary\n') },
  {
    kind: 'end',
    end: { rows: { trials: 2 }, identities: [{ table: 'trials', column: 'id', last: 2 }] },
  },
];
const written = async function* () {
  yield* parts;
};

describe('R10: a backup file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-file-'));
  const file = join(folder, 'backup');
  let whole: Buffer;
  beforeAll(async () => {
    await writeBackupFile(file, written());
    whole = readFileSync(file);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const readBytes = async (bytes: Buffer): Promise<BackupPart[] | 'refused'> => {
    writeFileSync(join(folder, 'other'), bytes);
    try {
      return await Array.fromAsync(readBackupFile(join(folder, 'other')));
    } catch (error) {
      expect(String(error)).toMatch(/not a complete backup/);
      return 'refused';
    }
  };

  it('reads back the data that was written', async () => {
    expect(await readBytes(whole)).toEqual(parts);
  });

  it('cut off anywhere is refused, unless everything is still in it', async () => {
    for (let length = 0; length < whole.length; length++) {
      const read = await readBytes(whole.subarray(0, length));
      // The compression ends with a checksum of its own and an empty frame, which nothing depends on.
      if (length < whole.length - 32) expect(read, `${length} bytes`).toBe('refused');
      else if (read !== 'refused') expect(read, `${length} bytes`).toEqual(parts);
    }
  });

  it('with a byte changed anywhere never gives back anything else', async () => {
    let refused = 0;
    for (let at = 0; at < whole.length; at++) {
      const spoilt = Buffer.from(whole);
      spoilt.writeUInt8(spoilt.readUInt8(at) ^ 0x55, at);
      const read = await readBytes(spoilt);
      if (read === 'refused') refused++;
      else expect(read, `byte ${at}`).toEqual(parts);
    }
    expect(refused).toBeGreaterThan(0.95 * whole.length);
  });
});
