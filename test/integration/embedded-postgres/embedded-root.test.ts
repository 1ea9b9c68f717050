import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { stateDir } from '../../../src/embedded-postgres/location.ts';
import {
  cleanUp,
  copyProject,
  type EmbeddedClient,
  findOrdinaryUser,
  isGone,
  makeTestFolder,
  query,
  serverPid,
  startClient,
} from '../../support/embedded-process.ts';

const isRoot = process.getuid?.() === 0;
const nobody = await findOrdinaryUser();

/** The server's folder of a client, out of its own words. */
const homeOf = (client: EmbeddedClient) =>
  / in (\/.*)\/data( as user .*)?$/.exec(client.told.where)?.[1] ?? '';

describe.skipIf(!isRoot)('the embedded PostgreSQL for root (only where these tests run as root)', () => {
  const away = new Set<string>();
  const pids = new Set<number>();
  afterEach(() => cleanUp([...away].flatMap((home) => [home, `${home}.old`])));
  afterAll(() => expect([...pids].filter((pid) => !isGone(pid))).toEqual([]));

  async function start(dataDir: string, options: { project?: string } = {}) {
    const client = await startClient(dataDir, options);
    const home = homeOf(client);
    if (home.startsWith(stateDir)) away.add(home);
    const pid = serverPid(join(home, 'data'));
    if (pid) pids.add(pid);
    return { ...client, home, pid };
  }

  /** A data folder no other user can come near, as in root's own home. */
  function makeHidden() {
    const dataDir = join(makeTestFolder(null, 0o700), 'clone', '.trialbell');
    mkdirSync(dataDir, { recursive: true });
    return dataDir;
  }

  it("lies among the system's state when the folder cannot be entered, says where, and is found there again", async () => {
    const dataDir = makeHidden();
    const first = await start(dataDir);
    expect(dirname(first.home)).toBe(stateDir);
    expect(first.told.notice).toContain(first.home);
    expect(first.told.notice).toContain(dataDir);
    expect(statSync(join(first.home, 'data')).uid).not.toBe(0);
    expect(statSync(join(first.home, 'data')).mode & 0o777).toBe(0o700);
    const password = statSync(join(dataDir, 'postgres', 'password'));
    expect([password.uid, password.mode & 0o777]).toEqual([0, 0o600]);
    await query(first.told.url, 'create table kept (id int)');
    await first.end();
    const second = await start(dataDir);
    expect(second.home).toBe(first.home);
    expect(await query(second.told.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  });

  it('runs copies of its programs when their folder cannot be entered, made once by two clones at once', async () => {
    const project = copyProject(0o700);
    const [one, two] = [makeHidden(), makeHidden()];
    const clients = await Promise.all([start(one, { project }), start(two, { project })]);
    expect(clients.map(({ told }) => told.message)).toEqual([undefined, undefined]);
    expect(new Set(clients.map(({ home }) => home)).size).toBe(2);
    for (const { told } of clients) expect(await query(told.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(readdirSync(stateDir).filter((name) => name.startsWith('postgresql-')).length).toBeGreaterThan(0);
  });

  it('follows a folder that was moved, even while its server lived on', async () => {
    const dataDir = makeHidden();
    const first = await start(dataDir);
    await query(first.told.url, 'create table kept (id int)');
    await first.end('SIGKILL');
    const moved = join(makeTestFolder(null, 0o700), 'moved');
    renameSync(dataDir, moved);
    const second = await start(moved);
    expect(second.home).not.toBe(first.home);
    expect(existsSync(first.home)).toBe(false);
    expect(await query(second.told.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
    if (first.pid) expect(isGone(first.pid)).toBe(true);
  });

  it('does not share a database between a folder and its copy', async () => {
    const dataDir = makeHidden();
    const first = await start(dataDir);
    const copy = join(makeTestFolder(null, 0o700), 'copy');
    cpSync(dataDir, copy, { recursive: true });
    const { told } = await start(copy);
    expect(told.message).toMatch(/is a copy of .*DATABASE_URL/);
    expect(await query(first.told.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('begins anew, and keeps the former data aside, when the folder was deleted under a living server', async () => {
    const dataDir = makeHidden();
    const first = await start(dataDir);
    await first.end('SIGKILL');
    rmSync(dataDir, { recursive: true });
    const second = await start(dataDir);
    expect(second.home).toBe(first.home);
    expect(second.told.notice).toContain(`${first.home}.old`);
    expect(existsSync(join(`${first.home}.old`, 'data', 'PG_VERSION'))).toBe(true);
    if (first.pid) expect(isGone(first.pid)).toBe(true);
    expect(await query(second.told.url, "select to_regclass('kept') as kept")).toEqual([{ kept: null }]);
  });

  it("runs an ordinary user's data as that user, and leaves them usable to them", async () => {
    const dataDir = makeTestFolder(nobody);
    const first = await startClient(dataDir, { user: nobody });
    await query(first.told.url, 'create table kept (id int)');
    await first.end();
    const second = await start(dataDir);
    expect(second.told.where).toContain(`as user ${nobody?.name}`);
    await second.end();
    const third = await startClient(dataDir, { user: nobody });
    expect(third.told.message).toBeUndefined();
    expect(await query(third.told.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }]);
  });

  it("refuses root's data to an ordinary user with a sentence", async () => {
    const dataDir = makeTestFolder(null, 0o777);
    await (await start(dataDir)).end();
    const { told } = await startClient(dataDir, { user: nobody });
    expect(told.fault).toBe('TrialbellError');
    expect(told.message).toMatch(/made by root.*chown.*DATA_DIR.*DATABASE_URL/);
  });
});
