import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Frequency } from '../../core/schedule.ts';
import type { Db } from '../connect.ts';
import type { HeldChange } from '../ingest/run-facets.ts';
import { type HeldPart, isInPart, transition } from '../ingest/transitions.ts';

/** The held changes of a run that have a transition in common. */
export type HeldTransition = {
  facet: Facet;
  transition: string;
  changes: number;
  trials: number;
  /** People who follow such a trial and asked for such news; their filters may leave some out. */
  people: number;
};

/** When people would be told: how often they are mailed, or not before their pause ends. */
export type HeldReaders = Partial<Record<How, number>> & { people: number };
type How = Frequency | 'paused';

const own = (runId: number) => sql`
  select c.id, c.trial_id, c.facet, c.kind, c.topics, ${transition} as transition from changes c
  where c.state = 'held' and c.held_by = ${runId} and c.run_id <= ${runId}`;

/**
 * Whom changes `c` reach: each person once for each transition and way to be told (`readers`), and once by the way
 * that comes soonest (`soonest`).
 */
const reached = sql`
  follows as materialized (
    select s.subscriber_id, s.facets, t.topic, case when s.state = 'paused' then 'paused' else s.frequency end as how
    from subscriptions s cross join lateral unnest(s.topics) as t (topic)
    where s.state in ('active', 'paused') and s.position is not null
  ), asked as materialized (select distinct topic from follows),
  topics as materialized (
    select distinct c.transition, c.facet, c.kind, t.topic
    from c cross join lateral unnest(c.topics) as t (topic) join asked on asked.topic = t.topic
  ), readers as materialized (
    select distinct topics.transition, f.subscriber_id, f.how from topics join follows f on f.topic = topics.topic
    where topics.facet = any(f.facets) or topics.kind in ('removed', 'returned')
  ), soonest as (
    select distinct on (subscriber_id) subscriber_id, how from readers
    order by subscriber_id, array_position(array['immediate', 'daily', 'weekly', 'paused'], how)
  )`;

/** What a run itself holds, by transition, most trials first; and whom it would reach, each person once. */
export async function readHeldRun(
  db: Db,
  runId: number,
): Promise<{ transitions: HeldTransition[]; readers: HeldReaders }> {
  const { rows } = await sql<HeldTransition & { how: How | null }>`
    with c as materialized (${own(runId)}), ${reached}
    select c.facet, c.transition, count(*) as changes, count(distinct c.trial_id) as trials,
      coalesce(max(r.people), 0) as people, null as how
    from c left join (
      select transition, count(distinct subscriber_id) as people from readers group by transition
    ) r on r.transition = c.transition
    group by c.facet, c.transition
    union all
    select null, null, 0, 0, count(*), how from soonest group by how
    order by trials desc, transition`.execute(db);
  return {
    transitions: rows.filter(({ how }) => how === null).map(({ how: _, ...one }) => one),
    readers: toReaders(rows),
  };
}

function toReaders(rows: readonly { how: How | null; people: number }[]): HeldReaders {
  const counted = rows.flatMap(({ how, people }) => (how === null ? [] : [[how, people] as const]));
  return { ...Object.fromEntries(counted), people: counted.reduce((sum, [, people]) => sum + people, 0) };
}

/** What a decision about a part of a run's held changes is about. */
export type HeldCounts = {
  /** Its own changes, and their trials. */
  changes: number;
  trials: number;
  /** Later changes that waited for these. */
  waiting: number;
  /** Everything that the run holds, the part included. */
  held: number;
};

/** Counts what a decision about a part of a run's held changes would decide. */
export async function countHeldPart(db: Db, runId: number, part: HeldPart): Promise<HeldCounts> {
  const { rows } = await sql<HeldCounts>`
    select count(*) filter (where p.decided and p.own) as changes,
      count(distinct p.trial_id) filter (where p.decided and p.own) as trials,
      count(*) filter (where p.decided and not p.own) as waiting, count(*) as held
    from (
      select h.trial_id, ${isInPart(runId, part)} as decided, h.run_id <= ${runId} as own
      from changes h where h.state = 'held' and h.held_by = ${runId}) p`.execute(db);
  return rows[0] ?? { changes: 0, trials: 0, waiting: 0, held: 0 };
}

/** The people who follow what a part of a run's held changes is about, by when they would be told: each once. */
export async function countHeldReaders(db: Db, runId: number, part: HeldPart): Promise<HeldReaders> {
  const { rows } = await sql<{ how: How; people: number }>`
    with c as materialized (
      select h.trial_id, h.facet, h.kind, h.topics, '' as transition from changes h
      where h.state = 'held' and h.held_by = ${runId} and ${isInPart(runId, part)}
    ), ${reached}
    select how, count(*) as people from soonest group by how`.execute(db);
  return toReaders(rows);
}

/** The number of people whom digests may reach. */
export async function countReaders(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct subscriber_id) as count from subscriptions
    where state in ('active', 'paused') and position is not null`.execute(db);
  return rows[0]?.count ?? 0;
}

/** A change held by a run, with its transition and number within it. */
export type HeldSample = HeldChange & { transition: string };

/** At most `each` of a run's own held changes of each transition, by chance: others for another `draw`. */
export async function sampleHeld(
  db: Db,
  runId: number,
  { each, draw }: { each: number; draw: number },
): Promise<HeldSample[]> {
  const { rows } = await sql<HeldSample>`
    with c as (${own(runId)}), drawn as (
      select id, transition, row_number() over (partition by transition order by hashint8extended(id, ${draw}), id) as n
      from c
    )
    select d.transition, c.id, c.change, t.registry, t.registry_id as "registryId", t.title, t.status,
      t.first_posted_on as "firstPostedOn"
    from drawn d join changes c on c.id = d.id join trials t on t.id = c.trial_id
    where d.n <= ${each} order by d.transition, d.n`.execute(db);
  return rows;
}
