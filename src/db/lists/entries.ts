import { sql } from 'kysely';
import type { NewEntry } from '../../core/lists/shared-list.ts';
import type { Topic } from '../../core/matching/topics.ts';
import type { Instant, TrialStatus } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';

/** A trial or condition on a list. Title and status are null if the trial's record is not stored. */
export type ListEntry = {
  id: number;
  kind: 'trial' | 'condition';
  registry: string;
  registryId: string | null;
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  topics: Topic[];
  reason: string;
  addedAt: Instant;
  title: string | null;
  status: TrialStatus | null;
};

/** What is on a list, conditions first, then in the order in which it was added. */
export async function listEntries(db: Db | Tx, listId: number): Promise<ListEntry[]> {
  const { rows } = await sql<ListEntry>`
    select e.id, e.kind, e.registry, e.registry_id as "registryId", e.words, e.concept_id as "conceptId",
      e.concept_term as "conceptTerm", e.topics, e.reason, e.added_at as "addedAt", t.title, t.status
    from list_entries e left join trials t on t.registry = e.registry and t.registry_id = e.registry_id
    where e.list_id = ${listId} and e.removed_in is null order by e.kind, e.id`.execute(db);
  return rows;
}

/** Adds to a list what is not on it. `revision`: the edit that adds it. */
export async function addEntries(
  tx: Tx,
  listId: number,
  entries: readonly NewEntry[],
  { revision, now }: { revision: number; now: Instant },
): Promise<void> {
  if (entries.length === 0) return;
  await tx
    .insertInto('list_entries')
    .values(
      entries.map(({ understood: one, reason }) => ({
        list_id: listId,
        kind: one.kind,
        registry: one.registry,
        registry_id: one.registryId,
        words: one.words,
        concept_id: one.conceptId,
        concept_term: one.conceptTerm,
        phrases: one.phrases,
        topics: one.topics,
        weekly_only: one.weeklyOnly,
        reason,
        added_in: revision,
        added_at: now,
      })),
    )
    .execute();
}

/** Removes some of what is on a list. `revision`: the edit that removes it. */
export async function removeEntries(
  tx: Tx,
  listId: number,
  ids: readonly number[],
  { revision, now }: { revision: number; now: Instant },
): Promise<void> {
  await tx
    .updateTable('list_entries')
    .set({ removed_in: revision, removed_at: now })
    .where('list_id', '=', listId)
    .where('id', 'in', [...ids])
    .where('removed_in', 'is', null)
    .execute();
}

/** Writes the reason of one trial or condition on a list, which has changed then. */
export async function setReason(
  tx: Tx,
  listId: number,
  id: number,
  reason: string,
  now: Instant,
): Promise<void> {
  await tx.updateTable('lists').set({ changed_at: now }).where('id', '=', listId).execute();
  await tx
    .updateTable('list_entries')
    .set({ reason })
    .where('list_id', '=', listId)
    .where('id', '=', id)
    .execute();
}
