import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { serveRecordedRegistry } from '../../../src/demo/recorded-registry.ts';
import { startEmbedded } from '../../../src/embedded-postgres/start.ts';
import { makeDataDir } from '../../support/program.ts';
import { readCommands, runCommands } from '../../support/runbook.ts';
import { withClient } from '../../support/servers.ts';
import { study } from '../../support/study.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** An installation with a reader; `run` runs a block of docs/upgrading.md on it. */
async function openInstallation() {
  const folder = makeDataDir();
  closers.push(folder.remove);
  const days = [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }];
  const recorded = await serveRecordedRegistry({ days });
  closers.push(recorded.close);
  const dataDir = join(folder.path, 'data');
  const env = {
    DATA_DIR: dataDir,
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    ADMIN_EMAILS: 'a@example.org',
  };
  const fill = { BACKUP: join(folder.path, 'kept') };
  const type = (block: string) => runCommands(block, { env, folder: folder.path, fill });
  const run = (heading: string, block: number) =>
    type(readCommands(heading, 'upgrading.md')[block] ?? 'exit 99');
  const inDatabase = async (statement: string) => {
    const { url, release } = await startEmbedded({ dataDir });
    await withClient(url, (client) => client.query(statement)).finally(release);
  };
  return { type, run, inDatabase };
}

it('R11: docs/upgrading.md: a backup, the newest schema, and the way back from one that is newer still', async () => {
  const { type, run, inDatabase } = await openInstallation();
  const subscribe = 'npx trialbell subscribe ann@example.net --trial NCT09900001 --confirmed --consent paper';
  expect(await type(subscribe)).toMatchObject({ code: 0 });
  expect(await run('Step by step', 0)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 trials/) });
  const upgraded = await run('Step by step', 1);
  expect(upgraded.stdout).toContain('The database is at the newest schema.');
  expect(upgraded.stdout).toMatch(/ok {4}The database answers and has the newest schema/);

  // As a newer version leaves it behind.
  await inDatabase(`alter table subscribers add column later text;
    insert into kysely_migration values ('999-later', '2027-01-01T00:00:00.000Z')`);
  const older = await type('npx trialbell start');
  expect(older).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/made by a newer Trialbell \(it has 999-later\)/),
  });
  const back = await run('The way back', 0);
  expect(back.stdout).toMatch(/^1 trials, 1 subscribers/);
  expect(back.stdout).toMatch(
    /ok {4}The database answers and has the newest schema; the secret key matches it\./,
  );
  expect((await type(`${subscribe} --json`)).stdout).toContain('"isNew":false');
});
