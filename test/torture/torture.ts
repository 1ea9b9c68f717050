import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { deliveriesAtOnce } from '../../src/jobs/delivery/send-job.ts';
import { type HostsVerdict, judgeHosts, untilSentAgain } from '../hosts/judge.ts';
import type { Host } from '../hosts/network.ts';
import { isNewcomer, signPeopleUp } from '../hosts/newcomers.ts';
import type { HostStage } from '../hosts/stage.ts';
import { createRandom } from '../support/random.ts';
import { clockSpeed, readClock, startClock } from './clock.ts';
import { countSent, drain, isAllAnswered, readLedger, ringAgain } from './drain.ts';
import { type Amounts, drawFaults, noAmounts } from './faults.ts';
import { addFollowers, collectEvidence, isAllTold, isFollower, showHostileDays } from './hostile.ts';
import { tellHostileStory } from './hostile-days.ts';
import { type HostileVerdict, judgeHostile } from './hostile-verdict.ts';
import {
  busyDomain,
  promiseDigests,
  promisedTrial,
  promisingDays,
  readerAddress,
  setDueTimes,
  suspended,
} from './people.ts';
import { type StoppableRedis, startSink } from './servers.ts';
import { type Stage, strike } from './strike.ts';
import { type Role, startTroupe, type Troupe, usualRoles } from './troupe.ts';
import { busiestSeconds, judge, judgeEachMail, type Verdict } from './verdict.ts';

/** What a run is made of. `databaseUrl` is an empty database; `redis` null: the queue runs on PostgreSQL. */
export type TortureOptions = {
  databaseUrl: string;
  redis: StoppableRedis | null;
  seed: number;
  digests: number;
  amounts: Amounts;
  /** How long things go wrong, in milliseconds; afterwards what is owed has `patienceMs` to go out. */
  duringMs: number;
  patienceMs: number;
  /** The registry's days go on meanwhile, with something wrong in each. */
  hostile?: boolean;
  /** Each process is on a host of its own, and pages are asked meanwhile. */
  hosts?: HostsOptions;
  /** The file that workers are started from; by default their source. */
  workerFile?: string;
  say?: (line: string) => void;
};

/** Hosts with their servers, what each host does, the one that serves pages, and how long one is cut off, in milliseconds. */
export type HostsOptions = { stage: HostStage; roles: Role[]; web: Host; partedMs: number };

/** The acts and results of a run. */
export type TortureReport = Verdict & {
  digests: number;
  done: Amounts;
  /** Faults of the mail server that met somebody, and those it turned away. */
  faultsMet: number;
  turnedAway: number;
  /** Mails to the busiest domain in its busiest ten seconds, and how many the cap allows, those under way included. */
  busiest: number;
  allowed: number;
  tookMs: number;
  /** What came of the hostile days; null without them. */
  hostile: (HostileVerdict & { mails: Verdict }) | null;
  /** What came of people who signed up meanwhile, and of hosts that were cut off; null on one host. */
  hosts: HostsVerdict | null;
};

/** The clock of the run; nobody is due before the workers work, and no hostile day is in the future. */
const startsAt = { usually: '2026-11-03T13:00:00.000Z', hostile: '2026-11-20T10:00:00.000Z' };
/** A machine that does not keep up gets this much more time for the faults. */
const mostStretched = 3;
const sendersAtOnce = 4 * deliveriesAtOnce;

