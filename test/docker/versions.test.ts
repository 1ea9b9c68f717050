import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folder, type Installation, install } from './installation.ts';

const id = 'NCT09900001';
let place: Installation;
/** The dump of the version before, as its administrator writes it. */
let dump = '';
beforeAll(async () => {
  place = await install({ [id]: { status: 'NOT_YET_RECRUITING' } });
  place.setEnv({ COMPOSE_PROFILES: 'backup' });
  await place.must('docker compose build\ndocker compose up -d --wait');
  await place.follow('ann@example.net', id);
});
afterAll(() => place.remove());

const dumps = () =>
  readdirSync(place.engine.path(folder, 'backups'))
    .filter((name) => name.endsWith('.dump'))
    .sort();

it('O7: a dump is written each day, for its owner alone, old ones go, and one can be made at once', async () => {
  expect(await place.states('backup')).toMatchObject([{ State: 'running', Health: 'healthy' }]);
  const [first = ''] = dumps();
  expect(statSync(place.engine.path(folder, 'backups', first)).mode & 0o777).toBe(0o600);
  const [old, young] = ['trialbell-2026-01-01T000000Z.dump', 'trialbell-2026-01-02T000000Z.dump'];
  for (const [name, days] of [
    [old, 16],
    [young, 13],
  ] as const) {
    const path = place.engine.path(folder, 'backups', name);
    writeFileSync(path, '');
    const at = new Date(Date.now() - days * 86_400_000);
    utimesSync(path, at, at);
  }
  await place.must('docker compose restart backup');
  await expect.poll(() => dumps().includes(old)).toBe(false);
  expect(dumps()).toContain(young);

  const said = await place.documented('Backup');
  dump = /backups\/(trialbell-\S+\.dump)/.exec(said)?.[1] ?? '';
  expect(dumps()).toContain(dump);
});

it('O7: the next version is built beside the old one and brings the schema with it', async () => {
  await place.follow('bob@example.net', id);
  // As fetching a version with another migration.
  const list = place.engine.path(folder, 'src/db/maintenance/migrate.ts');
  writeFileSync(
    place.engine.path(folder, 'src/db/migrations/999-next.ts'),
    "import { type Kysely, sql } from 'kysely';\nexport const up = (db: Kysely<unknown>) => sql`alter table subscribers add column next text`.execute(db);\n",
  );
  writeFileSync(
    list,
    `import * as next from '../migrations/999-next.ts';\n${readFileSync(list, 'utf8').replace(/^};$/m, "  '999-next': next,\n};")}`,
  );
  place.setEnv({ TRIALBELL_TAG: '0.9.0' });
  await place.documented('Upgrade');
  expect(await place.states('trialbell')).toMatchObject([{ Health: 'healthy', Image: 'trialbell:0.9.0' }]);
  expect(await place.sql('select name from kysely_migration order by name desc limit 1')).toBe('999-next\n');
  expect(await place.sql('select count(*) from subscribers')).toBe('2\n');
});

it('O7: the old version refuses the newer schema in words, and starts from the backup before it', async () => {
  place.setEnv({ TRIALBELL_TAG: '0.2.0' });
  const refused = await place.run('docker compose up -d --wait');
  expect(refused.code).not.toBe(0);
  expect(await place.must('docker compose logs trialbell')).toContain(
    'The database was made by a newer Trialbell (it has 999-next).',
  );

  await place.documented('Restore', 0, { FILE: `backups/${dump}` });
  expect(await place.states('trialbell')).toMatchObject([{ Health: 'healthy', Image: 'trialbell:0.2.0' }]);
  expect(await place.sql('select count(*) from subscribers')).toBe('1\n');
  await place.publish({ [id]: { status: 'RECRUITING' } });
  await place.postbox.awaitMail('ann@example.net', '→ ● recruiting');
});
