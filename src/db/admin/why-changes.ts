import { sql } from 'kysely';
import type { Edit, Json } from '../../core/change.ts';
import { sameValue } from '../../core/digests/net-places.ts';
import type { ChangeFacts, DecisionFacts } from '../../core/why/facts.ts';
import type { Db, Tx } from '../connect.ts';
import { transition } from '../ingest/transitions.ts';

/** A question about a person and a trial: its newest changes, and a particular one. */
export type WhyQuestion = {
  subscriberId: number;
  trialId: number;
  changeId: number | null;
  changesAtMost: number;
};

type Row = Omit<ChangeFacts, 'edit' | 'notifiedLater' | 'decision' | 'settled'> & {
  digestId: number | null;
  subscriptionId: number | null;
  itemKind: 'told' | 'entered' | 'left' | null;
  edits: Edit[] | null;
  decision: DecisionFacts | null;
};

/**
 * A trial's newest changes, including the particular one, with each decision and how it was settled for the
 * person; newest first.
 */
export async function loadChangeFacts(
  tx: Tx,
  { subscriberId, trialId, changeId, changesAtMost }: WhyQuestion,
): Promise<ChangeFacts[]> {
  const { rows } = await sql<Row>`
    select c.id, c.version, c.run_id as "runId", c.change, c.topics, c.other_topics as "otherTopics", c.state, c.position,
      c.detected_at as "detectedAt", c.released_at as "releasedAt", c.held_by as "heldBy",
      f.held_because as "heldBecause", e.edits, i.digest_id as "digestId", i.subscription_id as "subscriptionId",
      i.kind as "itemKind", (
        select jsonb_build_object('act', a.act, 'actor', a.actor, 'at', to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
        from audit_log a where a.act in ('release', 'discard')
          and coalesce(a.details->>'facet', c.facet) = c.facet and case c.state
            when 'released' then a.at = c.released_at
            when 'discarded' then a.act = 'discard' and a.subject = 'run ' || c.held_by
              and (a.details->'transitions' is null or a.details->'transitions' ? ${transition})
            else false end
        order by a.at desc, a.id desc limit 1) as decision
    from changes c
    left join run_facets f on f.run_id = c.held_by and f.facet = c.facet and c.run_id <= c.held_by
    left join edits e on e.trial_id = c.trial_id and e.version = c.version
    left join digest_items i on i.change_id = c.id and i.subscriber_id = ${subscriberId}
    where c.trial_id = ${trialId} and (c.id = ${changeId}::bigint or c.id in (
      select id from changes where trial_id = ${trialId} order by id desc limit ${changesAtMost}))
    order by c.id desc`.execute(tx);
  const later = await listTold(tx, subscriberId, trialId);
  return rows.map(({ digestId, subscriptionId, itemKind, edits, ...row }) => ({
    ...row,
    edit: findEdit(edits ?? [], row.change),
    settled:
      subscriptionId === null || itemKind === null
        ? null
        : { changeId: row.id, subscriptionId, kind: itemKind, digestId },
    notifiedLater: later
      .filter(
        ({ change, version, position }) =>
          change.facet === row.change.facet && version > row.version && position > (row.position ?? 0),
      )
      .map(({ digestId: mail, change }) => ({ digestId: mail, change })),
  }));
}

/** The trial's changes that were reported or promised to the person, oldest first. */
async function listTold(tx: Tx, subscriberId: number, trialId: number) {
  const { rows } = await sql<{
    digestId: number;
    version: number;
    position: number;
    change: ChangeFacts['change'];
  }>`
    select i.digest_id as "digestId", c.version, c.position, c.change
    from changes c join digest_items i on i.change_id = c.id and i.subscriber_id = ${subscriberId}
    where c.trial_id = ${trialId} and i.digest_id is not null order by c.position`.execute(tx);
  return rows;
}

/** Finds the edit behind a change. */
function findEdit(edits: Edit[], change: ChangeFacts['change']): ChangeFacts['edit'] {
  const found = edits.find(
    (edit) => edit.change !== null && sameValue(edit.change as unknown as Json, change as unknown as Json),
  );
  return found ? { fate: found.fate, reason: found.reason } : null;
}

/** Other edits of a trial's newest versions, with the reason why each is folded or silent. */
export async function listFoldedEdits(
  db: Db,
  trialId: number,
  { versionsAtMost, editsAtMost }: { versionsAtMost: number; editsAtMost: number },
): Promise<{ version: number; field: string; fate: 'folded' | 'silent'; reason: string; readAt: string }[]> {
  const { rows } = await sql<{
    version: number;
    field: string;
    fate: 'folded' | 'silent';
    reason: string;
    readAt: string;
  }>`
    select distinct e.version, o.edit->>'field' as field, o.edit->>'fate' as fate, o.edit->>'reason' as reason,
      v.read_at as "readAt"
    from (select * from edits where trial_id = ${trialId} order by version desc limit ${versionsAtMost}) e
    join trial_versions v on v.trial_id = e.trial_id and v.version = e.version
    cross join lateral jsonb_array_elements(e.edits) as o (edit)
    where o.edit->>'fate' <> 'told' order by e.version desc, field, fate, reason limit ${editsAtMost}`.execute(
    db,
  );
  return rows;
}

/** The trial of a change; null if the change does not exist. */
export async function findChangedTrial(
  db: Db,
  changeId: number,
): Promise<{ trialId: number; id: string } | null> {
  const { rows } = await sql<{ trialId: number; id: string }>`
    select t.id as "trialId", t.registry_id as id from changes c join trials t on t.id = c.trial_id
    where c.id = ${changeId}`.execute(db);
  return rows[0] ?? null;
}
