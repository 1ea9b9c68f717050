import { sql } from 'kysely';
import { dataInstant, weekdayHoursBetween } from '../../core/age.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db } from '../connect.ts';
import { type BounceFigures, readBounceFigures } from '../delivery/bounce-figures.ts';

/**
 * The state of the database in counts and ages, without any person or condition. Ages are in seconds; null
 * without a row.
 */
export type Figures = {
  registries: {
    id: string;
    checkedAge: number | null;
    readAge: number | null;
    dataAge: number | null;
    /** `checkedAge` and `dataAge` without Saturdays and Sundays. */
    checkedWeekdayAge: number | null;
    dataWeekdayAge: number | null;
  }[];
  runs: { registry: string; kind: string; seconds: number }[];
  changes: { state: string; count: number }[];
  mails: { kind: string; phase: string; count: number }[];
  everAmbiguous: number;
  subscribersDue: number;
  mailsDue: number;
  /** Requests from pages that are not done. */
  requestsDue: number;
  oldestDueAge: number | null;
  /** Mails of the last day with unknown outcome. */
  inDoubt: number;
  bounces: BounceFigures;
};

/** Counts the whole database at an instant. */
export async function readFigures(db: Db, now: Instant): Promise<Figures> {
  const age = (column: string) => sql`extract(epoch from ${now}::timestamptz - ${sql.raw(column)})::float8`;
  // The registry's timestamp has no zone; reading it as UTC is off by hours, not days.
  const registries = await sql<
    Omit<Figures['registries'][number], 'checkedWeekdayAge' | 'dataWeekdayAge'> & {
      checkedAt: Instant | null;
      dataTimestamp: string | null;
    }
  >`
    select id, ${age('checked_at')} as "checkedAge", ${age('completed_at')} as "readAge",
      ${age(`(data_timestamp::timestamp at time zone 'UTC')`)} as "dataAge",
      checked_at as "checkedAt", data_timestamp as "dataTimestamp" from registries order by id`.execute(db);
  const runs = await sql<Figures['runs'][number]>`
    select distinct on (registry, kind) registry, kind,
      extract(epoch from finished_at - started_at)::float8 as seconds
    from runs where finished_at is not null and id > (select coalesce(max(id), 0) - 1000 from runs)
    order by registry, kind, id desc`.execute(db);
  const changes = await sql<Figures['changes'][number]>`
    select state, count(*) as count from changes group by state`.execute(db);
  // Unknown outcomes of the last day only: older ones stay unknown, and nobody can do more about them.
  const mails = await sql<Figures['mails'][number] & { ambiguous: number; inDoubt: number }>`
    select kind, phase, count(*) as count, count(*) filter (where was_ambiguous) as ambiguous,
      count(*) filter (where phase = 'ambiguous' and body_at > ${now}::timestamptz - interval '1 day') as "inDoubt"
    from deliveries group by kind, phase`.execute(db);
  const due = await sql<Pick<Figures, 'subscribersDue' | 'mailsDue' | 'requestsDue' | 'oldestDueAge'>>`
    with people as (select count(*) as count, min(next_due_at) as since from subscribers where next_due_at <= ${now}),
      waiting as (select count(*) as count, min(due_at) as since from deliveries
        where phase in ('planned', 'retry') and due_at <= ${now}),
      asked as (select count(*) as count, min(due_at) as since from requests where due_at <= ${now})
    select people.count as "subscribersDue", waiting.count as "mailsDue", asked.count as "requestsDue",
      ${age('least(people.since, waiting.since, asked.since)')} as "oldestDueAge" from people, waiting, asked`.execute(
    db,
  );
  const [dues] = due.rows;
  if (!dues) throw new Error('no figures');
  return {
    registries: registries.rows.map(({ checkedAt, dataTimestamp, ...ages }) => ({
      ...ages,
      checkedWeekdayAge: checkedAt === null ? null : weekdaySeconds(checkedAt, now),
      dataWeekdayAge: dataTimestamp === null ? null : weekdaySeconds(dataInstant(dataTimestamp), now),
    })),
    runs: runs.rows,
    changes: changes.rows,
    mails: mails.rows,
    everAmbiguous: mails.rows.reduce((sum, row) => sum + row.ambiguous, 0),
    ...dues,
    inDoubt: mails.rows.reduce((sum, row) => sum + row.inDoubt, 0),
    bounces: await readBounceFigures(db, now),
  };
}

function weekdaySeconds(since: Instant, now: Instant): number {
  return weekdayHoursBetween(since, now) * 3_600;
}
