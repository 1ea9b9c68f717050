import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { messageOf, TrialbellError } from '../../errors.ts';

/** The header of a backup, before its tables. */
export const BackupHeader = z.object({
  format: z.literal('trialbell-backup-1'),
  program: z.string(),
  /** The schema of the backup, oldest migration first. */
  migrations: z.array(z.string()).min(1),
  madeAt: z.string(),
  keyFingerprint: z.string(),
  /** The secret key; null if it is stored elsewhere. */
  key: z.string().nullable(),
});
/** The header of a backup. */
export type BackupHeader = z.infer<typeof BackupHeader>;

const Table = z.object({ name: z.string(), columns: z.array(z.string()) });
/** The end of a backup: the numbers of rows, and the last value of each table's identity column. */
const End = z.object({
  rows: z.record(z.string(), z.number()),
  identities: z.array(z.object({ table: z.string(), column: z.string(), last: z.number() })),
});
/** A table in a backup. */
export type BackupTable = z.infer<typeof Table>;
/** The end of a backup. */
export type BackupEnd = z.infer<typeof End>;

/**
 * The parts of a backup in order: header, then tables each followed by its rows in COPY's text format, then
 * the end.
 */
export type BackupPart =
  | { kind: 'header'; header: BackupHeader }
  | { kind: 'table'; table: BackupTable }
  | { kind: 'rows'; rows: Buffer }
  | { kind: 'end'; end: BackupEnd };

const largestFrame = 1 << 20;
const letters = { header: 'H', table: 'T', rows: 'R', end: 'E', checksum: 'S' } as const;

/**
 * Writes a backup as one compressed file that only its owner can read, complete or not at all. Memory use is
 * constant. Throws a TrialbellError if the file cannot be written.
 */
export async function writeBackupFile(file: string, parts: AsyncIterable<BackupPart>): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await rm(unfinished, { force: true });
  let isOurs = false;
  try {
    const sink = createWriteStream(unfinished, { flags: 'wx', mode: 0o600, flush: true });
    sink.once('open', () => {
      isOurs = true;
    });
    await pipeline(
      frames(parts),
      createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
      sink,
    );
    await rename(unfinished, file);
    const folder = await open(dirname(file));
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    if (isOurs) await rm(unfinished, { force: true });
    if (typeof (cause as NodeJS.ErrnoException).syscall !== 'string') throw cause;
    throw new TrialbellError(`${file} cannot be written: ${messageOf(cause)}`, { cause });
  }
}

async function* frames(parts: AsyncIterable<BackupPart>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  const frame = (letter: string, payload: Buffer) => {
    const head = Buffer.alloc(5);
    head.write(letter, 0, 'latin1');
    head.writeUInt32BE(payload.length, 1);
    const whole = Buffer.concat([head, payload]);
    hash.update(whole);
    return whole;
  };
  const json = (letter: string, value: object) => frame(letter, Buffer.from(JSON.stringify(value)));
  for await (const part of parts) {
    if (part.kind === 'header') yield json(letters.header, part.header);
    else if (part.kind === 'table') yield json(letters.table, part.table);
    else if (part.kind === 'end') yield json(letters.end, part.end);
    else {
      for (let at = 0; at < part.rows.length; at += largestFrame)
        yield frame(letters.rows, part.rows.subarray(at, at + largestFrame));
    }
  }
  yield frame(letters.checksum, hash.copy().digest());
}

/** A backup that is damaged or was cut off, with the cause. */
class NotWhole extends Error {}
/** The end of a sentence that begins with the file's name. */
const cutOff = 'is not a complete backup: it is damaged or was cut off. Use another one.';

/**
 * Reads a backup part by part. Throws a TrialbellError if it is not a backup, is damaged or was cut off, at
 * the latest in place of the end: nothing read before the end may be used.
 */
export async function* readBackupFile(file: string): AsyncGenerator<BackupPart> {
  const raw = createReadStream(file);
  const unpacked = createZstdDecompress();
  raw.on('error', (error) => unpacked.destroy(error));
  raw.pipe(unpacked);
  try {
    yield* readParts(unpacked);
  } catch (cause) {
    const { code, syscall } = cause as NodeJS.ErrnoException;
    if (syscall) throw new TrialbellError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
    const isDamaged = code?.startsWith('Z') || cause instanceof SyntaxError || cause instanceof z.ZodError;
    if (!isDamaged && !(cause instanceof NotWhole)) throw cause;
    throw new TrialbellError(`${file} ${cutOff}`, { cause });
  } finally {
    raw.destroy();
    unpacked.destroy();
  }
}

async function* readParts(unpacked: AsyncIterable<Buffer>): AsyncGenerator<BackupPart> {
  const hash = createHash('sha256');
  let end: BackupEnd | undefined;
  for await (const { letter, payload, whole } of readFrames(unpacked)) {
    if (letter === letters.checksum) {
      if (!end || !hash.digest().equals(payload)) throw new NotWhole('its checksum differs');
      // Anything after this would not be covered by the checksum, so it is not read.
      yield { kind: 'end', end };
      return;
    }
    hash.update(whole);
    if (letter === letters.rows) yield { kind: 'rows', rows: payload };
    else if (letter === letters.table)
      yield { kind: 'table', table: Table.parse(JSON.parse(payload.toString())) };
    else if (letter === letters.header)
      yield { kind: 'header', header: BackupHeader.parse(JSON.parse(payload.toString())) };
    else if (letter === letters.end) end = End.parse(JSON.parse(payload.toString()));
    else throw new NotWhole('it has parts that no backup has');
  }
  throw new NotWhole('it has no end');
}

async function* readFrames(unpacked: AsyncIterable<Buffer>) {
  let pending: Buffer = Buffer.alloc(0);
  for await (const chunk of unpacked) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 5) {
      const end = 5 + pending.readUInt32BE(1);
      if (end > 5 + largestFrame) throw new NotWhole('a part of it is too large');
      if (pending.length < end) break;
      const whole = pending.subarray(0, end);
      yield { letter: whole.toString('latin1', 0, 1), payload: whole.subarray(5), whole };
      pending = pending.subarray(end);
    }
  }
}
