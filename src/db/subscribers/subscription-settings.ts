import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
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
