import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { inject } from 'vitest';
import { type RecordedDay, serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import type { Ran } from '../support/program.ts';
import { readCommands } from '../support/runbook.ts';
import { type StudyParts, study } from '../support/study.ts';
import { Engine } from './engine.ts';
import { outside } from './outside.ts';
import { startPostbox } from './postbox.ts';

const root = join(import.meta.dirname, '../..');
/** Where the checkout is, as the engine sees it. */
export const folder = '/srv/trialbell';

/** Where the pages are for a browser on the containers' host. */
export const site = 'http://127.0.0.1:3000';

/** A zone in which nobody sleeps now, so that news go out at once. */
export const daytime = () =>
  Intl.supportedValuesOf('timeZone').find(
    (zone) => new Date().toLocaleString('en', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' }) === '12',
  ) ?? 'UTC';

/** A checkout made under umask 077, its `.env`, and a registry and a mail server outside. */
export async function install(trials: Record<string, StudyParts>) {
  const engine = new Engine(inject('enginePid'));
  const days: RecordedDay[] = [];
  const turn = (next: Record<string, StudyParts>) => {
    // Each day's data is a minute younger than the last one's, and none is of the future.
    const at = new Date(Date.now() + (days.length - 60) * 60_000).toISOString().slice(0, 19);
    const studies = Object.entries(next).map(([id, parts]) =>
      study(id, { updatedOn: at.slice(0, 10), ...parts }),
    );
    days.push({ timestamp: at, studies });
  };
  turn(trials);
  const registry = await serveRecordedRegistry({ days, host: outside });
  const postbox = await startPostbox();

  const files = ['-z', '--cached', '--others', '--exclude-standard'];
  const names = execFileSync('git', ['ls-files', ...files, '--', '.', ':!test', ':!findings'], { cwd: root });
  const tar = execFileSync('tar', ['--create', '--null', '--ignore-failed-read', '--files-from=-'], {
    cwd: root,
    input: names,
    maxBuffer: 2 ** 28,
  });
  const unpack = `umask 077\nrm -rf ${folder} && mkdir -p ${folder}\ntar --extract --no-same-permissions --no-same-owner --directory=${folder}`;
  await engine.must(unpack, { input: Readable.from(tar) });

  const run = (script: string, input?: Readable) =>
    engine.run(script, { folder, ...(input ? { input } : {}) });
  const must = (script: string) =>
    engine.must(script, { folder }).catch(async (error: Error) => {
      const states = await run(
        'docker compose logs --tail 20; docker inspect --format "{{json .State}}" $(docker compose ps -aq)',
      );
      throw new Error(`${error.message}\n${states.stdout}`);
    });
  const place = {
    /** Ends every container and deletes its data. */
    async remove(): Promise<void> {
      await must('docker compose --profile "*" down --volumes --timeout 5');
      await Promise.all([registry.close(), postbox.close()]);
    },
    engine,
    postbox,
    run,
    must,
    /** Runs a block of docs/docker.md, with what is in capitals filled in. */
    documented(heading: string, block = 0, fill: Record<string, string> = {}): Promise<string> {
      const text = readCommands(heading, 'docker.md')[block] ?? 'exit 99';
      const filled = Object.entries(fill).reduce((said, [name, value]) => said.replaceAll(name, value), text);
      return must(filled);
    },
    /** Runs a verb in the running program. */
    trialbell: (verb: string): Promise<Ran> => run(`docker compose exec -T trialbell trialbell ${verb}`),
    /** Kills the processes of services (`worker send`), as a fault would, and lets the two minutes pass for which they hold mails. */
    async crash(services: string): Promise<void> {
      const ids = (await must(`docker compose ps --quiet ${services}`)).trim().split('\n');
      await must(`kill -9 $(docker inspect --format '{{.State.Pid}}' ${ids.join(' ')})`);
      const holders = ids.map((id) => `'${id.slice(0, 12)}/%'`);
      await place.sql(
        `update deliveries set lease_until = now() where lease_until > now() and holder like any (array[${holders}])`,
      );
    },
    /** Adds somebody who follows a trial, and gets news at once. */
    follow: (email: string, id: string): Promise<string> =>
      must(
        `docker compose exec -T trialbell trialbell subscribe ${email} --trial ${id} --frequency immediate --timezone ${daytime()} --confirmed --consent 'signed form'`,
      ),
    /** Writes variables into `.env`, in place of what stands there, commented out or not. */
    setEnv(values: Record<string, string>): void {
      const path = engine.path(folder, '.env');
      const text = Object.entries(values).reduce(
        (said, [name, value]) => {
          const line = new RegExp(`^(# )?${name}=.*$`, 'm');
          return line.test(said) ? said.replace(line, `${name}=${value}`) : `${said}${name}=${value}\n`;
        },
        readFileSync(path, 'utf8'),
      );
      writeFileSync(path, text);
    },
    /** Publishes another day at the registry, and lets the running program see it now, not in a quarter of an hour. */
    async publish(next: Record<string, StudyParts>): Promise<void> {
      turn(next);
      registry.setDay(days.length - 1);
      await place.sql("update leases set expires_at = now() where name = 'tick:poll'");
    },
    /** What the database answers, unaligned. */
    sql: (statement: string): Promise<string> =>
      engine.must(
        'docker compose exec -T postgres psql --username=trialbell --tuples-only --no-align --quiet',
        { folder, input: Readable.from([statement]) },
      ),
    /** Says of each container of a service whether it is running and healthy, and how. */
    async states(service: string): Promise<{ State: string; Health: string; Image: string; ID: string }[]> {
      const lines = await must(`docker compose ps --all --format json ${service}`);
      return lines
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
  };
  await must('cp .env.example .env\nchmod 600 .env');
  place.setEnv({
    POSTGRES_PASSWORD: (await must('openssl rand -hex 24')).trim(),
    SECRET_KEY: (await must('openssl rand -hex 32')).trim(),
    SMTP_URL: postbox.url,
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
    BASE_URL: site,
    CTGOV_URL: registry.url,
    CTGOV_PACE_MS: '0',
    // Nobody answers there.
    ISRCTN_URL: `http://${outside}:9`,
    CTIS_URL: `http://${outside}:9`,
    ADMIN_EMAILS: 'volunteer@example.org',
  });
  return place;
}

export type Installation = Awaited<ReturnType<typeof install>>;
