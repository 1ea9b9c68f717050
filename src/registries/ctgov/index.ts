import { hash } from 'node:crypto';
import { registries } from '../../core/registries.ts';
import { normaliseText } from '../../core/text/text.ts';
import { RegistryUnavailable, TrialbellError } from '../../errors.ts';
import { takeTurns } from '../../event-loop.ts';
import type {
  Adapter,
  AdapterOptions,
  Registry,
  RegistryPage,
  RegistryQuery,
  RegistryRecord,
} from '../adapter.ts';
import { boundPages } from '../bounded-pages.ts';
import { createHttp, type HttpAnswer } from '../http.ts';
import { isUnknownByCalendar } from './calendar.ts';
import { fields } from './fields.ts';
import { readHistory } from './history.ts';
import {
  escapeWords,
  findNctNumbers,
  idsAtOnce,
  isNctNumber,
  toIdParameters,
  toParameters,
} from './query.ts';
import { readRecord, registryId } from './read.ts';
import { PagedStudies, Version } from './schema.ts';
import { splitStudies } from './split-studies.ts';

const { name, recordUrl } = registries.ctgov;

/**
 * Raise it whenever `readRecord` would make a different Trial from the same answer: a new field, another
 * normalisation (including that of `core/text`), another order or hash. Stored answers are then read again
 * before the next comparison (C15).
 */
const projection = 4;

/** Studies of a page that are read together: a page whole would take much memory. */
const studiesAtOnce = 250;

/** ClinicalTrials.gov through its API v2. */
export const ctgov: Adapter = { open: openCtgov, readRecord, findIds: findNctNumbers, recordsIn };

/** The studies of a page of the list. */
function recordsIn(answer: unknown): unknown[] | null {
  const studies = (answer as { studies?: unknown } | null)?.studies;
  return Array.isArray(studies) ? studies : null;
}

function openCtgov({ url: baseUrl, ...options }: AdapterOptions): Registry {
  const http = createHttp({ ...options, name, baseUrl });
  const base = baseUrl.replace(/\/+$/, '');

  async function listPage(
    parameters: URLSearchParams,
    token: string | null,
  ): Promise<PagedStudies | 'too-long'> {
    const asked = new URLSearchParams(parameters);
    if (token === null) asked.set('countTotal', 'true');
    else asked.set('pageToken', token);
    const answer = await http.get(`${base}/studies?${asked}`);
    if (answer.status === 414) return 'too-long';
    const page = PagedStudies.safeParse(toJson(answer, ({ bytes }) => splitStudies(bytes)));
    if (!page.success) throw unexpected(answer, 'a list without studies');
    return page.data;
  }

  async function* listPages(parameters: URLSearchParams, from: string | null): AsyncGenerator<RegistryPage> {
    const seen = new Set<string>();
    for (let token = from; ; ) {
      if (token !== null) seen.add(token);
      const page = await listPage(parameters, token);
      if (page === 'too-long') throw new RegistryUnavailable(`${name} finds this search too long (414).`);
      const nextToken = page.nextPageToken ?? null;
      if (nextToken !== null && seen.has(nextToken)) {
        throw new RegistryUnavailable(
          `${name} links its pages in a circle, so this reading was ended. The next round starts it again.`,
        );
      }
      const total = token === null ? (page.totalCount ?? null) : null;
      const readPart = (at: number) => readStudies(page.studies.slice(at, at + studiesAtOnce));
      let reading = readPart(0);
      for (let at = 0; at === 0 || at < page.studies.length; at += studiesAtOnce) {
        const records = await reading;
        const isPart = at + studiesAtOnce < page.studies.length;
        // The next part is read while this one is stored. A fault is thrown when its part is due.
        if (isPart) reading = readPart(at + studiesAtOnce);
        reading.catch(() => {});
        // Whoever stops after a part begins again with its page.
        const where = isPart ? { nextToken: token, isPart } : { nextToken };
        yield { records, total: at === 0 ? total : null, ...where };
      }
      if (nextToken === null) return;
      token = nextToken;
    }
  }

  /** Fetches the studies of some ids. If the URL is too long for a server on the way, asks for each half. */
  async function lookUp(ids: string[]): Promise<Buffer[]> {
    const parameters = toIdParameters(ids);
    const studies: Buffer[] = [];
    const seen = new Set<string>();
    for (let token: string | null = null; ; ) {
      // At worst each number has a page of its own; more pages mean an endless list of new tokens (N3).
      if (seen.size > ids.length)
        throw new RegistryUnavailable(`${name} does not end its answer about ${ids.length} numbers.`);
      const page = await listPage(parameters, token);
      if (page === 'too-long') {
        if (ids.length === 1) throw new RegistryUnavailable(`${name} finds one id too long (414).`);
        const middle = Math.ceil(ids.length / 2);
        return [...(await lookUp(ids.slice(0, middle))), ...(await lookUp(ids.slice(middle)))];
      }
      studies.push(...page.studies);
      token = page.nextPageToken ?? null;
      if (token === null) return studies;
      if (seen.has(token)) throw new RegistryUnavailable(`${name} links its pages in a circle.`);
      seen.add(token);
    }
  }

  /** Page tokens are positions in the list of distinct, well-formed ids. */
  async function* idPages(ids: string[], from: string | null): AsyncGenerator<RegistryPage> {
    const wanted = [...new Set(ids.map((id) => id.trim().toUpperCase()).filter(isNctNumber))];
    for (let at = Number(from) || 0; at < wanted.length; at += idsAtOnce) {
      const studies = await lookUp(wanted.slice(at, at + idsAtOnce));
      const next = at + idsAtOnce;
      yield {
        records: await readStudies(studies),
        total: null,
        nextToken: next < wanted.length ? String(next) : null,
      };
    }
  }

  function pages(query: RegistryQuery, from: string | null = null): AsyncIterable<RegistryPage> {
    if (query.kind === 'ids') return idPages(query.ids, from);
    if (query.kind === 'updated-since' && !/^\d{4}-\d\d-\d\dT/.test(query.since)) {
      throw new TrialbellError(
        `"${query.since}" is not an instant; one looks like 2026-11-02T00:00:00.000Z.`,
      );
    }
    if (query.kind === 'condition' && escapeWords(query.words) === '') {
      return idPages(findNctNumbers(query.words), from);
    }
    return boundPages(name, listPages(toParameters(query), from));
  }

  async function dataVersion() {
    const answer = await http.get(`${base}/version`);
    const version = Version.safeParse(toJson(answer));
    if (!version.success) throw unexpected(answer, 'no time of its data');
    const { dataTimestamp } = version.data;
    return { timestamp: dataTimestamp, day: dataTimestamp.slice(0, 10) };
  }

  async function trial(id: string) {
    if (!isNctNumber(id)) {
      throw new TrialbellError(`"${id}" is not an NCT number; one looks like NCT01234567.`, { exitCode: 2 });
    }
    const query = `?${new URLSearchParams({ format: 'json', fields: fields.join() })}`;
    // The redirect from an obsolete id to the trial's current one drops the query.
    const answer = await http.get(`${base}/studies/${id}${query}`, (to) => new URL(query, to));
    if (answer.status === 404) {
      if (saysNotFound(answer, id)) return null;
      throw unexpected(answer, 'a "not found" that is not the registry\'s own');
    }
    const record = readRecord(toJson(answer), fields);
    if (record.ok && record.trial.id !== id && !record.trial.aliases.includes(id)) {
      throw unexpected(answer, `another trial (${record.trial.id})`);
    }
    return record;
  }

  return {
    id: registryId,
    name,
    projection,
    fields,
    findId: (text) => findNctNumbers(text)[0] ?? null,
    recordUrl,
    dataVersion,
    pages,
    trial,
    // A copy of the API at another address has no such pages beside it.
    ...(base.endsWith('/v2') ? { history: (id, limits) => readHistory(http, base, id, limits) } : {}),
    readRecord,
    isByCalendar: isUnknownByCalendar,
  };
}

