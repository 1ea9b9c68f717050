import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { Exclusion } from '../../core/subscriptions/exclusions.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { Tx } from '../connect.ts';
import type { LockedSubscriber } from './subscription-state.ts';

/** The other settings of a subscription; note and list name are encrypted (P12). */
export type Details = {
  facets: readonly Facet[];
  filters: SubscriptionFilters;
  note: Buffer | null;
  noteInMails: boolean;
  listName: Buffer | null;
};

/**
 * Changes the facets, filters and other settings of one subscription; its cursor stays. False if it does not
 * exist.
 */
export async function changeDetails(
  tx: Tx,
  person: LockedSubscriber,
  id: number,
  details: Details,
): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    update subscriptions set facets = ${[...details.facets]}, filters = ${JSON.stringify(details.filters)}::jsonb,
      note = ${details.note}, note_in_mails = ${details.noteInMails},
      list_name = ${details.listName}
    where id = ${id} and subscriber_id = ${person.id} and state in ('active', 'paused')`.execute(tx);
  return numAffectedRows === 1n;
}

/** What a person's active and paused subscriptions leave out as not fitting, by their ids. */
export async function readExclusions(
  tx: Tx,
  person: Pick<LockedSubscriber, 'id'>,
  ids: readonly number[],
): Promise<Map<number, Exclusion[]>> {
  const { rows } = await sql<{ id: number; exclusions: Exclusion[] | null }>`
    select id, exclusions from subscriptions
    where id = any(${[...ids]}::bigint[]) and subscriber_id = ${person.id} and state in ('active', 'paused')`.execute(
    tx,
  );
  return new Map(rows.map(({ id, exclusions }) => [id, exclusions ?? []]));
}

/** Sets what one of a locked person's subscriptions leaves out as not fitting. */
export async function setExclusions(
  tx: Tx,
  person: LockedSubscriber,
  id: number,
  exclusions: readonly Exclusion[],
): Promise<void> {
  const stored = exclusions.length === 0 ? null : JSON.stringify(exclusions);
  await sql`update subscriptions set exclusions = ${stored}::jsonb
    where id = ${id} and subscriber_id = ${person.id}`.execute(tx);
}

/**
 * Sets the facets of some active or paused subscriptions, each its own. Returns the number changed.
 */
export async function setFacets(
  tx: Tx,
  person: LockedSubscriber,
  chosen: readonly { id: number; facets: readonly Facet[] }[],
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update subscriptions s set facets = string_to_array(c.facets, ' ')
    from unnest(${chosen.map(({ id }) => id)}::bigint[], ${chosen.map(({ facets }) => facets.join(' '))}::text[]) as c (id, facets)
    where s.id = c.id and s.subscriber_id = ${person.id} and s.state in ('active', 'paused')
      and s.facets <> string_to_array(c.facets, ' ')`.execute(tx);
  return Number(numAffectedRows);
}

/** Puts some active or paused subscriptions into a list; its name is encrypted for each (P12). Returns the number changed. */
export async function setListNames(
  tx: Tx,
  person: LockedSubscriber,
  named: readonly { id: number; listName: Buffer | null }[],
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update subscriptions s set list_name = c.list_name
    from unnest(${named.map(({ id }) => id)}::bigint[], ${named.map(({ listName }) => listName)}::bytea[]) as c (id, list_name)
    where s.id = c.id and s.subscriber_id = ${person.id} and s.state in ('active', 'paused')`.execute(tx);
  return Number(numAffectedRows);
}
