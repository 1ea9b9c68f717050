import { sql } from 'kysely';
import type { Candidate, FollowedSubscription } from '../../core/digests/compose.ts';
import type { Instant } from '../../core/trial.ts';
import { findEnds, isInSpan, type Span } from '../catalog/released-span.ts';
import type { Tx } from '../connect.ts';

/** What is on a list as something that is followed, with its owner's reason. Its id is that of the entry. */
export type ListedSubject = FollowedSubscription & { reason: string };

/** What is on a list, as composing a digest takes it. */
export async function readListedSubjects(tx: Tx, listId: number): Promise<ListedSubject[]> {
  const { rows } = await sql<Omit<ListedSubject, 'filters'>>`
    select id, kind, words, concept_id as "conceptId", concept_term as "conceptTerm", phrases, topics, reason,
      added_at as "watchingSince"
    from list_entries where list_id = ${listId} and removed_in is null order by id`.execute(tx);
  return rows.map((row) => ({ ...row, filters: {} }));
}

/**
 * The released changes of a span in what is on a list, at most so many, as candidates of a digest: an entry stands for
 * a subscription, and nobody for its person. Leaves out changes of kind `entered` and `left`, which would reveal that
 * somebody follows something.
 */
export async function listReportCandidates(
  tx: Tx,
  listId: number,
  span: Span,
  atMost: number,
): Promise<Candidate[]> {
  const { after, last } = await findEnds(tx, span);
  const { rows } = await sql<Candidate>`
    select distinct on (e.id, c.position) e.id as "subscriptionId", 0 as "subscriberId", c.id as "changeId", c.position,
      c.trial_id as "trialId", c.version, c.change, c.other_topics as "otherTopics", c.detected_at as "detectedAt"
    from list_entries e cross join lateral unnest(e.topics) as t (topic)
    join topic_changes tc on tc.topic = t.topic and tc.position > ${after} and tc.position <= ${last}
    join changes c on c.position = tc.position and c.kind not in ('entered', 'left') and ${isInSpan(span)}
    where e.list_id = ${listId} and e.removed_in is null
    order by e.id, c.position limit ${atMost}`.execute(tx);
  return rows;
}

/** Which of these trials have changes that were released at or after an instant, by registry and number. */
export async function listChangedSince(
  tx: Tx,
  trialIds: readonly number[],
  until: Instant,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select t.registry || ' ' || t.registry_id as id from trials t
    where t.id = any(${[...trialIds]}::bigint[]) and exists (
      select from changes c where c.trial_id = t.id and c.released_at >= ${until} and c.kind not in ('entered', 'left'))
    order by 1`.execute(tx);
  return rows.map(({ id }) => id);
}
