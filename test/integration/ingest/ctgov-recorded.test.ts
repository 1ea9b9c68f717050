import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RecordedRegistry, serveRecordedRegistry } from '../../../src/demo/recorded-registry.ts';
import { type LooseStudy, makeStudies, makeStudy } from '../../support/ctgov-study.ts';

const answers = resolve(import.meta.dirname, '../../../../shared/data/ctgov/answers');
const absent = !existsSync(answers);
const where = absent ? ' (left out: the recorded answers are not beside this project)' : '';

let registry: RecordedRegistry;

beforeAll(async () => {
  const unknown = makeStudy((study) => {
    study.protocolSection.statusModule.overallStatus = 'UNKNOWN';
    delete study.protocolSection.statusModule.lastUpdatePostDateStruct;
  });
  registry = await serveRecordedRegistry({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: [unknown, ...makeStudies(1200)] }],
  });
});
afterAll(() => registry.close());

const ask = (path: string, parameters: Record<string, string> = {}) =>
  fetch(`${registry.url}${path}?${new URLSearchParams(parameters)}`, { redirect: 'manual' });

type List = { studies: LooseStudy[]; totalCount?: number; nextPageToken?: string };
const list = async (parameters: Record<string, string>) =>
  (await (await ask('/studies', parameters)).json()) as List;

describe(`the recorded registry answers as the real one did${where}`, () => {
  const cases: [string, string, Record<string, string>, number][] = [
    ['error_404_body.txt', '/studies/NCT99999999', {}, 404],
    ['error_400_bad_nctid_body.txt', '/studies/NCT', {}, 400],
    ['error_400_bad_filter_ids_body.txt', '/studies', { 'filter.ids': 'x' }, 400],
    ['error_400_bad_enum_body.txt', '/studies', { 'filter.overallStatus': 'NOT_A_STATUS' }, 400],
  ];
  it.skipIf(absent).each(cases)('%s', async (file, path, parameters, status) => {
    const response = await ask(path, parameters);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toBe(readFileSync(join(answers, file), 'utf8').trim());
  });

  it.skipIf(absent)('/version has the recorded shape', async () => {
    const recorded: object = JSON.parse(readFileSync(join(answers, 'version_2026-09-12.json'), 'utf8'));
    const served = (await (await ask('/version')).json()) as object;
    expect(Object.keys(served)).toEqual(Object.keys(recorded));
  });
});

describe('the recorded registry keeps the real one’s rules', () => {
  it('cuts pages at 1000, counts when asked, and ends without a token', async () => {
    const first = await list({ pageSize: '5000', countTotal: 'true' });
    expect([first.studies.length, first.totalCount]).toEqual([1000, 1201]);
    const second = await list({ pageSize: '1000', pageToken: first.nextPageToken ?? '', countTotal: 'true' });
    expect([second.studies.length, second.totalCount, second.nextPageToken]).toEqual([
      201,
      undefined,
      undefined,
    ]);
    expect((await list({})).studies).toHaveLength(10);
  });

  it('lets a token bring its own query', async () => {
    const search = { 'filter.advanced': 'AREA[LastUpdatePostDate]RANGE[2026-10-28,MAX]', pageSize: '20' };
    const first = await list(search);
    const mixed = await list({ pageToken: first.nextPageToken ?? '', pageSize: '20' });
    expect(mixed.studies).toEqual((await list({ ...search, pageToken: first.nextPageToken ?? '' })).studies);
  });

  it('sorts by date in both directions, studies without it last', async () => {
    const days = async (sort: string) =>
      (await list({ sort, pageSize: '1000' })).studies.map(
        (study) => study.protocolSection.statusModule.lastUpdatePostDateStruct?.date,
      );
    expect((await days('LastUpdatePostDate:asc'))[0]).toBe('2026-10-01');
    expect((await days('LastUpdatePostDate'))[0]).toBe('2026-10-28');
    const token = (await list({ sort: 'LastUpdatePostDate', pageSize: '1000' })).nextPageToken ?? '';
    const rest = (await list({ pageToken: token, pageSize: '1000' })).studies;
    expect(rest.at(-1).protocolSection.statusModule.overallStatus).toBe('UNKNOWN');
  });

  it('filters by area and by id, aliases with it', async () => {
    const unknown = await list({ 'filter.advanced': 'AREA[OverallStatus]UNKNOWN' });
    const missing = await list({ 'filter.advanced': 'AREA[LastUpdatePostDate]MISSING' });
    const alias = await list({ 'filter.ids': 'NCT09900090,NCT99999999' });
    expect(unknown.studies).toEqual(missing.studies);
    expect(alias.studies).toEqual(unknown.studies);
    const ids = await list({
      'query.cond': 'NCT09900001',
      'filter.advanced': 'AREA[OverallStatus]COMPLETED',
    });
    expect(ids.studies).toEqual(unknown.studies);
  });

  it('gives the pieces asked for and omits what is empty then', async () => {
    const fields =
      'NCTId,protocolSection.statusModule.overallStatus,protocolSection.contactsLocationsModule.locations.city';
    const { studies } = await list({ fields, pageSize: '1', 'filter.ids': 'NCT09900001' });
    expect(studies).toEqual([
      {
        protocolSection: {
          identificationModule: { nctId: 'NCT09900001' },
          statusModule: { overallStatus: 'UNKNOWN' },
          contactsLocationsModule: {
            locations: [{ city: 'Bergen' }, { city: 'Bergen' }, { city: 'Aarhus' }],
          },
        },
      },
    ]);
  });

  it('sends an obsolete id on without its fields', async () => {
    const response = await ask('/studies/NCT09900090', { fields: 'NCTId' });
    expect([response.status, response.headers.get('location')]).toEqual([301, '/api/v2/studies/NCT09900001']);
  });

  it.each([
    [{ bogusParam: '1' }, '`bogusParam` is unknown parameter'],
    [{ sort: 'BriefTitle' }, 'Field `BriefTitle` in parameter `sort` is not sortable'],
    [{ fields: 'Nonsense' }, 'Field `Nonsense` in parameter `fields` is unknown'],
    [{ 'filter.advanced': 'AREA[' }, 'Cannot parse parameter `filter.advanced`: `AREA[`'],
    [{ pageToken: '~' }, 'Parameter `pageToken` has incorrect format'],
  ])('refuses %j with a line of text', async (parameters, text) => {
    const response = await ask('/studies', parameters as Record<string, string>);
    expect([response.status, await response.text()]).toEqual([400, text]);
  });
});