/** Runs the program's workers against everything that can go wrong, and judges what came of it. */
export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const { databaseUrl, redis, seed, digests, duringMs, hosts } = options;
  const story = options.hostile ? tellHostileStory(new Map([[promisedTrial, suspended]])) : null;
  const first = promisingDays(story?.before);
  const recorded = await serveRecordedRegistry({ days: [...first, ...(story?.days ?? [])] });
  const place = hosts && {
    address: hosts.stage.network.address,
    certificate: hosts.stage.certificate,
  };
  const sink = await startSink(250, place);
  const rate = Math.max(3, Math.ceil((digests / 3 / duringMs) * 2_000));
  const env = {
    DATABASE_URL: databaseUrl,
    SECRET_KEY: 'a key of the tests alone, forty characters',
    ...(redis ? { REDIS_URL: redis.url } : {}),
    SMTP_URL: sink.url,
    BASE_URL: 'https://bell.example.org',
    REGISTRIES: 'ctgov',
    CTGOV_URL: recorded.url,
    CTGOV_PACE_MS: '0',
    MAIL_RATE_PER_DOMAIN: `${rate}`,
    LOG_LEVEL: 'silent',
    ...hosts?.stage.env,
  };
  let now = () => '2026-11-02T12:00:00.000Z';
  let app: App | null = null;
  let troupe: Troupe | null = null;
  try {
    app = await openApp(readConfig(env), { log: pino({ level: 'silent' }), now: () => now() });
    const setNow = (instant: string) => {
      now = () => instant;
    };
    await promiseDigests(app.context, digests, recorded, setNow, async (context) => {
      if (story) await addFollowers(context, story);
    });
    await app.queues();
    const clock = startClock(story ? startsAt.hostile : startsAt.usually);
    now = () => readClock(clock);
    const roles = hosts?.roles ?? usualRoles(seed % 2 === 0 ? 60_000 : -60_000, story ? 2 : 0);
    const file = options.workerFile;
    troupe = startTroupe({ env, clock, lockMs: 2_000, roles, ...(file ? { file } : {}) });
    await troupe.ready();
    await setDueTimes(app.context, drawDueTimes(options, now()));
    const done = noAmounts();
    const partedMs = hosts?.partedMs ?? 0;
    const stage: Stage = { app, databaseUrl, redis, troupe, sink, blows: [], done, partedMs };
    const startedMs = Date.now();
    const bell = ringAgain(app);
    const newcomers = hosts && signPeopleUp(`http://${hosts.web.address}:3000`);
    const shown = story && showHostileDays(stage, story, { recorded, firstDay: first.length, duringMs });
    const [read] = await Promise.all([shown, strikeAll(stage, options)]);
    if (newcomers) await untilSentAgain(stage, options.patienceMs);
    const signedUp = (await newcomers?.stop()) ?? [];
    const owed = Array.from({ length: digests }, (_, n) => readerAddress(n));
    const isDone = async ({ context }: App) =>
      (await countSent(stage.app, digests)) >= digests &&
      (!story || (await isAllTold(context.db))) &&
      (!hosts || (await isAllAnswered(stage.app)));
    await drain(stage, options, isDone);
    await bell.stop();
    const exitCodes = await troupe.stop();
    const { passages, faults: faultsMet, refused: turnedAway } = await sink.report();
    const ledger = await readLedger(app);
    const isReader = ({ to }: { to: string }) => !isFollower(to) && !isNewcomer(to);
    const verdict = judge({
      ...{ owed, blows: stage.blows },
      ledger: ledger.filter(isReader),
      passages: passages.filter(isReader),
    });
    const hostile = story && read ? judgeHostile(await collectEvidence(app.context, story, read)) : null;
    const mails = judgeEachMail({ ledger, passages, blows: stage.blows }, isFollower);
    if (hostile) verdict.breaches.push(...hostile.breaches, ...mails.breaches);
    const confirmations = hosts ? await readLedger(app, 'confirmation') : [];
    const evidence = { ledger: confirmations, passages, blows: stage.blows };
    const welcomed = hosts ? judgeHosts(evidence, signedUp) : null;
    if (welcomed) verdict.breaches.push(...welcomed.breaches);
    const busiest = busiestSeconds(passages, busyDomain, 10);
    const allowed = rate * 11 + sendersAtOnce;
    if (busiest > allowed)
      verdict.breaches.push(`${busiest} mails to one domain in ten seconds, ${allowed} allowed`);
    if (exitCodes.some((code) => code !== 0)) verdict.breaches.push(`SIGTERM ended with ${exitCodes}`);
    const tookMs = Date.now() - startedMs;
    const figures = { digests, done, faultsMet, turnedAway, busiest, allowed, tookMs };
    return { ...verdict, ...figures, hostile: hostile && { ...hostile, mails }, hosts: welcomed };
  } finally {
    await troupe?.close();
    await app?.close();
    await sink.close();
    await recorded.close();
  }
}

/** The readers' times lie evenly over the run, so that planners and senders have work while things go wrong. */
function drawDueTimes({ seed, digests, duringMs }: TortureOptions, from: string): string[] {
  const random = createRandom(seed + 1);
  const spreadMs = duringMs * clockSpeed * 0.9;
  return Array.from({ length: digests }, () =>
    new Date(Date.parse(from) + random.below(spreadMs)).toISOString(),
  );
}

/** Lets each fault happen at its time, or, on a machine that does not keep up, once that much of the work is done. */
async function strikeAll(stage: Stage, options: TortureOptions): Promise<void> {
  const { seed, amounts, duringMs, digests, say } = options;
  const startedMs = Date.now();
  const under: Promise<void>[] = [];
  let saidAt = startedMs;
  for (const fault of drawFaults(seed, amounts, duringMs)) {
    await sleep(Math.max(0, startedMs + fault.atMs - Date.now()));
    const wanted = (fault.atMs / duringMs) * digests * 0.8;
    while (
      Date.now() - startedMs < duringMs * mostStretched &&
      (await countSent(stage.app, digests)) < wanted
    )
      await sleep(200);
    under.push(strike(stage, fault));
    if (Date.now() - saidAt < 15_000) continue;
    saidAt = Date.now();
    const sent = await countSent(stage.app, digests);
    say?.(`${Math.round((saidAt - startedMs) / 1_000)} s: ${stage.done.kills} kills, ${sent} sent`);
  }
  await Promise.all(under);
  await stage.troupe.ready();
  say?.(`no more faults: ${await countSent(stage.app, digests)} sent`);
}
