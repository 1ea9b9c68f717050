import { registries } from '../../core/registries.ts';
import type { Instant } from '../../core/trial.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import type { Adapter, AdapterOptions, Registry, RegistryPage, RegistryQuery } from '../adapter.ts';
import { boundPages } from '../bounded-pages.ts';
import { createHttp } from '../http.ts';
import { answerOf, refuseWhole } from './answer.ts';
import { isTurnOfDates, nextTurn, statusOn } from './dated-status.ts';
import { findIsrctns, isIsrctn } from './isrctn-numbers.ts';
import { isrctnId, readIsrctnRecord } from './isrctn-record.ts';
import {
  editedWithin,
  halve,
  longestUncounted,
  numbersAtOnce,
  ofCondition,
  recordsAtMost,
  toQuestion,
  type Window,
  withNumbers,
} from './questions.ts';
import { readXml, type XmlAnswer, type XmlNode } from './xml.ts';

const { name, recordUrl } = registries.isrctn;

/**
 * Raise it whenever `readIsrctnRecord` would make a different Trial from the same answer. Stored answers are then
 * read again before the next comparison (C15).
 */
const projection = 2;

/** Before the registry's first record. */
const beginning: Instant = '1990-01-01T00:00:00.000Z';

/** The ISRCTN registry through its XML API. */
export const isrctn: Adapter = {
  open: openIsrctn,
  readRecord: readIsrctnRecord,
  statusOn,
  parse: parseFile,
  findIds: findIsrctns,
};

/** An answer, and the instant up to which it tells everything. */
type Part = { answer: XmlAnswer; until: Instant };

const empty: XmlAnswer = { total: 0, records: [] };

/** Reads a file of one record, the registry's XML or JSON made from it; of more records, all of them. */
function parseFile(text: string): unknown {
  if (!text.trimStart().startsWith('<')) return JSON.parse(text);
  const { records } = readXml([text]);
  return records.length === 1 ? records[0] : records;
}

