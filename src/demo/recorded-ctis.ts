import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CtisTrial, makeCtisRecord, makeCtisRow } from './ctis-trial.ts';

/** What can be wrong with the portal: most of it under status 200. */
export type CtisFault =
  /** A web page in place of JSON, for searches or records. */
  | { kind: 'web-page'; on: 'search' | 'record' }
  /** The search says that there is no trial. */
  | { kind: 'no-rows' }
  /** From this page on the portal is down. */
  | { kind: 'cut-short'; fromPage: number }
  /** Rows are left out of every list, though they are counted. */
  | { kind: 'left-out'; ids: string[] }
  /** Records that are listed and come as `{}`, or as another record. */
  | { kind: 'empty-record' | 'other-record'; ids: string[] };

/** The EU register's public portal, recorded. */
export type RecordedCtis = {
  /** The URL of the API, for CTIS_URL. */
  url: string;
  /** Every request so far: `search 1 DESC`, `retrieve 2024-…`. Empty it to start counting again. */
  requests: string[];
  /** Replaces the trials; `edition` renumbers what is internal to the records. */
  setTrials(trials: readonly CtisTrial[], edition?: number): void;
  setFault(fault: CtisFault | null): void;
  close(): Promise<void>;
};

type Answer = { status: number; body: string; type?: string };
type SearchBody = {
  pagination?: { page?: number; size?: number };
  sort?: { direction?: string };
  searchCriteria?: { number?: string; eudraCtCode?: string; medicalCondition?: string; status?: number[] };
};

const json = (value: unknown): Answer => ({
  status: 200,
  body: JSON.stringify(value),
  type: 'application/json;charset=UTF-8',
});
const webPage: Answer = { status: 200, body: '<html><body>Maintenance</body></html>', type: 'text/html' };
const nothing = {
  showWarning: true,
  pagination: { totalRecords: 0, currentPage: 0, totalPages: 0 },
  data: [],
};

/**
 * Serves the portal as its pages see it, on loopback: a search by POST, records one by one, and its oddities.
 * It shares no code with the adapter.
 */
export async function serveRecordedCtis(first: readonly CtisTrial[], pageSize = 100): Promise<RecordedCtis> {
  const requests: string[] = [];
  let trials = first;
  let edition = 0;
  let fault: CtisFault | null = null;

  function search(body: SearchBody): Answer {
    const { page = 0, size = 0 } = body.pagination ?? {};
    const direction = body.sort?.direction ?? 'DESC';
    requests.push(`search ${page} ${direction}`);
    if (fault?.kind === 'web-page' && fault.on === 'search') return webPage;
    if (fault?.kind === 'cut-short' && page >= fault.fromPage) return { status: 503, body: 'busy' };
    const criteria = body.searchCriteria;
    if (criteria === undefined || page < 1 || fault?.kind === 'no-rows') return json(nothing);
    const matching = trials
      .filter((trial) => isMatch(trial, criteria))
      .toSorted((a, b) =>
        a.decidedOn < b.decidedOn ? -1 : a.decidedOn > b.decidedOn ? 1 : a.id < b.id ? -1 : 1,
      );
    const found = direction === 'DESC' ? matching.reverse() : matching;
    const step = Math.min(size, pageSize);
    const hidden = fault?.kind === 'left-out' ? fault.ids : [];
    const rows = found.slice((page - 1) * step, page * step).filter(({ id }) => !hidden.includes(id));
    const totalPages = Math.ceil(found.length / step);
    const pagination = {
      totalRecords: found.length,
      currentPage: page,
      totalPages,
      nextPage: page < totalPages,
      prevPage: page > 1,
    };
    return json({ showWarning: true, pagination, data: rows.map(makeCtisRow) });
  }

  function retrieve(id: string): Answer {
    requests.push(`retrieve ${id}`);
    if (fault?.kind === 'web-page' && fault.on === 'record') return webPage;
    const isHit = fault !== null && 'ids' in fault && fault.ids.includes(id);
    if (isHit && fault?.kind === 'empty-record') return json({});
    if (!/^\d{4}-\d{6}-\d\d-\d\d$/.test(id)) return { status: 400, body: '' };
    const wanted = isHit && fault?.kind === 'other-record' ? trials.find((one) => one.id !== id)?.id : id;
    const trial = trials.find((one) => one.id === wanted);
    return json(trial ? makeCtisRecord(trial, edition) : {});
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/^\/ctis-public-api/, '');
    const id = /^\/retrieve\/([^/?]+)$/.exec(path)?.[1];
    let answer: Answer = webPage;
    if (path === '/search') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      if (request.method !== 'POST') answer = { status: 403, body: '' };
      else answer = search(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    } else if (id !== undefined) answer = retrieve(id);
    response.writeHead(answer.status, { 'content-type': answer.type ?? 'text/plain' }).end(answer.body);
  }

  const server = createServer((request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/ctis-public-api`,
    requests,
    setTrials(next, newEdition = edition) {
      trials = next;
      edition = newEdition;
    },
    setFault(next) {
      fault = next;
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function isMatch(trial: CtisTrial, criteria: NonNullable<SearchBody['searchCriteria']>): boolean {
  const { number, eudraCtCode, medicalCondition, status } = criteria;
  return (
    (number === undefined || trial.id.includes(number)) &&
    (eudraCtCode === undefined || trial.eudraCt === eudraCtCode) &&
    (medicalCondition === undefined ||
      trial.condition.toLowerCase().includes(medicalCondition.toLowerCase())) &&
    (status === undefined || status.includes(trial.code))
  );
}
