import { sql } from 'kysely';
import type { Exclusion } from '../../core/subscriptions/exclusions.ts';
import type { Db } from '../connect.ts';

/** What fewer people say may point at one of them, so it is not counted. */
export const peopleAtLeast = 3;
const shownAtMost = 200;

/**
 * A way in which trials matched a condition and did not fit, by as many people as say so, and the number of single
 * trials that they named: 0 if all of them left out the way itself. `term`: null if only words are followed.
 */
export type Misfit = Pick<Exclusion, 'by' | 'words'> & {
  term: string | null;
  people: number;
  trials: number;
};

/** What readers said does not fit, by condition and way, the most people first; names nobody (P9). */
export async function listMisfits(db: Db): Promise<Misfit[]> {
  const { rows } = await sql<Misfit>`
    select min(s.concept_term) as term, e.by, min(e.words) as words,
      count(distinct s.subscriber_id)::int as people, count(distinct e.trial)::int as trials
    from subscriptions s
    cross join lateral jsonb_to_recordset(s.exclusions) as e (by text, words text, trial text)
    where s.exclusions is not null and s.state in ('active', 'paused')
    group by s.concept_id, e.by, lower(e.words)
    having count(distinct s.subscriber_id) >= ${peopleAtLeast}
    order by people desc, term, e.by, words limit ${shownAtMost}`.execute(db);
  return rows;
}
