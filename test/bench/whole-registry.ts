import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { Change } from '../../src/core/change.ts';
import { buildPhraseIndex, topicsOf } from '../../src/core/matching/topics.ts';
import type { ListFacts } from '../../src/core/subscriptions/list-marks.ts';
import type { Trial } from '../../src/core/trial.ts';
import type { Db } from '../../src/db/connect.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';
import { hasRecords, readMoreTrials, readRecordedTrials } from '../support/recorded-trials.ts';
import { study } from '../support/study.ts';

/** The moment of the stored data. */
export const storedAt = '2026-11-20T15:00:00.000Z';

/** The condition that `trialsOfBig` trials are about, wherever they are in the table. */
export const bigCondition = { id: 'D008175', term: 'Lung Neoplasms', slug: 'lung-neoplasms' };

/** Every so manieth trial has its version and changes stored; of ten of those, six are about the big condition. */
const storedEvery = 6;
const changesPerTrial = 10;

/** What a registry holds in the end. */
export type Filled = { trials: number; ofBigCondition: number; versions: number; changes: number };

/** How many of some trials have a page. */
export const versionsOf = (count: number) => Math.floor(count / storedEvery);

/** The number of the n-th trial with a page, from 0. */
export function idOf(n: number): string {
  return `NCT${String((n + 1) * storedEvery).padStart(8, '0')}`;
}

/**
 * Fills a database with `count` trials: recorded ones over and over under numbers of their own. The rows are made in the
 * database, by statements that older builds understand too; facts that lists are filtered by come from this build's rule.
 */
export async function fillRegistry(
  { context: { db } }: App,
  count: number,
  factsOf: ((trial: Trial) => ListFacts) | null,
): Promise<Filled> {
  if (!(await isFilled(db))) await fill(db, count, factsOf);
  await sql`update counters set value = (select max(position) from changes) where name = 'position'`.execute(
    db,
  );
  return countFilled(db);
}

