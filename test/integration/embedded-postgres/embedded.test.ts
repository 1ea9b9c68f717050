import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { OsUser } from '../../../src/embedded-postgres/command.ts';
import {
  cleanUp,
  findOrdinaryUser,
  findReachableProject,
  isGone,
  launchClient,
  makeTestFolder,
  query,
  serverPid,
  startClient,
  waitUntil,
} from '../../support/embedded-process.ts';

const ordinary = await findOrdinaryUser();
const users: [string, OsUser | null][] = ordinary
  ? [
      ['root', null],
      [`the ordinary user ${ordinary.name}`, ordinary],
    ]
  : [['this ordinary user', null]];

describe.each(users)('the embedded PostgreSQL, used by %s', (_name, user) => {
  const pids = new Set<number>();
  afterEach(() => cleanUp());
  afterAll(() => expect([...pids].filter((pid) => !isGone(pid))).toEqual([]));

  const dataOf = (dataDir: string) => join(dataDir, 'postgres', 'server', 'data');
  const pidOf = (dataDir: string) => {
    const pid = serverPid(dataOf(dataDir));
    if (pid === null) throw new Error('no server runs');
    pids.add(pid);
    return pid;
  };
  const start = (dataDir: string) => startClient(dataDir, { user });

  it('speaks UTF-8 without LANG, on loopback only, and keeps its password to itself', async () => {
    const dataDir = makeTestFolder(user);
    const { told } = await start(dataDir);
    pidOf(dataDir);
    expect(told.notice).toBeNull();
    expect(told.where).toContain(dataOf(dataDir));
    const [row] = await query(
      told.url,
      `select current_setting('server_encoding') as encoding, current_setting('server_version_num')::int / 10000 as major,
         current_setting('listen_addresses') as addresses,
         current_setting('max_connections')::int as connections, current_setting('fsync') as fsync, current_database() as name,
         lower('ÅÉÑ Σ') as lower, (select rolsuper from pg_roles where rolname = current_user) as super`,
    );
    expect(row).toEqual({
      ...{ encoding: 'UTF8', major: 18, addresses: '127.0.0.1', connections: 200, fsync: 'on' },
      ...{ name: 'trialbell', lower: 'åéñ σ', super: false },
    });
    const superuser = new URL(told.url);
    superuser.username = 'postgres';
    expect(await query(superuser.href, 'show unix_socket_directories')).toEqual([
      { unix_socket_directories: '' },
    ]);
    const password = statSync(join(dataDir, 'postgres', 'password'));
    expect(password.mode & 0o777).toBe(0o600);
    expect(password.uid).toBe(statSync(dataDir).uid);
    expect(statSync(dataOf(dataDir)).mode & 0o777).toBe(0o700);
    const wrong = told.url.replace(/:[^:@/]+@/, ':wrong@');
    await expect(query(wrong, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('is shared by several processes; the last one out stops it; a restart keeps the data and the address', async () => {
    const dataDir = makeTestFolder(user);
    const first = await start(dataDir);
    const pid = pidOf(dataDir);
    await query(first.told.url, 'create table kept (id int); insert into kept values (7)');
    const second = await start(dataDir);
    expect(pidOf(dataDir)).toBe(pid);
    expect(second.told.url).toBe(first.told.url);
    await first.end();
    expect(await query(second.told.url, 'select id from kept')).toEqual([{ id: 7 }]);
    await second.end();
    expect(isGone(pid)).toBe(true);
    const third = await start(dataDir);
    expect(pidOf(dataDir)).not.toBe(pid);
    expect(third.told.url).toBe(first.told.url);
    expect(await query(third.told.url, 'select id from kept')).toEqual([{ id: 7 }]);
  });

  it('is one server when three processes start at once for the first time', async () => {
    const dataDir = makeTestFolder(user);
    const clients = await Promise.all([start(dataDir), start(dataDir), start(dataDir)]);
    const pid = pidOf(dataDir);
    expect(new Set(clients.map(({ told }) => told.url)).size).toBe(1);
    expect(await query(clients[0].told.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await Promise.all(clients.map((client) => client.end()));
    expect(isGone(pid)).toBe(true);
  });

  it('lives on when a process is killed, and when all are; the next start joins it', async () => {
    const dataDir = makeTestFolder(user);
    const [first, second] = [await start(dataDir), await start(dataDir)];
    const pid = pidOf(dataDir);
    await first.end('SIGKILL');
    expect(await query(second.told.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.end('SIGKILL');
    expect(isGone(pid)).toBe(false);
    const third = await start(dataDir);
    expect(pidOf(dataDir)).toBe(pid);
    await third.end();
    expect(isGone(pid)).toBe(true);
  });

  it('recovers committed data after the server was killed with nobody connected', async () => {
    const dataDir = makeTestFolder(user);
    const first = await start(dataDir);
    const pid = pidOf(dataDir);
    await query(first.told.url, 'create table kept (id int); insert into kept values (8)');
    await first.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    expect(existsSync(join(dataOf(dataDir), 'postmaster.pid'))).toBe(true);
    const second = await start(dataDir);
    expect(pidOf(dataDir)).not.toBe(pid);
    expect(await query(second.told.url, 'select id from kept')).toEqual([{ id: 8 }]);
  });

  it('is started again at the same address when the server is killed under its users', async () => {
    const dataDir = makeTestFolder(user);
    const [first, second] = [await start(dataDir), await start(dataDir)];
    const pid = pidOf(dataDir);
    process.kill(pid, 'SIGKILL');
    await waitUntil('the database answers again', () =>
      query(first.told.url, 'select 1').then(
        () => true,
        () => false,
      ),
    );
    const again = pidOf(dataDir);
    expect(again).not.toBe(pid);
    await waitUntil('it is told', () => (first.log() + second.log()).includes('started again'));
    await first.end();
    await second.end();
    expect(isGone(again)).toBe(true);
  });

  it('is not deceived by a dead server whose process number another process has now', async () => {
    const dataDir = makeTestFolder(user);
    const first = await start(dataDir);
    const pid = pidOf(dataDir);
    await first.end('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await waitUntil('the server has ended', () => isGone(pid));
    const file = join(dataOf(dataDir), 'postmaster.pid');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)));
    const second = await start(dataDir);
    expect(second.told.fault).toBeUndefined();
    expect(pidOf(dataDir)).not.toBe(process.pid);
  });

  it('is stopped by a process that ends without giving it up', async () => {
    const dataDir = makeTestFolder(user);
    const { told } = await startClient(dataDir, { user, ending: 'exit' });
    expect(told.fault).toBeUndefined();
    await waitUntil('the server has ended', () => serverPid(dataOf(dataDir)) === null);
    const again = await start(dataDir);
    pidOf(dataDir);
    expect(again.told.url).toBe(told.url);
  });

  it('begins anew after a first start that was killed half-way', async () => {
    const dataDir = makeTestFolder(user);
    const killed = launchClient(dataDir, { user, project: await findReachableProject() });
    await waitUntil('data are being made', () => existsSync(join(dataDir, 'postgres', 'password')));
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { told } = await start(dataDir);
    pidOf(dataDir);
    expect(await query(told.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});
