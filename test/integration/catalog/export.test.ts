import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { type ChangeRow, changeColumns } from '../../../src/core/wording/change-rows.ts';
import { findFaults } from '../../support/api.ts';
import { turnTo } from '../../support/days.ts';
import { about, asthma, useServedWorlds } from '../../support/find-pages.ts';
import type { Pages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { hasTableReaders, readWithPython, readWorkbook } from '../../support/table-readers.ts';
import type { World } from '../../support/world.ts';

const { readTrials } = useServedWorlds();
const id = 'NCT09900001';
const other = 'NCT09900002';
const title = '=cmd|"/c calc"!A1, "quoted"; +1\nélan';

/** Two trials about asthma, of which the first changes on the 3rd and the 5th, and the second on the 5th. */
async function openStory(): Promise<{ world: World; pages: Pages }> {
  const { world, pages } = await readTrials({ [id]: { title }, [other]: {} });
  const turn = async (n: number, first: StudyParts, second: StudyParts) => {
    const parts = { updatedOn: `2026-11-0${n}` };
    turnTo(world, n, [
      study(id, about(asthma, { title, ...first, ...parts })),
      study(other, about(asthma, { ...second, ...(n === 5 ? parts : {}) })),
    ]);
    await world.poll();
  };
  await turn(3, { status: 'SUSPENDED', whyStopped: '@SUM(1)' }, {});
  const sites = ['Haukeland, Bergen, Norway', '-Rigshospitalet, Copenhagen, Denmark'];
  await turn(5, { status: 'RECRUITING', completion: '2031-06-30', sites }, { status: 'COMPLETED' });
  return { world, pages };
}

async function load(pages: Pages, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(pages.url + path, { headers, redirect: 'manual' });
  return {
    status: response.status,
    headers: response.headers,
    body: Buffer.from(await response.arrayBuffer()),
  };
}
const linesOf = (body: Buffer | string): ChangeRow[] =>
  String(body)
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));