async function fill(db: Db, count: number, factsOf: ((trial: Trial) => ListFacts) | null): Promise<void> {
  const index = buildPhraseIndex([]);
  const trials = hasRecords ? [...readRecordedTrials(), ...readMoreTrials()] : [madeUpTrial()];
  const rows = trials.map((trial) => ({ topics: topicsOf(trial, index), trial }));
  await sql`create unlogged table bench_trials (n int primary key, topics text[], trial jsonb)`.execute(db);
  await sql`insert into bench_trials select o - 1, array(select jsonb_array_elements_text(r -> 'topics')), r -> 'trial'
    from jsonb_array_elements(${JSON.stringify(rows)}::jsonb) with ordinality e (r, o)`.execute(db);
  await sql`insert into runs (registry, kind, outcome, started_at, finished_at)
    values ('ctgov', 'poll', 'completed', ${storedAt}, ${storedAt})`.execute(db);
  const big = `concept:${bigCondition.id}`;
  await sql`insert into trials (registry, registry_id, version, hash, projection, status, title, topics, contacts, raw, watched_since, read_at, verified_on, change_count)
    select 'ctgov', 'NCT' || lpad(k::text, 8, '0'), 2, 'x', 1, b.trial ->> 'status', b.trial ->> 'title',
      case when k % ${storedEvery} = 0 and k / ${storedEvery} % 10 < 6 then array_append(array_remove(b.topics, ${big}), ${big}) else array_remove(b.topics, ${big}) end,
      '[]', '\\x', ${storedAt}, ${storedAt}, b.trial ->> 'verifiedOn', ${changesPerTrial}
    from generate_series(1, ${count}::int) k join bench_trials b on b.n = (k::bigint * 7919) % ${rows.length} order by k`.execute(
    db,
  );
  await sql`insert into trial_versions (trial_id, version, hash, projection, trial, read_at, run_id)
    select t.id, 2, 'x', 1, b.trial, ${storedAt}, 1
    from trials t join bench_trials b on b.n = (substr(registry_id, 4)::bigint * 7919) % ${rows.length}
    where substr(registry_id, 4)::int % ${storedEvery} = 0`.execute(db);
  const change: Change = {
    facet: 'status',
    kind: 'status',
    before: 'NOT_YET_RECRUITING',
    after: 'RECRUITING',
  };
  await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
    select t.id, 2, 1, 'status', 'status', ${JSON.stringify(change)}::jsonb, 1, t.topics, 'released',
      (${changesPerTrial} - n) * ${count}::bigint + t.id, ${storedAt}::timestamptz - n * interval '1 day', ${storedAt}::timestamptz - n * interval '1 day'
    from trial_versions v join trials t on t.id = v.trial_id, generate_series(1, ${changesPerTrial}) n`.execute(
    db,
  );
  // Each trial's newest change: pages read no other.
  await sql`insert into topic_changes (topic, position) select distinct t, position from changes, unnest(topics) t
    where position > ${changesPerTrial - 1} * ${count}::bigint`.execute(db);
  await sql`insert into concepts (id, term) select distinct m ->> 'id', m ->> 'term'
    from bench_trials, jsonb_array_elements((trial -> 'meshes') || (trial -> 'ancestors')) m on conflict do nothing`.execute(
    db,
  );
  await sql`insert into concepts (id, term) values (${bigCondition.id}, ${bigCondition.term}) on conflict do nothing`.execute(
    db,
  );
  await sql`insert into registries (id, data_timestamp, watermark_on, checked_at, completed_at)
    values ('ctgov', '2026-11-19T09:00:04', '2026-11-19', ${storedAt}, ${storedAt}) on conflict do nothing`.execute(
    db,
  );
  if (factsOf) await fillFacts(db, factsOf);
  // As autovacuum would have it soon after.
  await sql`vacuum analyze`.execute(db);
}

async function isFilled(db: Db): Promise<boolean> {
  const { rows } = await sql`select from trials limit 1`.execute(db);
  return rows.length > 0;
}

/** The marks and points that lists are filtered by, from the rule of the build that has them. */
async function fillFacts(db: Db, factsOf: (trial: Trial) => ListFacts): Promise<void> {
  const { rows } = await sql<{
    n: number;
    trial: Trial;
  }>`select n, trial from bench_trials order by n`.execute(db);
  const facts = rows.map(({ trial }) => factsOf(trial));
  const degrees = (of: 'lat' | 'lon') =>
    facts.map(({ points }) => `{${points.map((point) => point[of]).join(',')}}`);
  await sql`create unlogged table bench_facts as
    select n, marks::integer[], lats::float8[], lons::float8[] from unnest(${rows.map(({ n }) => n)}::int[],
      ${facts.map(({ marks }) => `{${marks.join(',')}}`)}::text[], ${degrees('lat')}::text[], ${degrees('lon')}::text[]) as r (n, marks, lats, lons)`.execute(
    db,
  );
  const ofTrial = sql`b.n = (substr(t.registry_id, 4)::bigint * 7919) % ${rows.length}::int`;
  await sql`update trials t set marks = b.marks from bench_facts b where ${ofTrial}`.execute(db);
  await sql`insert into trial_points select t.id, b.lats, b.lons from trials t join bench_facts b on ${ofTrial}`.execute(
    db,
  );
  await sql`insert into places (country, city, state, folded, lat, lon)
    select distinct on (s ->> 'country', s ->> 'city', s ->> 'lat', s ->> 'lon') s ->> 'country', s ->> 'city', '',
      lower(s ->> 'city'), (s ->> 'lat')::float8, (s ->> 'lon')::float8
    from bench_trials, jsonb_array_elements(trial -> 'sites') s
    where s ->> 'lat' is not null and s ->> 'city' <> '' on conflict do nothing`.execute(db);
}

async function countFilled(db: Db): Promise<Filled> {
  const big = `concept:${bigCondition.id}`;
  const { rows: counts } = await sql<Filled>`select (select count(*)::int from trials) as trials,
    (select count(*)::int from trials where topics @> array[${big}]) as "ofBigCondition",
    (select count(*)::int from trial_versions) as versions, (select count(*)::int from changes) as changes`.execute(
    db,
  );
  const [filled] = counts;
  if (!filled) throw new Error('nothing was filled');
  return filled;
}

function madeUpTrial(): Trial {
  const read = readRecord(study('NCT09900001'), null);
  if (!read.ok) throw new Error(read.reason);
  return read.trial;
}
