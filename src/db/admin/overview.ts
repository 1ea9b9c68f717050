import { sql } from 'kysely';
import type { Db } from '../connect.ts';

/** How many people follow something, and their subscriptions by state. */
export type FollowFigures = { people: number; active: number; paused: number; pending: number };

/** Counts people and subscriptions. */
export async function readFollowFigures(db: Db): Promise<FollowFigures> {
  const { rows } = await sql<FollowFigures>`
    select count(distinct subscriber_id) filter (where state in ('active', 'paused')) as people,
      count(*) filter (where state = 'active') as active, count(*) filter (where state = 'paused') as paused,
      count(*) filter (where state = 'pending') as pending from subscriptions`.execute(db);
  return rows[0] ?? { people: 0, active: 0, paused: 0, pending: 0 };
}