describe('the changes of a trial, a condition or a time as a file', () => {
  it('have their kind, values, place, registry and link, a row for each site', async () => {
    const { pages } = await openStory();
    const { status, headers, body } = await load(pages, `/trials/${id}/changes.ndjson`);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="trialbell-${id}.ndjson"`);
    const rows = linesOf(body);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(changeColumns);
      expect(row).toMatchObject({ registry: 'ctgov', trial: id });
      expect(row.link).toBe(`https://bell.example.org/trials/${id}/changes/${row.change}`);
      expect(row.recordLink).toBe(`https://clinicaltrials.gov/study/${id}`);
      expect(findFaults({ $ref: '#/components/schemas/ChangeRow' }, row)).toEqual([]);
      expect((await pages.get(new URL(row.link).pathname)).status).toBe(200);
    }
    expect(rows[0]).toMatchObject({
      ...{ releasedAt: '2026-11-03T12:00:00.000Z', facet: 'status', kind: 'status', version: 2 },
      ...{ before: 'RECRUITING', after: 'SUSPENDED', country: null, siteCount: null },
      sentence: expect.stringContaining('Now listed as paused'),
    });
    expect(rows.filter(({ kind }) => kind === 'site-added')).toMatchObject([
      { before: null, country: 'Denmark', city: 'Copenhagen', site: '-Rigshospitalet', siteCount: 1 },
      { before: null, country: 'Norway', city: 'Bergen', site: 'Haukeland', siteCount: 1 },
    ]);
    expect(rows.find(({ kind }) => kind === 'completion-date')?.after).toBe('2031-06-30, ESTIMATED');
    const spanish = linesOf((await load(pages, `/trials/${id}/changes.ndjson?lang=es`)).body);
    expect(spanish[0]?.sentence).not.toBe(rows[0]?.sentence);
    const wordless = (row: ChangeRow) => ({ ...row, sentence: '', notice: '' });
    expect(spanish.map(wordless)).toEqual(rows.map(wordless));
  });

  it.runIf(hasTableReaders)(
    'C16: are the same in CSV, read by Python, and XLSX, read by openpyxl with real dates, and run as no formula',
    async () => {
      const { pages } = await openStory();
      const path = `/trials/${id}/changes`;
      const rows = linesOf((await load(pages, `${path}.ndjson`)).body);
      const csv = readWithPython((await load(pages, `${path}.csv`)).body);
      const { headers, body } = await load(pages, `${path}.xlsx`);
      expect(headers.get('content-type')).toContain('spreadsheetml');
      const book = readWorkbook(body);
      const inert = (text: string) =>
        text
          .replace(/^(?=[=@-])/, "'")
          .replace('; +1', ";' +1")
          .replace('"@SUM', '"@SUM');
      const asTable = rows.map((row) =>
        changeColumns.map((name) => {
          const value = row[name];
          return typeof value === 'string' ? inert(value) : value;
        }),
      );
      expect(csv).toEqual([changeColumns, ...asTable.map((row) => row.map((cell) => String(cell ?? '')))]);
      expect(book.rows[0]).toEqual(changeColumns);
      expect(book.rows.slice(1)).toEqual(
        asTable.map(([at, ...rest]) => [`${at}`.replace('T', ' ').replace('.000Z', ''), ...rest]),
      );
      for (const row of [...csv, ...book.rows].slice(1))
        for (const cell of row) expect(String(cell ?? '')).not.toMatch(/^[=+\-@\t\r]/);
      expect(book.types.flat()).not.toContain('f');
      expect(book.types.slice(1).map(([first]) => first)).toEqual(rows.map(() => 'd'));
      expect(book).toMatchObject({ sheet: 'Changes', frozen: 'A2' });
      expect(book.formats[0]).toBe('yyyy-mm-dd hh:mm');
      expect(book.widths[changeColumns.indexOf('sentence')]).toBe(70);
    },
  );

  it('are those between two days, both included, of one trial, of all trials about a condition, or of all', async () => {
    const { pages } = await openStory();
    const read = async (path: string) => {
      const rows = linesOf((await load(pages, path)).body);
      return [...new Set(rows.map(({ trial, releasedAt }) => `${trial} ${releasedAt.slice(8, 10)}`))].sort();
    };
    expect(await read('/conditions/asthma/changes.ndjson')).toEqual([`${id} 03`, `${id} 05`, `${other} 05`]);
    expect(await read('/conditions/asthma/changes.ndjson?from=2026-11-05&to=')).toEqual([
      `${id} 05`,
      `${other} 05`,
    ]);
    expect(await read(`/trials/${id}/changes.ndjson?from=2026-11-03&to=2026-11-03`)).toEqual([`${id} 03`]);
    expect(await read(`/trials/${id}/changes.ndjson?to=2026-11-02`)).toEqual([]);
    expect(await read('/api/v1/changes.ndjson?to=2026-11-04')).toEqual([`${id} 03`]);
    expect(await read(`/api/v1/changes.ndjson?trial=${other}`)).toEqual([`${other} 05`]);
    expect(await read('/api/v1/changes.ndjson?condition=asthma&facet=sites')).toEqual([`${id} 05`]);
  });

  it('name what is wrong with a time, a condition or a trial', async () => {
    const { pages } = await openStory();
    const wrong = await pages.get(`/trials/${id}/changes.csv?from=2026-11-09&to=2026-11-01`);
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('Choose two days')]);
    expect((await pages.get('/trials/NCT09999999/changes.csv')).status).toBe(404);
    const moved = await pages.get(`/trials/${id.toLowerCase()}/changes.csv?from=2026-11-05`);
    expect(moved.headers.get('location')).toBe(`/trials/${id}/changes.csv?from=2026-11-05`);
    for (const [path, parameter] of [
      ['csv?from=2026-13-01', 'from'],
      ['csv?from=2026-11-09&to=2026-11-01', 'from'],
      ['csv?trial=x', 'trial'],
      ['csv?condition=zzz-&condition=zzz-', 'condition'],
      ['ods', 'form'],
      ['csv?since=2026', ''],
    ]) {
      const { status, text } = await pages.get(`/api/v1/changes.${path}`);
      expect([path, status]).toEqual([path, 400]);
      expect(JSON.parse(text).errors[0].parameter).toBe(parameter);
    }
  });

  it('have an ETag that lasts until something is released, and no cookie', async () => {
    const { world, pages } = await openStory();
    const path = '/conditions/asthma/changes.xlsx?lang=es';
    const first = await load(pages, path);
    const etag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('public, max-age=900');
    expect(first.headers.get('set-cookie')).toBe(null);
    const same = await load(pages, path, { 'if-none-match': etag });
    expect([same.status, same.body.length]).toEqual([304, 0]);
    expect((await load(pages, `${path}&from=2026-11-05`)).headers.get('etag')).not.toBe(etag);
    const head = await fetch(pages.url + path, { method: 'HEAD' });
    expect([head.status, head.headers.get('etag')]).toEqual([200, etag]);
    turnTo(world, 6, [study(other, about(asthma, { status: 'RECRUITING', updatedOn: '2026-11-06' }))]);
    await world.poll();
    const later = await load(pages, path, { 'if-none-match': etag });
    expect([later.status, later.headers.get('etag') === etag]).toEqual([200, false]);
  });

  it('N9: are limited for one client, which is told when to come again; pages still answer', async () => {
    const { world, pages } = await openStory();
    const statuses = async (path: string, times: number) =>
      Promise.all(Array.from({ length: times }, async () => (await load(pages, path)).status));
    expect(await statuses(`/trials/${id}/changes.csv`, 10)).toEqual(Array(10).fill(200));
    for (const path of [`/trials/${id}/changes.csv`, '/api/v1/changes.csv']) {
      const { status, headers, body } = await load(pages, path);
      expect([path, status, headers.get('retry-after')]).toEqual([path, 429, '60']);
      expect(String(body)).toMatch(/wait a minute|"status":429/);
    }
    expect(await statuses(`/trials/${id}/changes`, 1)).toEqual([200]);
    world.setNow('2026-11-05T12:01:01Z');
    expect(await statuses('/api/v1/changes.csv', 1)).toEqual([200]);
  });
});

