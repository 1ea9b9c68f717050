import { type Kysely, sql } from 'kysely';

/**
 * Counts each run's changes by transition, in trials, so that a held run can be compared with usual ones. The newest
 * runs are counted from their changes.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table run_transitions (
    run_id bigint not null references runs on delete cascade,
    facet text not null,
    transition text not null,
    trials integer not null,
    primary key (run_id, transition)
  )`.execute(db);
  const value = (name: string) => {
    const field = sql`c.change->${sql.lit(name)}`;
    const text = sql`case jsonb_typeof(${field}) when 'object' then ${field}->>'status' else ${field} #>> '{}' end`;
    return sql`case when ${text} in ('RECRUITING', 'NOT_YET_RECRUITING', 'ACTIVE_NOT_RECRUITING', 'ENROLLING_BY_INVITATION',
      'COMPLETED', 'SUSPENDED', 'TERMINATED', 'WITHDRAWN', 'AVAILABLE', 'NO_LONGER_AVAILABLE',
      'TEMPORARILY_NOT_AVAILABLE', 'APPROVED_FOR_MARKETING', 'WITHHELD', 'UNKNOWN') then ${text} else '' end`;
  };
  await sql`
    with newest as (
      select id from (select id, row_number() over (partition by registry, kind = 'sweep' order by id desc) as n
        from runs where outcome = 'completed' and changed > 0) r where n <= 100)
    insert into run_transitions (run_id, facet, transition, trials)
    select c.run_id, c.facet, concat_ws('.', c.facet, c.kind, ${value('before')}, ${value('after')}),
      count(distinct c.trial_id)
    from changes c join newest n on n.id = c.run_id
    where c.facet <> 'registration' and not c.by_calendar group by 1, 2, 3`.execute(db);
}
