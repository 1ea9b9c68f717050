import { sql } from 'kysely';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../connect.ts';
import { hasConsent } from '../subscribers/subscription-conditions.ts';

/**
 * A subscription as a note names it. `trialId` and the fields after it are null if the trial is not stored.
 */
export type NoteSubscription = {
  id: number;
  kind: 'trial' | 'condition';
  words: string;
  registry: string;
  registryId: string | null;
  topics: string[];
  frequency: 'immediate' | 'daily' | 'weekly';
  weekday: number;
  isNarrowed: boolean;
  isWatched: boolean;
  trialId: number | null;
  isGone: boolean;
};

/** A person's subscriptions with consent that are not paused, oldest first; only those in `ids` if given. */
export async function listNoteSubscriptions(
  tx: Tx,
  subscriberId: number,
  ids: number[] | null,
): Promise<NoteSubscription[]> {
  const { rows } = await sql<NoteSubscription>`
    select s.id, s.kind, s.words, s.registry, s.registry_id as "registryId", s.topics, s.frequency, s.weekday,
      s.filters <> '{}'::jsonb as "isNarrowed", s.position is not null as "isWatched", t.id as "trialId",
      t.removed_at is not null as "isGone"
    from subscriptions s left join trials t on s.kind = 'trial' and t.id = (
      select id from trials where registry = s.registry and registry_id = s.registry_id
      union all
      select trial_id from trial_aliases where registry = s.registry and alias = s.registry_id limit 1)
    where s.subscriber_id = ${subscriberId} and s.state = 'active'
      and ${hasConsent}
      and (${ids}::bigint[] is null or s.id = any(${ids}::bigint[]))
    order by s.id`.execute(tx);
  return rows;
}

/**
 * The number of stored trials about a subscription's topics, and of those listed as recruiting. A trial with
 * a held status counts by the status reported last.
 */
export async function countAbout(tx: Tx, topics: string[]): Promise<{ all: number; recruiting: number }> {
  const { rows } = await sql<{ all: number; recruiting: number }>`
    with held as (
      select distinct on (c.trial_id) c.trial_id, coalesce(v.status, v.trial->>'status') as status
      from changes c join trial_versions v on v.trial_id = c.trial_id and v.version = c.version - 1
      where c.state = 'held' and c.facet in ('status', 'expanded-access') and c.topics && ${topics}::text[]
      order by c.trial_id, c.version
    )
    select count(*)::int as all,
      (count(*) filter (where coalesce(h.status, t.status) = 'RECRUITING'))::int as recruiting
    from trials t left join held h on h.trial_id = t.id
    where t.topics && ${topics}::text[] and t.removed_at is null`.execute(tx);
  return rows[0] ?? { all: 0, recruiting: 0 };
}

/** Changes that open, close or stop a trial, or add or remove one. */
const isMove = sql<boolean>`kind in ('status', 'expanded-access', 'registered', 'entered', 'left', 'removed', 'returned')`;

/** Counts the changes about some topics since an instant, reported or not. */
export async function countSince(
  tx: Tx,
  topics: string[],
  since: Instant,
): Promise<{ moved: number; other: number }> {
  const { rows } = await sql<{ moved: number; other: number }>`
    with about as (
      select kind from changes where detected_at > ${since}
        and position in (select position from topic_changes where topic = any(${topics}::text[]))
      union all
      select kind from changes where state in ('pending', 'held') and topics && ${topics}::text[]
    )
    select (count(*) filter (where ${isMove}))::int as moved, (count(*) filter (where not ${isMove}))::int as other
    from about`.execute(tx);
  return rows[0] ?? { moved: 0, other: 0 };
}

/**
 * The readings of a registry since an instant: complete ones, weekdays without one, and when the last one
 * ended.
 */
export type Readings = { count: number; missed: number; lastAt: Instant | null };

/**
 * Counts the complete readings of a registry since an instant. Days are in UTC, without the first and the
 * last.
 */
export async function readReadings(
  tx: Tx,
  registry: string,
  since: Instant,
  now: Instant,
): Promise<Readings> {
  const { rows } = await sql<Readings>`
    with whole as (
      select finished_at from runs where registry = ${registry} and kind in ('poll', 'sweep')
        and outcome in ('completed', 'held') and finished_at > ${since} and finished_at <= ${now}
    ), days as (
      select day::date from generate_series(${since.slice(0, 10)}::date + 1, ${now.slice(0, 10)}::date - 1, '1 day') as day
    )
    select (select count(*)::int from whole) as count,
      (select count(*)::int from days where extract(isodow from day) < 6
        and not exists (select from whole where (finished_at at time zone 'UTC')::date = day)) as missed,
      (select max(finished_at) from runs where registry = ${registry} and kind in ('poll', 'sweep')
        and outcome in ('completed', 'held')) as "lastAt"`.execute(tx);
  return rows[0] ?? { count: 0, missed: 0, lastAt: null };
}

/** A person's zone and next digest, and whether they want no-news notes. Null if there is no such person. */
export async function readNoteReader(
  tx: Tx,
  subscriberId: number,
): Promise<{ timezone: string; nextDueAt: Instant | null; noNewsNotes: boolean } | null> {
  const { rows } = await sql<{ timezone: string; nextDueAt: Instant | null; noNewsNotes: boolean }>`
    select timezone, next_due_at as "nextDueAt", no_news_notes as "noNewsNotes"
    from subscribers where id = ${subscriberId}`.execute(tx);
  return rows[0] ?? null;
}
