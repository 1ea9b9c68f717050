import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerWithFault, type RegistryFault } from './recorded-faults.ts';
import { BadRequest, makeTrim, type Search, type Study, searchStudies, valuesAt } from './recorded-search.ts';

export type { RegistryFault };

/** A registry's data as of one refresh. `timestamp` is what /version gives, like `2026-11-02T09:00:04`. */
export type RecordedDay = { timestamp: string; studies: unknown[] };

export type RecordedRequest = { path: string; parameters: Record<string, string>; userAgent: string };

export type RecordedRegistry = {
  /** The URL of the API, for CTGOV_URL. */
  url: string;
  /** Every request so far, oldest first. Empty it to start counting again. */
  requests: RecordedRequest[];
  /** Sets the day to serve from now on, counted from 0. */
  setDay(day: number): void;
  setFault(fault: RegistryFault | null): void;
  close(): Promise<void>;
};

const basePath = '/api/v2';
const searchNames = ['query.cond', 'filter.ids', 'filter.advanced', 'filter.overallStatus', 'sort'] as const;
const studyNames = ['format', 'markupFormat', 'fields'];
const listNames = [...studyNames, ...searchNames, 'countTotal', 'pageSize', 'pageToken'];

type Answer = { status: number; body: string; type?: string; location?: string };

/**
 * A ClinicalTrials.gov of recorded days: a real HTTP server with the shape of API v2 (version, list, single
 * study, plain-text errors, oddities), and with faults on demand. It shares no code with the adapter.
 */
