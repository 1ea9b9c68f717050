import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RecordedRegistry, serveRecordedRegistry } from '../../../src/demo/recorded-registry.ts';
import { RegistryRefused, RegistryUnavailable } from '../../../src/errors.ts';
import type { AdapterOptions } from '../../../src/registries/adapter.ts';
import { openRegistries, type Registry, type RegistryQuery } from '../../../src/registries/registry.ts';
import { type LooseStudy, makeStudies, makeStudy } from '../../support/ctgov-study.ts';

const studies = [...makeStudies(25), makeStudy()];
const idOf = (study: LooseStudy): string => study.protocolSection.identificationModule.nctId;
const allIds = studies.map(idOf).sort();

let recorded: RecordedRegistry;
let waits: number[];

function open(options: Partial<AdapterOptions> = {}, url = recorded.url): Registry {
  const registry = openRegistries(
    { ctgov: { url, paceMs: 0 } },
    {
      userAgent: 'Trialbell/0 (+mailto:bell@example.org)',
      sleep: async (ms) => {
        waits.push(ms);
      },
      ...options,
    },
  ).get('ctgov');
  if (registry === undefined) throw new Error('no such registry');
  return registry;
}

/** Everything a query gives: ids in order, totals and the tokens to resume at. */
async function readAll(query: RegistryQuery, from: string | null = null, registry = open()) {
  const ids: string[] = [];
  const totals: (number | null)[] = [];
  const tokens: (string | null)[] = [];
  const bad: string[] = [];
  for await (const page of registry.pages(query, from)) {
    for (const record of page.records) {
      if (record.ok) ids.push(record.trial.id);
      else bad.push(record.reason);
    }
    totals.push(page.total);
    tokens.push(page.nextToken);
  }
  return { ids, totals, tokens, bad };
}

async function failure(work: Promise<unknown>): Promise<RegistryUnavailable> {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(RegistryUnavailable);
  return error as RegistryUnavailable;
}

const dayOne = { timestamp: '2026-11-02T09:00:04', studies };
const later = makeStudy((study) => {
  study.protocolSection.statusModule.overallStatus = 'COMPLETED';
  study.protocolSection.statusModule.lastUpdatePostDateStruct.date = '2026-11-03';
});
const dayTwo = { timestamp: '2026-11-03T09:00:01', studies: [...studies.slice(0, 25), later] };

beforeEach(async () => {
  waits = [];
  recorded = await serveRecordedRegistry({
    days: [dayOne, dayTwo],
    synonyms: [['childhood wheeze', 'Asthma']],
    maxPageSize: 10,
  });
});
afterEach(() => recorded.close());

