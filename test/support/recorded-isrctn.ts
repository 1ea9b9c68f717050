import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type IsrctnFields, isrctnAnswer, makeIsrctn } from './isrctn-xml.ts';

/** What goes wrong: a web page with 500, an answer that ends too early, and every clause dropped. */
export type IsrctnFault = 'error-page' | 'cut-off' | 'whole';

/** A made-up ISRCTN registry. */
export type RecordedIsrctn = {
  /** The URL of the API, for ISRCTN_URL. */
  url: string;
  /** The questions so far, oldest first. */
  asked: { question: string; limit: number }[];
  setRecords(records: IsrctnFields[]): void;
  /** Every answer has this fault from now on. */
  setFault(fault: IsrctnFault | null): void;
  close(): Promise<void>;
};

const clause = /lastEdited (GE|LT) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/g;

/**
 * An ISRCTN registry over HTTP on loopback that has the real one's manners: no pages, a limit, a count, words
 * of which one is enough, dates without a time dropped in silence. It shares no code with the adapter.
 */
export async function serveRecordedIsrctn(first: IsrctnFields[] = []): Promise<RecordedIsrctn> {
  let records = first;
  let fault: IsrctnFault | null = null;
  const asked: RecordedIsrctn['asked'] = [];

  function find(question: string): IsrctnFields[] {
    const times = [...question.matchAll(clause)];
    const words = question.replace(/\blastEdited (?:GE|LT) \S+/g, ' ').match(/ISRCTN\d{8}|"[^"]*"/g) ?? [];
    return records.filter((record) => {
      const { digits = '90000001', edited = '2026-11-01T09:30:00Z', conditions = ['Hip fracture'] } = record;
      const at = edited.slice(0, 19);
      const inTime = times.every(([, sign, time = '']) => (sign === 'GE' ? at >= time : at < time));
      const text = conditions.join(' ').toLowerCase();
      const found = (word: string) =>
        word.startsWith('"') ? text.includes(word.slice(1, -1)) : word === `ISRCTN${digits}`;
      return fault === 'whole' || (inTime && (words.length === 0 || words.some(found)));
    });
  }

  function respond(url: URL, response: ServerResponse): void {
    const question = url.searchParams.get('q') ?? '';
    const limit = Number(url.searchParams.get('limit') ?? 100);
    asked.push({ question, limit });
    if (fault === 'error-page' || !url.pathname.endsWith('/query/format/default')) {
      response.writeHead(500, { 'content-type': 'text/html' });
      response.end('<html><body>Sorry</body></html>');
      return;
    }
    const found = find(question);
    const answer = isrctnAnswer(found.slice(0, limit).map(makeIsrctn), found.length);
    response.writeHead(200, { 'content-type': 'application/xml;charset=UTF-8' });
    response.end(fault === 'cut-off' ? answer.slice(0, -40) : answer);
  }

  const server = createServer((request, response) =>
    respond(new URL(request.url ?? '/', 'http://registry.test'), response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api`,
    asked,
    setRecords(next) {
      records = next;
    },
    setFault(next) {
      fault = next;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
