import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { Change } from '../../src/core/change.ts';
import type { Trial } from '../../src/core/trial.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';
import { study } from '../support/study.ts';

/** Changes that people are told in turn. */
export const changes: Change[] = [
  { facet: 'status', kind: 'status', before: 'RECRUITING', after: 'SUSPENDED', whyStopped: 'Drug supply' },
  { facet: 'status', kind: 'status', before: 'NOT_YET_RECRUITING', after: 'RECRUITING' },
  {
    facet: 'dates',
    kind: 'primary-completion-date',
    before: { date: '2027-08', precision: 'month', type: 'ESTIMATED' },
    after: { date: '2028-02', precision: 'month', type: 'ESTIMATED' },
  },
];

/** How many trials changed and on how many topics; each person follows one or two of these. */
export const trialCount = 4_000;
export const topicCount = 28_000;

/**
 * Fills an empty database with a day of changes and `count` people who are due: half follow one topic, half two; trials
 * stand on a topic of their own and on six conditions, of which some are followed by many and most by few.
 */
export async function fillReaders(app: App, count: number, now: string): Promise<void> {
  const { db, keys } = app.context;
  const read = readRecord(study('NCT09900001', { status: 'SUSPENDED', whyStopped: 'Drug supply' }), null);
  if (!read.ok) throw new Error(read.reason);
  await fillTrials(app, read.trial, now);
  for (let from = 0; from < count; from += 5_000) {
    const some = Array.from({ length: Math.min(5_000, count - from) }, (_, n) => from + n);
    const emails = some.map((n) => `reader${n}@d${n % 500}.example`);
    await sql`insert into subscribers (address, address_hash, domain_hash, language, timezone, hour, next_due_at, created_at)
      select a, h, d, 'en', 'Europe/Berlin', 9, ${now}, ${now}
      from unnest(${emails.map((email) => keys.encrypt(email))}::bytea[], ${emails.map((email) => keys.hashAddress(email))}::bytea[],
        ${emails.map((email) => keys.hashDomain(email))}::bytea[]) as p (a, h, d)`.execute(db);
  }
  await sql`insert into subscriptions (subscriber_id, state, kind, registry, registry_id, words, topics, facets, frequency,
      position, watching_since, next_due_at, created_at, active_at)
    select p.id, 'active', 'trial', 'ctgov', 'NCT09900001', 'NCT09900001',
      array['t' || (case when n = 0 then p.id * 7919 % ${trialCount} else ${trialCount} + (p.id * 104729 % 24000) * (p.id % 97) / 97 end)],
      '{status,dates,results,sites}', 'daily', 0, ${now}::timestamptz - interval '9 days', ${now}, ${now}, ${now}
    from subscribers p, generate_series(0, 1) n where n = 0 or p.id % 2 = 0`.execute(db);
  await sql`insert into consents (subscription_id, wording_version, wording_hash, way, min_age, given_at)
    select id, '1', 'x', 'bench', 16, ${now} from subscriptions`.execute(db);
  await sql`analyze`.execute(db);
}

/** Trials with a change each, on a topic of their own (`t0`, `t1` …) and on six conditions. */
async function fillTrials(app: App, trial: Trial, now: string): Promise<void> {
  const { db } = app.context;
  await sql`insert into runs (registry, kind, outcome, started_at) values ('ctgov', 'poll', 'completed', ${now})`.execute(
    db,
  );
  await sql`insert into trials (registry, registry_id, version, hash, projection, status, title, topics, contacts, raw, watched_since, read_at)
    select 'ctgov', 'NCT' || lpad(n::text, 8, '0'), 2, 'x', 1, 'SUSPENDED', 'A trial', '{}', '[]', '\\x', ${now}, ${now}
    from generate_series(0, ${trialCount - 1}) n`.execute(db);
  await sql`insert into trial_versions (trial_id, version, hash, projection, trial, read_at, run_id)
    select id, 2, 'x', 1, jsonb_set(${JSON.stringify(trial)}::jsonb, '{id}', to_jsonb(registry_id)), ${now}, 1 from trials`.execute(
    db,
  );
  await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
    select id, 2, 1, c ->> 'facet', c ->> 'kind', c, 1,
      array(select 't' || case k when 0 then id % ${trialCount} else ${trialCount} + (id * 31 + k * 4001) % 24000 end from generate_series(0, 6) k),
      'released', id, ${now}, ${now}
    from trials, lateral (select ${JSON.stringify(changes)}::jsonb -> (id % 3)::int as c) one`.execute(db);
  await sql`insert into topic_changes (topic, position) select distinct t, position from changes, unnest(topics) t`.execute(
    db,
  );
  await sql`update counters set value = ${trialCount} where name = 'position'`.execute(db);
}