describe('very many changes as a file', () => {
  it('P9: come whole, each once and in order, also those between two days', async () => {
    const { world, pages } = await openStory();
    const { db } = world.context;
    // A copy of the first change every 10 minutes, about a week long.
    await sql`with last as (select value from counters where name = 'position'), made as (
        insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, position,
          detected_at, released_at)
        select trial_id, version, run_id, facet, kind, change, weight, topics, state, last.value + n,
          detected_at, '2026-11-06T00:00:00Z'::timestamptz + n * interval '10 minutes'
        from changes, last, generate_series(1, 1100) n where position = 1 returning topics, position
      ), topics as (insert into topic_changes (topic, position) select unnest(topics), position from made)
      update counters set value = value + 1100 where name = 'position'`.execute(db);
    const { rows } = await sql<{ id: number; day: string }>`
      select id, to_char(released_at at time zone 'UTC', 'YYYY-MM-DD') as day from changes
      where position is not null order by position`.execute(db);
    const idsOf = (text: Buffer | string) => [...new Set(linesOf(text).map(({ change }) => change))];
    const from = (first: string, last: string) =>
      rows.flatMap(({ id: one, day }) => (day >= first && day <= last ? one : []));
    const ann = await signIn(world, pages, 'ann@example.net');
    for (const [first, last] of [
      ['2026-11-01', '2026-11-30'],
      ['2026-11-09', '2026-11-09'],
      ['2026-11-10', '2026-11-30'],
    ] as const) {
      const wanted = from(first, last);
      const query = `from=${first}&to=${last}`;
      expect(wanted.length).toBeGreaterThan(140);
      expect(idsOf((await load(pages, `/conditions/asthma/changes.ndjson?${query}`)).body)).toEqual(wanted);
      expect(idsOf((await load(pages, `/api/v1/changes.ndjson?${query}`)).body)).toEqual(wanted);
      expect(idsOf((await ann.get(`/manage/report.ndjson?${query}`)).text)).toEqual(wanted);
    }
  });
});

describe("a person's changes as a file", () => {
  it('P5: are all of what they follow, nothing of another, only in their session and never cached', async () => {
    const { world, pages } = await openStory();
    await world.subscribe('bob@example.net', { trials: [other] });
    const range = 'from=2026-11-01&to=2026-11-05';
    for (const form of ['csv', 'xlsx', 'ndjson'])
      expect((await pages.get(`/manage/report.${form}?${range}`)).status).toBe(401);
    const bob = await signIn(world, pages, 'bob@example.net');
    const { headers, text } = await bob.get(`/manage/report.ndjson?${range}`);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('etag')).toBe(null);
    expect(headers.get('content-disposition')).toContain('trialbell-2026-11-01-2026-11-05.ndjson');
    expect(new Set(linesOf(text).map(({ trial }) => trial))).toEqual(new Set([other]));
    const ann = await signIn(world, pages, 'ann@example.net');
    const rows = linesOf((await ann.get(`/manage/report.ndjson?${range}`)).text);
    expect(new Set(rows.map(({ trial }) => trial))).toEqual(new Set([id, other]));
    const page = await ann.get(`/manage/report?${range}`);
    expect(page.text).toContain(`${new Set(rows.map(({ change }) => change)).size} changes.`);
    const third = linesOf((await ann.get('/manage/report.ndjson?from=2026-11-03&to=2026-11-03')).text);
    expect(new Set(third.map(({ releasedAt }) => releasedAt.slice(0, 10)))).toEqual(new Set(['2026-11-03']));
    expect((await ann.get('/manage/report.xlsx?from=2026-11-09&to=2026-11-01')).status).toBe(422);
  });
});
