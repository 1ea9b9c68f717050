import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import type { Trial } from '../../src/core/trial.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';
import { study } from '../support/study.ts';
import { changes } from './readers.ts';

/** How many conditions people follow, and trials with a change of this week each, on their own topic and on two conditions; before these, as many changes of earlier weeks. */
export type Scale = { conditions: number; trials: number };

/**
 * Fills an empty database with a week of changes and `count` people who are all due at `now`: of ten, six follow one of
 * 2,000 conditions weekly, two a trial, one two or three trials, and one a trial and two conditions with filters, some
 * by a place. Each was told two changes before.
 */
export async function fillDuePeople(
  app: App,
  count: number,
  now: string,
  scale: Scale = { conditions: 2_000, trials: 4_000 },
): Promise<void> {
  const { db } = app.context;
  const { conditions, trials } = scale;
  await fillChanges(app, now, scale);
  await sql`insert into subscribers (address, address_hash, domain_hash, language, timezone, hour, next_due_at, created_at)
    select int4send(n), int4send(n), int4send(n % 500), case when n % 5 = 0 then 'es' else 'en' end,
      (array['Europe/Berlin', 'Europe/Madrid', 'America/New_York'])[1 + n % 3], (array[16, 16, 10])[1 + n % 3], ${now}, ${now}
    from generate_series(1, ${count}) n`.execute(db);
  // Most stand where the last planning left them; one in twenty began to follow in between.
  await sql`insert into subscriptions (subscriber_id, state, kind, registry, registry_id, words, concept_id, concept_term, topics,
      filters, facets, frequency, weekday, position, watching_since, next_due_at, created_at, active_at)
    select p.id, 'active', f.kind, 'ctgov', case when f.kind = 'trial' then f.name end, f.name,
      case when f.kind = 'condition' then 'D' || f.number end, case when f.kind = 'condition' then f.name end,
      array[f.kind || ':' || f.number], f.filters, '{status,dates,results,sites}',
      case when p.id % 10 < 6 then 'weekly' else 'daily' end, 5,
      ${trials} + case when p.id % 20 = 1 then 500 * (p.id / 20 % 4) else 0 end,
      date_trunc('minute', ${now}::timestamptz) - p.id % 400 * interval '31 hours', ${now}, ${now}, ${now}
    from subscribers p cross join lateral (
      select kind, number, filters,
        case kind when 'trial' then 'NCT' || lpad(number::text, 8, '0') else 'Condition ' || number end as name
      from (
        select 'condition' as kind, floor(${conditions} * power(p.id * 7919 % 100003 / 100003.0, 2))::int as number,
          '{}'::jsonb as filters where p.id % 10 < 6
        union all select 'trial', (p.id * 7919 + n * 1009) % ${trials}, '{}' from generate_series(0, 2) n
          where p.id % 10 in (6, 7) and n = 0 or p.id % 10 = 8 and n <= 1 + p.id / 10 % 2 or p.id % 10 = 9 and n = 0
        union all select 'condition', (p.id * 104729 + n * 997) % ${conditions}, case when p.id / 10 % 2 = 0
            then '{"country": "Germany"}'::jsonb
            else '{"place": {"lat": 48.1, "lon": 11.6, "km": 500, "name": "Munich, Germany"}}' end
          from generate_series(0, 1) n where p.id % 10 = 9) as followed) f
    order by p.id`.execute(db);
  await sql`insert into consents (subscription_id, wording_version, wording_hash, way, min_age, given_at)
    select id, '1', 'x', 'bench', 16, ${now} from subscriptions`.execute(db);
  await sql`insert into digest_items (subscriber_id, change_id, subscription_id, kind)
    select p.id, 1 + (p.id * 31 + n * 1777) % ${trials}, 1, 'told' from subscribers p, generate_series(0, 1) n
    order by p.id`.execute(db);
  await sql`vacuum analyze`.execute(db);
}

/** Two changes of each trial: one of an earlier week, and one of this week. */
async function fillChanges(app: App, now: string, { conditions, trials }: Scale): Promise<void> {
  const { db } = app.context;
  const read = readRecord(study('NCT09900001', { status: 'SUSPENDED', whyStopped: 'Drug supply' }), null);
  if (!read.ok) throw new Error(read.reason);
  const trial: Trial = read.trial;
  await sql`insert into runs (registry, kind, outcome, started_at) values ('ctgov', 'poll', 'completed', ${now})`.execute(
    db,
  );
  await sql`insert into registries (id, data_timestamp, watermark_on, checked_at, completed_at)
    values ('ctgov', '2026-11-19T09:00:04', '2026-11-19', ${now}, ${now}) on conflict (id) do update
    set watermark_on = excluded.watermark_on, completed_at = excluded.completed_at`.execute(db);
  await sql`insert into trials (registry, registry_id, version, hash, projection, status, title, topics, contacts, raw, watched_since, read_at)
    select 'ctgov', 'NCT' || lpad(n::text, 8, '0'), 2, 'x', 1, 'SUSPENDED', 'A trial', '{}', '[]', '\\x', ${now}, ${now}
    from generate_series(0, ${trials - 1}) n`.execute(db);
  await sql`insert into trial_versions (trial_id, version, hash, projection, trial, read_at, run_id)
    select id, v, 'x', 1, jsonb_set(${JSON.stringify(trial)}::jsonb, '{id}', to_jsonb(registry_id)), ${now}, 1
    from trials, generate_series(1, 2) v`.execute(db);
  await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
    select id, 2, 1, c ->> 'facet', c ->> 'kind', c, 1, array['trial:' || id - 1,
        'condition:' || (id * 31) % ${conditions}, 'condition:' || (id * 31 + 1 + id % 7) % ${conditions}],
      'released', id + week * ${trials}, ${now}, ${now}
    from generate_series(0, 1) week, trials, lateral (select ${JSON.stringify(changes)}::jsonb -> (id % 3)::int as c) one
    order by week, id`.execute(db);
  await sql`insert into topic_changes (topic, position) select distinct t, position from changes, unnest(topics) t`.execute(
    db,
  );
  await sql`update counters set value = ${2 * trials} where name = 'position'`.execute(db);
}