describe('reading', () => {
  it('asks for the data’s time first', async () => {
    expect(await open().dataVersion()).toEqual({ timestamp: '2026-11-02T09:00:04', day: '2026-11-02' });
    expect(recorded.requests).toHaveLength(1);
  });

  it('pages through everything: the count on the first page, every other parameter on all', async () => {
    const { ids, totals, tokens } = await readAll({ kind: 'all' });
    expect([...ids].sort()).toEqual(allIds);
    expect(totals).toEqual([26, null, null]);
    expect(tokens.at(-1)).toBeNull();
    const [first, second] = recorded.requests.map(({ parameters }) => parameters);
    const { countTotal, ...shared } = first ?? {};
    const { pageToken, ...again } = second ?? {};
    expect(countTotal).toBe('true');
    expect(pageToken).toBe(tokens[0]);
    expect(again).toEqual(shared);
    expect(shared).toMatchObject({ format: 'json', pageSize: '1000', sort: 'LastUpdatePostDate:asc' });
    expect(recorded.requests[0]?.userAgent).toBe('Trialbell/0 (+mailto:bell@example.org)');
  });

  it('fetches a page only when the one before was taken, and resumes at a token', async () => {
    const registry = open();
    const seen: string[] = [];
    let token: string | null = null;
    for await (const page of registry.pages({ kind: 'all' })) {
      seen.push(...page.records.flatMap((record) => (record.ok ? [record.trial.id] : [])));
      token = page.nextToken;
      break;
    }
    expect(recorded.requests).toHaveLength(1);
    const rest = await readAll({ kind: 'all' }, token);
    expect([...seen, ...rest.ids].sort()).toEqual(allIds);
    expect(rest.totals).toEqual([null, null]);
  });

  it('reads updates since a day, that day included, oldest first', async () => {
    const { ids } = await readAll({ kind: 'updated-since', since: '2026-10-25T00:00:00.000Z' });
    const day = (id: string): string =>
      studies.find((study) => idOf(study) === id)?.protocolSection.statusModule.lastUpdatePostDateStruct.date;
    expect(ids.map(day)).toEqual(['2026-10-25', '2026-10-30']);
    expect(() => open().pages({ kind: 'updated-since', since: 'MIN,MAX]' })).toThrow('is not an instant');
  });

  it('looks ids up in hundreds, aliases with them, and never sends a malformed one', async () => {
    const wanted = Array.from({ length: 150 }, (_, index) => `NCT0${9_800_001 + index}`);
    const { ids, tokens } = await readAll({
      kind: 'ids',
      ids: ['x', ...wanted, 'nct09900091', 'NCT1', 'NCT00000000'],
    });
    expect([...ids].sort()).toEqual(allIds);
    expect(tokens).toEqual(['100', null]);
    const sent = recorded.requests.map(({ parameters }) => parameters['filter.ids']?.split(',') ?? []);
    expect(Math.max(...sent.map((list) => list.length))).toBe(100);
    expect([...new Set(sent.flat())]).toEqual([...wanted, 'NCT09900091']);
    const resumed = await readAll({ kind: 'ids', ids: wanted }, '100');
    expect(resumed.ids).toEqual([]);
  });

  it('searches a condition by the registry’s own synonyms', async () => {
    expect((await readAll({ kind: 'condition', words: 'childhood wheeze' })).ids).toHaveLength(26);
    expect((await readAll({ kind: 'condition', words: 'diabetes' })).totals).toEqual([0]);
  });

  it('sends no query language of a stranger', async () => {
    const injected = 'diabetes OR AREA[OverallStatus]RECRUITING';
    expect((await readAll({ kind: 'condition', words: injected })).ids).toEqual([]);
    const raw = await fetch(`${recorded.url}/studies?${new URLSearchParams({ 'query.cond': injected })}`);
    expect(((await raw.json()) as { studies: unknown[] }).studies).toHaveLength(10);
  });

  it('M4: words that are ids alone are looked up as ids, never searched', async () => {
    const { ids } = await readAll({ kind: 'condition', words: 'nct 0990 0001, NCT09800001' });
    expect(ids).toEqual(['NCT09800001', 'NCT09900001']);
    expect(recorded.requests.every(({ parameters }) => parameters['query.cond'] === undefined)).toBe(true);
    expect((await readAll({ kind: 'condition', words: '""' })).ids).toEqual([]);
  });

  it('reads one trial, follows an obsolete id with the same fields, and knows the registry’s "not found"', async () => {
    const registry = open();
    const plain = await registry.trial('NCT09900001');
    const byAlias = await registry.trial('NCT09900090');
    expect(plain?.ok && plain.trial.id).toBe('NCT09900001');
    expect(byAlias).toEqual(plain);
    const paths = recorded.requests.map(({ path, parameters }) => [path, parameters.fields]);
    expect(paths.slice(1)).toEqual([
      ['/studies/NCT09900090', registry.fields.join()],
      ['/studies/NCT09900001', registry.fields.join()],
    ]);
    expect(await registry.trial('NCT99999999')).toBeNull();
    await expect(registry.trial('NCT123')).rejects.toThrow('is not an NCT number');
    expect(recorded.requests).toHaveLength(4);
  });

  it('C8: a stored answer read anew with its fields gives the same trial', async () => {
    const registry = open();
    const record = await registry.trial('NCT09900001');
    expect(registry.readRecord(record?.raw, registry.fields)).toEqual(record);
  });
});