/**
 * The registry's own "not found" is a line of plain text. Any other 404 comes from the network and says
 * nothing about the trial.
 */
function saysNotFound({ headers, text }: HttpAnswer, id: string): boolean {
  const isPlain = /^text\/plain\b/i.test(headers.get('content-type') ?? '');
  return isPlain && text.trim() === `NCT number ${id} not found`;
}

/** Reads the studies of a page, and lets other work have its turn meanwhile. */
async function readStudies(studies: Buffer[]): Promise<RegistryRecord[]> {
  const records: RegistryRecord[] = [];
  for (const study of studies) {
    records.push(readStudy(study));
    await takeTurns();
  }
  return records;
}

function readStudy(text: Buffer): RegistryRecord {
  const record = readRecord(parse(text), fields);
  if (!record.ok) return record;
  const { trial, contacts } = record;
  // Whether an alias counts also depends on what else the registry lists.
  const answerHash = trial.aliases.length > 0 ? {} : { answerHash: hashText(text) };
  return {
    ok: true,
    trial,
    contacts,
    // Parsed again by those few who ask: it takes many times the memory of its text.
    get raw() {
      return parse(text);
    },
    text,
    ...answerHash,
  };
}

const hashText = (text: Buffer) => hash('sha256', text, 'buffer').subarray(0, 16);

function parse(study: Buffer): unknown {
  try {
    return JSON.parse(study.toString('utf8'));
  } catch (cause) {
    throw new RegistryUnavailable(
      `${name} answered with a study that is broken JSON. What came before it is kept; the next round asks again.`,
      { cause },
    );
  }
}

function toJson(
  answer: HttpAnswer,
  read: (answer: HttpAnswer) => unknown = ({ text }) => JSON.parse(text),
): unknown {
  const type = answer.headers.get('content-type') ?? '';
  if (answer.status !== 200) throw unexpected(answer, `status ${answer.status}`);
  if (!/^application\/json\b/i.test(type))
    throw unexpected(answer, `${type || 'something'} where JSON is expected`);
  try {
    return read(answer);
  } catch (cause) {
    throw unexpected(answer, 'broken or cut-off JSON', cause);
  }
}

/** Quotes a body only if it is one short line of plain text, as the registry writes for people. */
function unexpected(answer: HttpAnswer, what: string, cause?: unknown): RegistryUnavailable {
  const { status, headers, text } = answer;
  const type = headers.get('content-type') ?? '';
  const words = type.startsWith('text/plain') && text.length < 300 ? `: ${normaliseText(text)}` : '';
  const page = /^text\/html\b/i.test(type) ? ' (a web page, perhaps of a proxy or a maintenance notice)' : '';
  return new RegistryUnavailable(
    `${name} answered with ${what}${page}, status ${status}${words}. Nothing was taken from it; the next round asks again. If it goes on, see https://clinicaltrials.gov in a browser, or check CTGOV_URL.`,
    { cause },
  );
}