function openIsrctn({ url, ...options }: AdapterOptions): Registry {
  const http = createHttp({ ...options, name, baseUrl: url, accept: 'application/xml, text/xml;q=0.9' });
  const base = url.replace(/\/+$/, '');
  const now = options.now ?? (() => new Date().toISOString());

  async function ask(question: string, limit: number): Promise<XmlAnswer> {
    return answerOf(await http.get(`${base}/query/format/default?${toQuestion(question, limit)}`));
  }

  /** Asks for all of many records edited in the same second. */
  async function askWhole(question: string, limit: number): Promise<XmlAnswer> {
    const answer = await ask(question, limit);
    if (answer.total <= answer.records.length) return answer;
    throw new RegistryUnavailable(`${name} gives only ${answer.records.length} of ${answer.total} records.`);
  }

  const read = (answer: XmlAnswer) =>
    answer.records.map((raw) => {
      const record = readIsrctnRecord(raw);
      return record.ok ? { ...record, trial: statusOn(record.trial, now().slice(0, 10)) } : record;
    });

  /** The number of all records. An empty registry is not believed (C10). */
  async function countAll(): Promise<number> {
    const { total } = await ask(editedWithin({ from: beginning, to: tomorrow(now()) }), 0);
    if (total > 0) return total;
    throw new RegistryUnavailable(`${name} says that it has no records at all, which was not believed.`);
  }

  /**
   * Yields the answers to a question for the records edited within a window, oldest first, each whole: the
   * registry has no pages, so a part that holds more than it gives at once is halved.
   */
  async function* parts(window: Window, clause: string, whole: number): AsyncGenerator<Part> {
    const question = clause === '' ? editedWithin(window) : `(${clause}) AND (${editedWithin(window)})`;
    const isLong = Date.parse(window.to) - Date.parse(window.from) > longestUncounted;
    const counted = isLong ? (await ask(question, 0)).total : null;
    const halves = halve(window);
    if (counted !== null && counted > recordsAtMost && halves !== null) {
      for (const half of halves) yield* parts(half, clause, whole);
      return;
    }
    const answer = counted === 0 ? empty : await ask(question, recordsAtMost);
    refuseWhole(answer, window, clause, whole);
    if (answer.total <= answer.records.length) yield { answer, until: window.to };
    else if (halves === null) yield { answer: await askWhole(question, answer.total), until: window.to };
    else for (const half of halves) yield* parts(half, clause, whole);
  }

  /** The parts of a window as pages, without empty ones: each token is the instant up to which was read. */
  async function* windowPages(window: Window, clause = ''): AsyncGenerator<RegistryPage> {
    let waiting: Part = { answer: empty, until: window.from };
    for await (const part of parts(window, clause, await countAll())) {
      if (part.answer.records.length === 0) continue;
      if (waiting.answer.records.length > 0)
        yield { records: read(waiting.answer), total: null, nextToken: waiting.until };
      waiting = part;
    }
    yield { records: read(waiting.answer), total: null, nextToken: null };
  }

  /** Numbers are words, of which an answer needs one. One that is left out of an answer is asked for alone. */
  async function lookUp(ids: readonly string[]): Promise<XmlNode[]> {
    const { records } = await ask(withNumbers(ids), recordsAtMost);
    const wanted = new Map<string | null, XmlNode>(records.map((raw) => [idOf(raw), raw]));
    const found = ids.filter((id) => wanted.has(id));
    const rest = ids.length === 1 ? [] : ids.filter((id) => !wanted.has(id));
    const alone: XmlNode[] = [];
    for (const id of rest) alone.push(...(await lookUp([id])));
    return [...found.map((id) => wanted.get(id)).filter((raw) => raw !== undefined), ...alone];
  }

  /** Tokens are positions in the list of distinct, well-formed ids. */
  async function* idPages(ids: readonly string[], from: string | null): AsyncGenerator<RegistryPage> {
    const wanted = [...new Set(ids.map((id) => id.trim().toUpperCase()).filter(isIsrctn))];
    for (let at = Number(from) || 0; at < wanted.length; at += numbersAtOnce) {
      const records = await lookUp(wanted.slice(at, at + numbersAtOnce));
      const next = at + numbersAtOnce;
      yield {
        records: read({ total: records.length, records }),
        total: null,
        nextToken: next < wanted.length ? String(next) : null,
      };
    }
  }

  function pages(query: RegistryQuery, from: string | null = null): AsyncIterable<RegistryPage> {
    if (query.kind === 'ids') return idPages(query.ids, from);
    const to = now();
    if (query.kind === 'condition') {
      const clause = ofCondition(query.words);
      if (clause === '' || findIsrctns(query.words).length > 0)
        return idPages(findIsrctns(query.words), from);
      const since = query.updatedSince === undefined ? beginning : `${query.updatedSince}T00:00:00.000Z`;
      return boundPages(name, windowPages({ from: from ?? since, to }, clause));
    }
    const since = query.kind === 'all' ? beginning : query.since;
    return boundPages(name, windowPages({ from: from ?? since, to }));
  }

  async function trial(id: string) {
    if (!isIsrctn(id))
      throw new TrialbellError(`"${id}" is not an ISRCTN number; one looks like ISRCTN15376843.`, {
        exitCode: 2,
      });
    const records = await lookUp([id]);
    if (records.length > 0) return read({ total: 1, records })[0] ?? null;
    await countAll();
    return null;
  }

  return {
    id: isrctnId,
    name,
    projection,
    fields: [],
    findId: (text) => findIsrctns(text)[0] ?? null,
    recordUrl,
    dataVersion: async () => null,
    updates: { everyMs: 5.5 * 3_600_000, overlapDays: 14 },
    pages,
    trial,
    readRecord: readIsrctnRecord,
    statusOn,
    nextTurn,
    isByCalendar: isTurnOfDates,
  };
}

function idOf(raw: XmlNode): string | null {
  const record = readIsrctnRecord(raw);
  return record.ok ? record.trial.id : record.id;
}

const tomorrow = (now: Instant): Instant =>
  Temporal.Instant.from(now).add({ hours: 24 }).toString({ smallestUnit: 'second' });