export async function serveRecordedRegistry(options: {
  days: RecordedDay[];
  /** Groups of words that the registry's condition search treats as synonyms. */
  synonyms?: string[][];
  /** Larger pages are silently cut to this size. */
  maxPageSize?: number;
  /** The address it listens on; loopback by default. */
  host?: string;
}): Promise<RecordedRegistry> {
  const { days, synonyms = [], maxPageSize = 1000, host = '127.0.0.1' } = options;
  const requests: RecordedRequest[] = [];
  let dayIndex = 0;
  let fault: RegistryFault | null = null;
  let faultsLeft = 0;
  let pagesServed = 0;
  /** The last search, so that paging through it does not repeat it. */
  let remembered: { key: string; rows: Study[] } = { key: '', rows: [] };

  const today = (): RecordedDay => days[dayIndex] ?? { timestamp: '', studies: [] };
  const setDay = (day: number): void => {
    if (days[day] === undefined) throw new RangeError(`There is no recorded day ${day}.`);
    dayIndex = day;
  };

  /** The fault that affects this request, if any. Counts it. */
  function meetFault(kind: 'version' | 'list' | 'study'): RegistryFault | null {
    if (fault === null || (fault.on !== undefined && fault.on !== kind) || faultsLeft <= 0) return null;
    faultsLeft -= 1;
    return fault;
  }

  function find(search: Search): Study[] {
    const key = JSON.stringify([dayIndex, search]);
    if (remembered.key !== key) {
      remembered = { key, rows: searchStudies(today().studies as Study[], search, synonyms) };
    }
    return remembered.rows;
  }

  function list(parameters: Map<string, string>, met: RegistryFault | null): Answer {
    const token = parameters.get('pageToken');
    const given = Object.fromEntries(
      searchNames.flatMap((name) => (parameters.has(name) ? [[name, parameters.get(name)]] : [])),
    ) as Search;
    // Like the real one: a token carries its own query and overrides the other parameters.
    const { search, offset, again } =
      token === undefined ? { search: given, offset: 0, again: false } : readToken(token);
    const rows = met?.kind === 'empty' ? [] : find(search);
    const size = Math.min(Number(parameters.get('pageSize') ?? 10) || 10, maxPageSize);
    const page = Math.floor(offset / size);
    const pageCount = Math.ceil(rows.length / size);
    let start = offset;
    if (met?.kind === 'endless' && rows.length > 0) start = offset % rows.length;
    if (met?.kind === 'drop-page' && page >= met.page) start += size;
    if (met?.kind === 'shuffle-pages') start = (pageCount - 1 - page) * size;
    const repeats = met?.kind === 'repeat-page' && page === met.page && !again;
    const last = met?.kind === 'drop-page' ? start + size >= rows.length : page >= pageCount - 1;
    const next = met?.kind === 'loop' ? offset : repeats ? offset : offset + size;
    const studies = rows.slice(Math.max(0, start), start + size).map(makeTrimOf(parameters));
    const hasNext = met?.kind === 'loop' || met?.kind === 'endless' || repeats || !last;
    const counted = token === undefined && parameters.get('countTotal') === 'true';
    return toJson({
      ...(counted ? { totalCount: rows.length } : {}),
      studies,
      ...(hasNext ? { nextPageToken: writeToken({ search, offset: next, again: repeats }) } : {}),
    });
  }

  function single(id: string, parameters: Map<string, string>): Answer {
    if (!/^nct0*[1-9]\d{0,7}$/i.test(id)) throw new BadRequest('Parameter `nctId` has incorrect format');
    const wanted = id.toUpperCase();
    const studies = today().studies as Study[];
    const study = studies.find((one) => valuesAt(one, 'NCTId')[0] === wanted);
    if (study !== undefined) return toJson(makeTrimOf(parameters)(study));
    const real = studies.find((one) => valuesAt(one, 'NCTIdAlias').includes(wanted));
    if (real === undefined) return { status: 404, body: `NCT number ${wanted} not found` };
    return { status: 301, body: '', location: `${basePath}/studies/${valuesAt(real, 'NCTId')[0]}` };
  }

  function respond(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://registry.test');
    const parameters = new Map(url.searchParams);
    requests.push({
      path: url.pathname.replace(basePath, ''),
      parameters: Object.fromEntries(parameters),
      userAgent: request.headers['user-agent'] ?? '',
    });
    const path = url.pathname.startsWith(`${basePath}/`) ? url.pathname.slice(basePath.length) : '';
    const studyId = /^\/studies\/([^/]+)$/.exec(path)?.[1];
    const kind = path === '/version' ? 'version' : path === '/studies' ? 'list' : 'study';
    const met = meetFault(kind);
    let answer: Answer;
    try {
      if (kind === 'version') answer = toJson({ apiVersion: '2.0.5', dataTimestamp: today().timestamp });
      else if (kind === 'list') answer = list(check(parameters, listNames), met);
      else if (studyId !== undefined) answer = single(studyId, check(parameters, studyNames));
      else answer = { status: 404, body: '', type: 'text/html' };
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      answer = { status: 400, body: error.message };
    }
    if (kind === 'list' && fault?.kind === 'move') {
      pagesServed += 1;
      if (pagesServed === fault.afterPages) setDay(fault.day);
    }
    if (met !== null && answerWithFault(response, met, answer.body)) return;
    const { status, body, type = 'text/plain; charset=utf-8', location } = answer;
    response.writeHead(status, { 'content-type': type, ...(location === undefined ? {} : { location }) });
    response.end(body);
  }

  const server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}${basePath}`,
    requests,
    setDay,
    setFault(next) {
      fault = next;
      faultsLeft = next?.times ?? Number.POSITIVE_INFINITY;
      pagesServed = 0;
    },
    close() {
      return new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      });
    },
  };
}

const toJson = (value: unknown): Answer => ({
  status: 200,
  body: JSON.stringify(value),
  type: 'application/json',
});

function makeTrimOf(parameters: Map<string, string>): (study: Study) => Study {
  const fields = parameters.get('fields');
  return fields === undefined ? (study) => study : makeTrim(fields);
}

function check(parameters: Map<string, string>, known: string[]): Map<string, string> {
  for (const name of parameters.keys()) {
    if (!known.includes(name)) throw new BadRequest(`\`${name}\` is unknown parameter`);
  }
  return parameters;
}

type Token = { search: Search; offset: number; again: boolean };

const writeToken = (token: Token) => Buffer.from(JSON.stringify(token)).toString('base64url');

function readToken(token: string): Token {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Token;
  } catch {
    throw new BadRequest('Parameter `pageToken` has incorrect format');
  }
}
