import { afterEach, beforeEach, expect } from 'vitest';
import { makeDataDir, type Ran, type Running, serverVariables, startProgram } from './program.ts';
import { readCommands, runCommands } from './runbook.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts';
import { study } from './study.ts';
import { useWorlds, type World, type WorldOptions } from './world.ts';

export const admin = 'volunteer@example.org';
export const reader = 'ann@example.net';
export const trial = 'NCT09900001';
const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
/** A registry's timestamp some hours ago. */
export const stamp = (hours: number) => ago(hours).slice(0, 19);
export const today = ago(0).slice(0, 10);
/** A zone in which it is about noon: mail at once waits for no morning. */
export const noonZone = () => {
  const offset = 12 - new Date().getUTCHours();
  return `Etc/GMT${offset > 0 ? '-' : '+'}${Math.abs(offset)}`;
};
/** The current state of the trial. */
export const suspended = { status: 'SUSPENDED', updatedOn: today };

/** A world with the real clock, which commands use. `run` runs the n-th block of a runbook entry against it. */
export type Installation = {
  world: World;
  env: Record<string, string>;
  run(heading: string, block: number, fill?: Record<string, string>): Promise<Ran>;
};

/** The tools of a runbook test file: worlds, a folder to run commands in, and closers for after each test. */
export type Runbook = {
  closers: (() => unknown)[];
  folder(): string;
  openToday(options?: WorldOptions & { smtpUrl?: string }): Promise<Installation>;
  /** The same with a mail server, and a digest owed to the reader. */
  openOwed(): Promise<Installation & { sink: SmtpSink }>;
  /** Runs the program until something is so; it is ended after the test. */
  startUntil(
    env: Record<string, string>,
    args: string[],
    isSo: (running: Running) => boolean | Promise<boolean>,
  ): Promise<void>;
};

/** Sets up a runbook test file. */
export function useRunbook(): Runbook {
  const openWorld = useWorlds();
  const closers: (() => unknown)[] = [];
  let folder = '';
  beforeEach(() => {
    const made = makeDataDir();
    closers.push(made.remove);
    folder = made.path;
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const openToday: Runbook['openToday'] = async ({ smtpUrl, ...rest } = {}) => {
    const world = await openWorld({
      now: ago(0),
      days: [{ timestamp: stamp(30), studies: [study(trial)] }],
      ...rest,
      config: { adminEmails: [admin], ...(smtpUrl ? { smtpUrl, baseUrl: 'http://localhost:3000' } : {}) },
    });
    const env: Record<string, string> = {
      ...(await serverVariables(world.databaseUrl)),
      DATA_DIR: world.context.config.dataDir,
      REGISTRIES: 'ctgov',
      CTGOV_URL: world.recorded.url,
      CTGOV_PACE_MS: '0',
      ADMIN_EMAILS: admin,
      ...(smtpUrl ? { SMTP_URL: smtpUrl } : {}),
    };
    return {
      world,
      env,
      run: (heading, block, fill = {}) =>
        runCommands(readCommands(heading)[block] ?? 'exit 99', { env, folder, fill }),
    };
  };

  return {
    closers,
    folder: () => folder,
    openToday,
    async openOwed() {
      const sink = await startSmtpSink();
      closers.push(sink.close);
      const opened = await openToday({ smtpUrl: sink.url });
      await opened.world.round();
      await opened.world.subscribe(reader, {
        trials: [trial],
        frequency: 'immediate',
        timezone: noonZone(),
      });
      opened.world.refresh(stamp(1), [study(trial, suspended)]);
      return { ...opened, sink };
    },
    async startUntil(env, args, isSo) {
      const running = startProgram(args, env);
      closers.push(async () => {
        running.child.kill('SIGTERM');
        await running.ended;
      });
      await expect.poll(() => isSo(running), { timeout: 180_000, message: running.stderr() }).toBe(true);
    },
  };
}
