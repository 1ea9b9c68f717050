import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { RecordedRegistry } from '../../src/demo/recorded-registry.ts';
import type { Context } from '../../src/jobs/context.ts';
import { subscribe } from '../../src/jobs/subscribers/subscribe.ts';
import type { HostileDay, HostileStory } from './hostile-days.ts';
import type { DayRead, HostileEvidence } from './hostile-verdict.ts';
import { kill, type Stage } from './strike.ts';

/** Those who follow the trials of the story, at once. */
const followers = 5;
const registry = 'ctgov';
/** A day that was not read whole by then is never read. */
const dayAtMostMs = 300_000;

const followerAddress = (n: number) => `follower${n}@witness.example.net`;
/** Whether an address is a follower's. */
export const isFollower = (address: string): boolean => address.endsWith('@witness.example.net');

/** Signs up those who follow the trials of the story; `context` reads the day before it. */
export async function addFollowers(context: Context, { followed }: HostileStory): Promise<void> {
  for (let n = 0; n < followers; n += 1)
    await subscribe(context, {
      ...{ email: followerAddress(n), trials: followed, conditions: [], frequency: 'immediate' as const },
      ...{ hour: 9, timezone: 'UTC', facets: null, consent: 'on paper, November 2, 2026' },
    });
}

/**
 * Shows the registry's days one after the other, evenly over the run; each stays until it was read whole. Whoever reads is
 * killed once in the middle of it. `firstDay`: the place of the story's first day among those of the registry.
 */
export async function showHostileDays(
  stage: Stage,
  { days }: HostileStory,
  show: { recorded: RecordedRegistry; firstDay: number; duringMs: number },
): Promise<DayRead[]> {
  const { recorded, firstDay, duringMs } = show;
  const { db, enqueue } = stage.app.context;
  const startedMs = Date.now();
  const read: DayRead[] = [];
  for (const [n, day] of days.entries()) {
    await sleep(Math.max(0, startedMs + (n / days.length) * duringMs * 0.9 - Date.now()));
    recorded.setDay(firstDay + n);
    recorded.setFault(day.fault);
    const one: DayRead = { name: day.name, isRead: false, kills: 0, runs: 0, ends: [] };
    read.push(one);
    const since = await newestRun(db);
    const until = Date.now() + dayAtMostMs;
    while (!one.isRead && Date.now() < until) {
      await enqueue('poll', [{ registry }]);
      for (let looks = 0; looks < 20 && !one.isRead; looks += 1) {
        await sleep(50);
        if (one.kills === 0 && (await killReader(stage))) one.kills += 1;
        if (day.fault && (await wasCutShort(db, since))) recorded.setFault(null);
        one.isRead = await isWhole(db, day);
      }
    }
    const { rows } = await sql<{ end: string }>`
      select concat_ws(': ', outcome, reason) as end from runs where id > ${since} order by id`.execute(db);
    one.runs = rows.length;
    one.ends = rows.map(({ end }) => end || 'open');
  }
  return read;
}

type Db = Context['db'];

async function newestRun(db: Db): Promise<number> {
  const { rows } = await sql<{ id: number }>`select coalesce(max(id), 0)::int as id from runs`.execute(db);
  return rows[0]?.id ?? 0;
}

async function isWhole(db: Db, { timestamp }: HostileDay): Promise<boolean> {
  const { rows } = await sql`select from registries where id = ${registry} and data_timestamp = ${timestamp}
    and not exists (select from runs where outcome is null)`.execute(db);
  return rows.length > 0;
}

/** A reading that the program itself ended, because the registry would not. */
const isEnded = sql`outcome = 'partial' and (reason like '%this reading was ended%' or reason like '%does not end%')`;

async function wasCutShort(db: Db, since: number): Promise<boolean> {
  const { rows } = await sql`select from runs where id > ${since} and ${isEnded}`.execute(db);
  return rows.length > 0;
}

/** Kills the process that holds the registry's lease while a run is open. */
async function killReader(stage: Stage): Promise<boolean> {
  const { rows } = await sql<{ holder: string }>`
    select holder from leases where name = ${`read:${registry}`} and exists (select from runs where outcome is null)
      and exists (select from runs r join trial_versions v on v.run_id = r.id where r.outcome is null)`.execute(
    stage.app.context.db,
  );
  const worker = stage.troupe.workers.find(({ pid }) => rows[0]?.holder.includes(`/${pid}/`));
  if (!worker?.isReady) return false;
  await kill(stage, worker, { atMs: 0, draw: 0, kind: 'kills' });
  return true;
}

/** Whether the followers were mailed all that is released of the story, so far as the ledger knows. */
export async function isAllTold(db: Db): Promise<boolean> {
  const { rows } = await sql<{ open: number }>`
    select (select count(*) from deliveries d join subscribers p on p.id = d.subscriber_id
        where d.kind = 'digest' and d.phase <> 'sent' and d.phase <> 'cancelled')::int
      + (select count(*) from changes c join subscriptions s on c.topics && s.topics and c.facet = any(s.facets)
        where c.state = 'released' and s.position < c.position)::int as open`.execute(db);
  return rows[0]?.open === 0;
}

/** What the database says of the story in the end. */
export async function collectEvidence(
  { db }: Pick<Context, 'db'>,
  story: HostileStory,
  read: DayRead[],
): Promise<HostileEvidence> {
  const trial = sql`t.registry_id as trial`;
  const told = await sql<HostileEvidence['told'][number]>`
    select i.subscriber_id as follower, ${trial}, c.kind, c.change->>'after' as after
    from digest_items i join changes c on c.id = i.change_id join trials t on t.id = c.trial_id
    join deliveries d on d.digest_id = i.digest_id where d.phase = 'sent'`.execute(db);
  const changes = await sql<HostileEvidence['changes'][number]>`
    select ${trial}, c.kind, c.change->>'after' as after, c.state
    from changes c join trials t on t.id = c.trial_id order by c.id`.execute(db);
  const quarantined = await sql<HostileEvidence['quarantined'][number]>`
    select registry_id as trial, reason, healed_at is not null as "isRecovered" from quarantine`.execute(db);
  const trials = await sql<{ trial: string }>`select ${trial} from trials t`.execute(db);
  const partial = await sql<{ reason: string }>`
    select reason from runs where ${isEnded}`.execute(db);
  const witnesses = await sql<{ id: number }>`
    select distinct subscriber_id as id from subscriptions where registry_id = ${story.followed[0]}`.execute(
    db,
  );
  return {
    story,
    read,
    followers: witnesses.rows.map(({ id }) => id),
    told: told.rows,
    changes: changes.rows,
    quarantined: quarantined.rows,
    stored: trials.rows.map((row) => row.trial),
    endless: partial.rows.map(({ reason }) => reason),
  };
}
