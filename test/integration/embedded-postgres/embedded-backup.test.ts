import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RecordedRegistry, serveRecordedRegistry } from '../../../src/demo/recorded-registry.ts';
import { expectSentence, makeDataDir, runProgram } from '../../support/program.ts';
import { study } from '../../support/study.ts';

let recorded: RecordedRegistry;
const folders = [makeDataDir(), makeDataDir(), makeDataDir()] as const;
const [home, elsewhere, files] = folders;
beforeAll(async () => {
  const days = [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }];
  recorded = await serveRecordedRegistry({ days });
});
afterAll(async () => {
  await recorded.close();
  for (const folder of folders) folder.remove();
});

const run = (args: string[], dataDir: string, env: Record<string, string> = {}) =>
  runProgram(args, {
    DATA_DIR: dataDir,
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    ...env,
  });
const file = (name: string) => join(files.path, name);
const keyOf = (folder: { path: string }) => join(folder.path, 'secret-key');

it('R10: the verbs carry the embedded database and its key to another machine', async () => {
  const wish = ['--trial', 'NCT09900001', '--confirmed', '--consent', 'on paper'];
  expect(await run(['subscribe', 'ann@example.net', ...wish], home.path)).toMatchObject({ code: 0 });
  const made = await run(['backup', file('all')], home.path);
  expect(made).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^1 trials, 1 subscribers and 0 emails.*It contains the secret key/s),
  });
  expect(statSync(file('all')).mode & 0o777).toBe(0o600);
  expectSentence(await run(['backup', file('all')], home.path), 1, /already exists.*--replace/);
  const keyless = await run(['backup', file('keyless'), '--without-key'], home.path);
  expect(keyless.stdout).toContain(`keep ${keyOf(home)} as well`);

  // Without the key nothing is restored; and a refusal leaves no key behind.
  expectSentence(
    await run(['restore', file('keyless')], elsewhere.path),
    1,
    /does not contain its secret key/,
  );
  expectSentence(
    await run(['restore', file('all')], elsewhere.path, {
      SECRET_KEY: 'another key, of thirty-two characters',
    }),
    1,
    /SECRET_KEY is not the key/,
  );
  expect(existsSync(keyOf(elsewhere))).toBe(false);
  writeFileSync(keyOf(elsewhere), 'another key, of thirty-two characters\n', { mode: 0o600 });
  expectSentence(
    await run(['restore', file('all')], elsewhere.path),
    1,
    /secret-key is not the key.*move it away/,
  );
  renameSync(keyOf(elsewhere), file('former-key'));

  const restored = await run(['restore', file('all')], elsewhere.path);
  expect(restored).toMatchObject({ code: 0, stdout: expect.stringMatching(/^1 trials, 1 subscribers/) });
  expect(statSync(keyOf(elsewhere)).mode & 0o777).toBe(0o600);
  expect(readFileSync(keyOf(elsewhere))).toEqual(readFileSync(keyOf(home)));
  // It is the same person there: nobody is added, and the address can be read.
  const again = await run(['subscribe', 'ann@example.net', ...wish, '--json'], elsewhere.path);
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('"isNew":false') });
  expectSentence(
    await run(['restore', file('keyless')], elsewhere.path),
    1,
    /not empty.*1 subscribers.*--replace/,
  );
  expect(await run(['restore', file('keyless'), '--replace'], elsewhere.path)).toMatchObject({ code: 0 });
  const doctor = await run(['doctor'], home.path);
  expect(doctor.stdout).toMatch(/last backup.*20\d\d-/i);
});

it('R10: with a database of one’s own the verbs name its tools instead', async () => {
  const own = {
    DATABASE_URL: 'postgres://127.0.0.1:1/x',
    SECRET_KEY: 'a key, of more than thirty-two characters',
  };
  const [backup, restore] = await Promise.all([
    run(['backup', file('own')], home.path, own),
    run(['restore', file('own')], home.path, own),
  ]);
  expectSentence(backup, 2, /pg_dump --format=custom --exclude-schema=bullmq/);
  expectSentence(restore, 2, /pg_restore/);
});
