import { afterEach, expect, it } from 'vitest';
import { euTrialId, euTrialsByDay } from '../../src/demo/eu-trials.ts';
import { serveRecordedCtis } from '../../src/demo/recorded-ctis.ts';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { createTestDatabase } from '../support/database.ts';
import { makeDataDir, runProgram, serverVariables } from '../support/program.ts';
import { serveRecordedIsrctn } from '../support/recorded-isrctn.ts';
import { study } from '../support/study.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A day, counted from today: the program that subscribes goes by the real clock. */
const day = (from: number) => new Date(Date.now() + from * 86_400_000).toISOString().slice(0, 10);

it('one round reads the three registries and says of each how it went', async () => {
  const studies = (status: string, updatedOn: string) => [study('NCT09900001', { status, updatedOn })];
  const ctgov = await serveRecordedRegistry({
    days: [
      { timestamp: `${day(0)}T00:00:04`, studies: studies('RECRUITING', day(0)) },
      { timestamp: `${day(1)}T09:00:04`, studies: studies('SUSPENDED', day(1)) },
    ],
  });
  const [before = [], after = []] = euTrialsByDay();
  const ctis = await serveRecordedCtis(before);
  const record = {
    digits: '90000001',
    edited: `${day(-2)}T12:00:00.123456Z`,
    start: day(-300),
    end: day(90),
  };
  const isrctn = await serveRecordedIsrctn([{ ...record, finish: day(400) }]);
  const database = await createTestDatabase();
  const folder = makeDataDir();
  closers.push(folder.remove, database.drop, ctgov.close, ctis.close, isrctn.close);
  const env = {
    ...(await serverVariables(database.url)),
    DATA_DIR: folder.path,
    BASE_URL: 'http://localhost:3000',
    ...{ CTGOV_URL: ctgov.url, CTIS_URL: ctis.url, ISRCTN_URL: isrctn.url },
    ...{ CTGOV_PACE_MS: '0', CTIS_PACE_MS: '0', ISRCTN_PACE_MS: '0' },
  };
  const once = async (...args: string[]) => {
    const { stdout } = await runProgram(['once', '--json', ...args], env);
    return JSON.parse(stdout).registries;
  };
  const trials = ['NCT09900001', euTrialId, 'ISRCTN90000001'].flatMap((one) => ['--trial', one]);
  const how = ['--confirmed', '--consent', 'on paper', ...trials];
  expect((await runProgram(['subscribe', 'ann@example.net', ...how], env)).stderr).toBe('');
  expect(Object.keys(await once()).toSorted()).toEqual(['ctgov', 'ctis', 'isrctn']);

  ctgov.setDay(1);
  ctis.setTrials(after);
  isrctn.setRecords([{ ...record, edited: `${day(0)}T23:00:00Z`, end: day(0), finish: day(400) }]);
  const second = await once('--as-of', `${day(1)}T12:00:00Z`);
  for (const registry of ['ctgov', 'ctis', 'isrctn'])
    expect([registry, second[registry]]).toMatchObject([registry, { outcome: 'completed', changed: 1 }]);
});
