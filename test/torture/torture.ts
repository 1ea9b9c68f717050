import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { type App, openApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { serveRecordedRegistry } from '../../src/demo/recorded-registry.ts';
import { queues } from '../../src/queue/table.ts';
import { createRandom } from '../support/random.ts';
import { clockSpeed, readClock, startClock } from './clock.ts';
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
import { type Sink, type StoppableRedis, startSink } from './servers.ts';
import { type Stage, strike } from './strike.ts';
import { startTroupe, type Troupe } from './troupe.ts';
import { busiestSeconds, judge, judgeEachMail, type LedgerEntry, type Verdict } from './verdict.ts';

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
  say?: (line: string) => void;
};

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
};

/** The clock of the run; nobody is due before the workers work, and no hostile day is in the future. */
const startsAt = { usually: '2026-11-03T13:00:00.000Z', hostile: '2026-11-20T10:00:00.000Z' };
/** A machine that does not keep up gets this much more time for the faults. */
const mostStretched = 3;
const sendersAtOnce = 4 * queues.send.concurrency;

/** Runs the program's workers against everything that can go wrong, and judges what came of it. */
export async function runTorture(options: TortureOptions): Promise<TortureReport> {
  const { databaseUrl, redis, seed, digests, duringMs } = options;
  const story = options.hostile ? tellHostileStory(new Map([[promisedTrial, suspended]])) : null;
  const first = promisingDays(story?.before);
  const recorded = await serveRecordedRegistry({ days: [...first, ...(story?.days ?? [])] });
  const sink = await startSink(250);
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
    troupe = startTroupe({
      ...{ env, clock, skewMs: seed % 2 === 0 ? 60_000 : -60_000, lockMs: 2_000 },
      readers: story ? 2 : 0,
    });
    await troupe.ready();
    await setDueTimes(app.context, drawDueTimes(options, now()));
    const done = noAmounts();
    const stage: Stage = { app, databaseUrl, redis, troupe, sink, blows: [], done };
    const startedMs = Date.now();
    const bell = ringAgain(app);
    const shown = story && showHostileDays(stage, story, { recorded, firstDay: first.length, duringMs });
    const [read] = await Promise.all([shown, strikeAll(stage, options)]);
    const owed = Array.from({ length: digests }, (_, n) => readerAddress(n));
    const isDone = async ({ context }: App) =>
      (await countSent(stage.app, digests)) >= digests && (!story || (await isAllTold(context.db)));
    await drain(stage, options, isDone);
    await bell.stop();
    const exitCodes = await troupe.stop();
    const { passages, faults: faultsMet, refused: turnedAway } = await sink.report();
    const ledger = await readLedger(app);
    const isReader = ({ to }: { to: string }) => !isFollower(to);
    const verdict = judge({
      ...{ owed, blows: stage.blows },
      ledger: ledger.filter(isReader),
      passages: passages.filter(isReader),
    });
    const hostile = story && read ? judgeHostile(await collectEvidence(app.context, story, read)) : null;
    const mails = judgeEachMail({ ledger, passages, blows: stage.blows }, isFollower);
    if (hostile) verdict.breaches.push(...hostile.breaches, ...mails.breaches);
    const busiest = busiestSeconds(passages, busyDomain, 10);
    const allowed = rate * 11 + sendersAtOnce;
    if (busiest > allowed)
      verdict.breaches.push(`${busiest} mails to one domain in ten seconds, ${allowed} allowed`);
    if (exitCodes.some((code) => code !== 0)) verdict.breaches.push(`SIGTERM ended with ${exitCodes}`);
    const tookMs = Date.now() - startedMs;
    const figures = { digests, done, faultsMet, turnedAway, busiest, allowed, tookMs };
    return { ...verdict, ...figures, hostile: hostile && { ...hostile, mails } };
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

/** The ticks of the program, but every second: it is in a hurry. */
function ringAgain({ context }: App): { stop(): Promise<void> } {
  const ending = new AbortController();
  const ringing = (async () => {
    while (!ending.signal.aborted) {
      await context.enqueue('plan', {});
      await context.enqueue('sweep', {});
      await sleep(1_000, undefined, { signal: ending.signal }).catch(() => {});
    }
  })();
  return {
    async stop() {
      ending.abort();
      await ringing;
    },
  };
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

/** Waits until all is sent. When nothing moves, half an hour passes and every lease has run out, as it would have by then. */
async function drain(
  { app, troupe, sink }: Stage,
  options: TortureOptions,
  isDone: (app: App) => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + options.patienceMs;
  let before = -1;
  // Nine tries of a refused mail are half an hour and more apart; what then stands still stands for ever.
  for (let jumps = 0; jumps < 20 && Date.now() < deadline; ) {
    if (await isDone(app)) return;
    const sent = await countSent(app, Number.MAX_SAFE_INTEGER);
    if (sent === before && (await isQuiet(sink))) {
      options.say?.(`${sent} sent; half an hour passes`);
      jumps += 1;
      troupe.jump(31 * 60_000);
      const { db } = app.context;
      await sql`update deliveries set lease_until = clock_timestamp() where lease_until is not null`.execute(
        db,
      );
      await sql`update leases set expires_at = clock_timestamp()`.execute(db);
    }
    before = sent;
    await sleep(4_000);
  }
}

async function isQuiet(sink: Sink): Promise<boolean> {
  return (await sink.report()).underWay === 0;
}

/** The digests sent to the first so many subscribers. */
async function countSent({ context }: App, subscribers: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from deliveries
    where kind = 'digest' and phase = 'sent' and subscriber_id <= ${subscribers}`.execute(context.db);
  return rows[0]?.count ?? 0;
}

async function readLedger({ context }: App): Promise<LedgerEntry[]> {
  type Row = Omit<LedgerEntry, 'to'> & { address: Buffer };
  const { rows } = await sql<Row>`
    select p.address, d.phase, d.was_ambiguous as "wasAmbiguous", d.message_id as "messageId",
      concat_ws(', ', d.attempts || ' tries', d.reply) as story
    from deliveries d join subscribers p on p.id = d.subscriber_id where d.kind = 'digest'`.execute(
    context.db,
  );
  return rows.map(({ address, ...row }) => ({ ...row, to: context.keys.decrypt(address) }));
}
