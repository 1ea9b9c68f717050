import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { registryName } from '../../core/registries.ts';
import { messageOf, TrialbellError } from '../../errors.ts';
import type { RegistryRecord } from '../../registries/adapter.ts';
import { isXml, parseTextOf, readRecordsOf } from '../../registries/registry.ts';

/** A record and its place in a file: its line if the file has one record per line, otherwise its index in the list. */
export type FiledRecord = { file: string; place: number | null; record: RegistryRecord };

/**
 * The registry records of a file: JSON or the registry's XML of one record, a list or a page of answers, or one
 * record per line (NDJSON). Files may be gzipped. Lines are read one at a time. Throws a TrialbellError that names
 * the file for anything else.
 */
export async function* readRecordFile(file: string, registry: string): AsyncGenerator<FiledRecord> {
  const start = await readStart(file, registry);
  if (/^<(?:\?xml|!doctype|[a-z])/i.test(start)) {
    yield* readXml(file, registry);
    return;
  }
  const lines = linesOf(file);
  let first: unknown;
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const parsed = parseJson(line);
    // If the first line is not JSON, the file is one JSON value on several lines.
    if (parsed === undefined && first === undefined) {
      yield* readWhole(file, registry);
      return;
    }
    if (parsed === undefined) throw new TrialbellError(`${file}, line ${number}: this is not JSON.`);
    first ??= parsed;
    yield* recordsIn(file, number, parsed, registry);
  }
  if (first === undefined) throw new TrialbellError(`${file} holds no record.`);
}

async function* readXml(file: string, registry: string): AsyncGenerator<FiledRecord> {
  const name = registryName(registry);
  if (!isXml(registry)) throw new TrialbellError(`${file} is XML. Records of ${name} are JSON.`);
  let content: unknown;
  try {
    content = parseTextOf(registry, await readText(file));
  } catch (cause) {
    throw new TrialbellError(`${file} is not XML of ${name}: ${messageOf(cause)}`, { cause });
  }
  yield* recordsIn(file, null, content, registry);
}

async function readText(file: string): Promise<string> {
  const text: string[] = [];
  for await (const line of linesOf(file)) text.push(line);
  return text.join('\n');
}

async function* readWhole(file: string, registry: string): AsyncGenerator<FiledRecord> {
  const parsed = parseJson(await readText(file));
  if (parsed === undefined) throw new TrialbellError(`${file} is neither JSON nor one JSON record per line.`);
  yield* recordsIn(file, null, parsed, registry);
}

function* recordsIn(
  file: string,
  line: number | null,
  parsed: unknown,
  registry: string,
): Generator<FiledRecord> {
  const records = readRecordsOf(registry, parsed);
  for (const [at, record] of records.entries())
    yield { file, place: line !== null && line > 1 ? line : records.length > 1 ? at + 1 : line, record };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

async function readStart(file: string, registry: string): Promise<string> {
  // Throws for an unknown registry, before the file is opened.
  isXml(registry);
  for await (const line of linesOf(file))
    if (line.trim() !== '') return line.replace(/^\ufeff/, '').trimStart();
  return '';
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const handle = await openFile(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    const isGzip = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
    const bytes = handle.createReadStream({ start: 0, autoClose: false });
    // An error in either stream ends the reading.
    const input = isGzip ? pipeline(bytes, createGunzip(), () => {}) : bytes;
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of input) {
      const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split(/\r?\n/);
      rest = lines.pop() ?? '';
      yield* lines;
    }
    yield rest + decoder.decode();
  } catch (cause) {
    throw new TrialbellError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  } finally {
    await handle.close();
  }
}

async function openFile(file: string) {
  try {
    return await open(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new TrialbellError(`There is no file ${file}.`, { cause });
    throw new TrialbellError(`${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