describe('a registry that misbehaves', () => {
  it('C9: a bad record is quarantined and the rest of its page is read', async () => {
    const spoilt = studies.map((study, index) =>
      index === 3
        ? { ...study, protocolSection: { ...study.protocolSection, statusModule: { overallStatus: 'X' } } }
        : study,
    );
    await recorded.close();
    recorded = await serveRecordedRegistry({ days: [{ ...dayOne, studies: [...spoilt, 'no study'] }] });
    const { ids, bad } = await readAll({ kind: 'all' });
    expect(ids).toHaveLength(25);
    expect(bad).toHaveLength(2);
    expect(bad[0]).toBe('Status module, overall status: the code "X" is not known.');
  });

  it.each([
    ['html', { kind: 'html' }, /text\/html.* where JSON is expected \(a web page, .*status 200/],
    ['truncated JSON', { kind: 'truncated' }, /broken or cut-off JSON, status 200/],
    ['another content type', { kind: 'wrong-type' }, /application\/octet-stream where JSON is expected/],
    [
      '400',
      { kind: 'status', status: 400, type: 'text/plain', body: '`x` is unknown parameter' },
      /status 400.*`x` is unknown parameter/,
    ],
    ['404', { kind: 'status', status: 404 }, /status 404/],
    ['an oversized answer', { kind: 'oversized', bytes: 2 ** 21 }, /more than 1 MB/],
    ['a silent server', { kind: 'silent' }, /did not answer within 0\.2 seconds, asked 2 times/],
    ['a connection cut in the middle', { kind: 'cut' }, /could not be reached \(.*asked 2 times/],
    ['pages in a circle', { kind: 'loop' }, /in a circle/],
  ] as const)('%s is no answer, and says so', async (_, fault, message) => {
    recorded.setFault(fault);
    const registry = open({ timeoutMs: 200, maxBytes: 2 ** 20, maxAttempts: 2 });
    const error = await failure(readAll({ kind: 'all' }, null, registry));
    expect(error.message).toMatch(/^ClinicalTrials\.gov /);
    expect(error.message).toMatch(message);
  });

  it('R6 L13: a 429 page and then the normal one is one reading', async () => {
    const calm = await readAll({ kind: 'all' });
    recorded.setFault({ kind: 'status', status: 429, retryAfter: '3', times: 2 });
    expect(await readAll({ kind: 'all' })).toEqual(calm);
    expect(waits.filter((ms) => ms >= 3000)).toHaveLength(2);
  });

  it('R6: 500 ends after its attempts, and a later read succeeds', async () => {
    recorded.setFault({ kind: 'status', status: 500, on: 'version' });
    await failure(open().dataVersion());
    expect(recorded.requests).toHaveLength(5);
    recorded.setFault({ kind: 'status', status: 503, times: 1 });
    expect((await open().dataVersion())?.day).toBe('2026-11-02');
  });

  it('403 is its own alarm', async () => {
    recorded.setFault({ kind: 'status', status: 403 });
    expect(await failure(open().dataVersion())).toBeInstanceOf(RegistryRefused);
    expect(recorded.requests).toHaveLength(1);
  });

  it('P7: a redirect to another host is not followed', async () => {
    const elsewhere = createServer((_, response) => response.end('{}'));
    let visits = 0;
    elsewhere.on('request', () => {
      visits += 1;
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as AddressInfo;
    recorded.setFault({ kind: 'redirect', to: `http://127.0.0.1:${port}/api/v2/version` });
    expect((await failure(open().dataVersion())).message).toContain('was not followed');
    expect(visits).toBe(0);
    await new Promise((resolve) => elsewhere.close(resolve));
  });

  it('C11: a 404 that is not the registry’s own line says nothing of the trial', async () => {
    for (const fault of [
      { body: '' },
      { body: '<html>not found</html>', type: 'text/html' },
      { body: 'NCT number NCT09800002 not found', type: 'text/plain' },
      { body: 'NCT number NCT09900001 not found', type: 'text/html' },
    ]) {
      recorded.setFault({ kind: 'status', status: 404, ...fault });
      expect((await failure(open().trial('NCT09900001'))).message).toContain("not the registry's own");
    }
    recorded.setFault({
      kind: 'status',
      status: 404,
      body: 'NCT number NCT09900001 not found\n',
      type: 'text/plain',
    });
    expect(await open().trial('NCT09900001')).toBeNull();
  });

  it('an answer about another trial does not count for this one', async () => {
    const other = async () =>
      new Response(JSON.stringify(studies[0]), { headers: { 'content-type': 'application/json' } });
    const error = await failure(open({ fetch: other }).trial('NCT09900001'));
    expect(error.message).toContain('answered with another trial (NCT09800001)');
  });

  it('C16: error texts are quoted without control characters', async () => {
    recorded.setFault({ kind: 'status', status: 400, type: 'text/plain', body: 'a\u001b[31m\u202eb\r\nc' });
    expect((await failure(open().dataVersion())).message).toContain('status 400: a[31mb c.');
  });

  it('C10 L11: an empty list with total 0 is handed on as that, for the run to judge', async () => {
    recorded.setFault({ kind: 'empty' });
    const { ids, totals } = await readAll({ kind: 'all' });
    expect([ids, totals]).toEqual([[], [0]]);
  });

  it('C10: pages dropped, repeated or shuffled show in the count', async () => {
    recorded.setFault({ kind: 'drop-page', page: 1 });
    const dropped = await readAll({ kind: 'all' });
    expect([dropped.ids.length, dropped.totals[0]]).toEqual([16, 26]);
    recorded.setFault({ kind: 'repeat-page', page: 1 });
    const repeated = await readAll({ kind: 'all' });
    expect([repeated.ids.length, new Set(repeated.ids).size]).toEqual([36, 26]);
    recorded.setFault({ kind: 'shuffle-pages' });
    const shuffled = await readAll({ kind: 'all' });
    expect([...shuffled.ids].sort()).toEqual(allIds);
    recorded.setFault(null);
    expect(shuffled.ids).not.toEqual((await readAll({ kind: 'all' })).ids);
  });

  it('C10: data that move in mid-run show in the data’s time', async () => {
    recorded.setFault({ kind: 'move', afterPages: 1, day: 1 });
    const before = await open().dataVersion();
    const { ids } = await readAll({ kind: 'all' });
    const after = await open().dataVersion();
    expect(new Set(ids).size).toBe(26);
    expect([before?.day, after?.day]).toEqual(['2026-11-02', '2026-11-03']);
  });

  it('halves a look-up whose URL is too long for a server on the way (414)', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `NCT0${9_800_001 + index}`);
    recorded.setFault({ kind: 'status', status: 414, times: 2 });
    expect((await readAll({ kind: 'ids', ids })).ids).toHaveLength(25);
    const lengths = recorded.requests.map(({ parameters }) => parameters['filter.ids']?.split(',').length);
    expect(lengths.slice(0, 3)).toEqual([25, 13, 7]);
  });
});
