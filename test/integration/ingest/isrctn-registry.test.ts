import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RegistryPage } from '../../../src/registries/adapter.ts';
import { isrctn } from '../../../src/registries/isrctn/index.ts';
import type { IsrctnFields } from '../../support/isrctn-xml.ts';
import { type RecordedIsrctn, serveRecordedIsrctn } from '../../support/recorded-isrctn.ts';

const now = '2026-11-02T12:00:00.000Z';
const since = '2026-10-30T00:00:00.000Z';
const digitsOf = (at: number) => String(90_000_000 + at + 1);

/** Records, one edited each quarter of an hour, the last before `now`. */
const edited = (count: number): IsrctnFields[] =>
  Array.from({ length: count }, (_, at) => ({
    digits: digitsOf(at),
    edited: Temporal.Instant.from(now)
      .subtract({ minutes: 15 * (count - at) })
      .toString(),
  }));

let recorded: RecordedIsrctn;
beforeEach(async () => {
  recorded = await serveRecordedIsrctn(edited(3));
});
afterEach(() => recorded.close());

const open = () => {
  const sleep = async () => {};
  return isrctn.open({
    url: recorded.url,
    paceMs: 0,
    userAgent: 'test',
    maxAttempts: 2,
    now: () => now,
    sleep,
  });
};

async function readAll(pages: AsyncIterable<RegistryPage>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { records } of pages)
    for (const record of records) ids.push(record.ok ? record.trial.id : `bad: ${record.reason}`);
  return ids;
}

describe('the client of the ISRCTN registry', () => {
  it('X2: asks for a window with both times, and takes what was edited in it', async () => {
    recorded.setRecords([...edited(2), { digits: '90000077', edited: '2026-09-01T08:00:00Z' }]);
    expect(await readAll(open().pages({ kind: 'updated-since', since }))).toEqual([
      'ISRCTN90000001',
      'ISRCTN90000002',
    ]);
    expect(recorded.asked.at(-1)?.question).toBe(
      'lastEdited GE 2026-10-30T00:00:00 AND lastEdited LT 2026-11-02T12:00:00',
    );
  });

  it('X2: a window with more than one answer gives is halved until every part is whole, and resumes', async () => {
    recorded.setRecords([...edited(130), { digits: '90000999', edited: '2026-01-01T08:00:00Z' }]);
    const all: string[] = [];
    const tokens: string[] = [];
    for await (const page of open().pages({ kind: 'updated-since', since })) {
      all.push(...page.records.map((record) => (record.ok ? record.trial.id : '')));
      if (page.nextToken !== null) tokens.push(page.nextToken);
    }
    expect(all).toEqual(edited(130).map(({ digits }) => `ISRCTN${digits}`));
    expect(tokens.length).toBeGreaterThan(0);
    const rest = await readAll(open().pages({ kind: 'updated-since', since }, tokens[0] ?? null));
    const before = all.length - rest.length;
    expect(before).toBeGreaterThan(0);
    expect(rest).toEqual(all.slice(before));
    const whole = await readAll(open().pages({ kind: 'all' }));
    expect(new Set(whole).size).toBe(131);
  });

  it('X2: refuses an answer with the whole registry, an error page, an answer cut off, and an empty registry', async () => {
    recorded.setRecords([...edited(2), { digits: '90000077', edited: '2020-09-01T08:00:00Z' }]);
    const read = () => readAll(open().pages({ kind: 'updated-since', since }));
    recorded.setFault('whole');
    await expect(read()).rejects.toThrow(/all its 3 records to a question for some/);
    recorded.setFault('error-page');
    await expect(read()).rejects.toThrow(/internal error \(500\)/);
    recorded.setFault('cut-off');
    await expect(read()).rejects.toThrow(/broken or cut-off XML/);
    recorded.setFault(null);
    recorded.setRecords([]);
    await expect(read()).rejects.toThrow(/no records at all/);
    await expect(open().trial('ISRCTN90000001')).rejects.toThrow(/no records at all/);
  });

  it('X2: single records are asked for by number, and only the exact one is taken', async () => {
    const registry = open();
    expect(await registry.trial('ISRCTN90000002')).toMatchObject({
      ok: true,
      trial: { status: 'RECRUITING' },
    });
    expect(await registry.trial('ISRCTN90000044')).toBe(null);
    await expect(registry.trial('ISRCTN12345678')).rejects.toThrow(/not an ISRCTN number/);
    const ids = ['ISRCTN90000003', 'ISRCTN90000044', 'isrctn90000001', 'NCT00000001'];
    expect((await readAll(registry.pages({ kind: 'ids', ids }))).sort()).toEqual([
      'ISRCTN90000001',
      'ISRCTN90000003',
    ]);
    expect(await registry.dataVersion()).toBe(null);
  });

  it('X2: searches a condition as a phrase that cannot change the question', async () => {
    recorded.setRecords([...edited(2), { digits: '90000077', conditions: ['Motor neurone disease'] }]);
    const search = (words: string) => readAll(open().pages({ kind: 'condition', words }));
    expect(await search('motor neurone disease')).toEqual(['ISRCTN90000077']);
    expect(await search('disease" OR lastEdited GE "2000')).toEqual([]);
    expect(recorded.asked.at(-1)?.question).toContain(
      '(condition:"disease or lastedited ge 2000") AND (lastEdited',
    );
    expect(await search('isrctn 9000 0001')).toEqual(['ISRCTN90000001']);
  });
});
