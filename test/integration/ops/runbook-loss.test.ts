import { join } from 'node:path';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { askForAdminLink } from '../../support/admin-sign-in.ts';
import { servePages } from '../../support/pages.ts';
import { readCommands, runCommands } from '../../support/runbook.ts';
import { admin, reader, trial, useRunbook } from '../../support/runbook-world.ts';

const { closers, folder, openToday } = useRunbook();

describe('the runbook, where something is lost', () => {
  it('The secret key is lost or wrong, After a loss', async () => {
    const { world, env: own } = await openToday();
    const { DATABASE_URL: _database, SECRET_KEY: _key, REDIS_URL: _redis, ...rest } = own;
    const dataDir = join(folder(), 'data');
    const env: Record<string, string> = { ...rest, DATA_DIR: dataDir };
    const run = (script: string) =>
      runCommands(script, { env, folder: folder(), fill: { BACKUP: join(folder(), 'kept') } });
    const block = (heading: string) => run(readCommands(heading)[0] ?? 'exit 99');
    const added = await run(
      `npx trialbell subscribe ${reader} --trial ${trial} --confirmed --consent paper && npx trialbell backup kept`,
    );
    expect(added).toMatchObject({ code: 0 });

    await run('rm data/secret-key');
    expect((await run('npx trialbell runs')).stderr).toMatch(/made with another SECRET_KEY|secret/i);
    const mended = await block('The secret key is lost or wrong');
    expect(mended.stdout).toMatch(/the secret key matches it\./);
    const found = await run(
      `npx trialbell subscribe ${reader} --trial ${trial} --confirmed --consent paper --json`,
    );
    expect(found.stdout).toContain('"isNew":false');

    await run('rm -r data');
    const restored = await block('After a loss');
    expect(restored.stdout).toMatch(/^1 trials, 1 subscribers/m);
    expect(restored.stdout).toMatch(/^ctgov +unchanged/m);
    expect(restored.code).toBe(0);
    expect(await world.runs()).toEqual([]);
  });

  it('An admin cannot get in', async () => {
    const heading = 'An admin cannot get in';
    const { world, run } = await openToday();
    const pages = await servePages(world);
    closers.push(pages.close);
    const { db, keys } = world.context;
    await sql`insert into suppressions values (${keys.hashAddress(admin)}, 'hard-bounce', now())`.execute(db);
    expect(await askForAdminLink(world, pages, admin)).toBe('');
    const lifted = await run(heading, 0, { ADDRESS: admin });
    expect([lifted.code, lifted.stdout]).toEqual([0, expect.stringMatching(/was suppressed/)]);
    expect(await askForAdminLink(world, pages, admin)).toMatch(/^\/admin\/enter\//);
  });
});
