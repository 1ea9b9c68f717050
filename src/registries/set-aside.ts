import { messageOf, RegistryUnavailable } from '../errors.ts';
import type { Registry, RegistryRecord } from './adapter.ts';

/** So many records that cannot be read are their own fault; more are the registry's. */
export const faultyAtMost = 5;

/** A record, and the error for which it was set aside. */
export type Retrieved = { record: RegistryRecord; error: RegistryUnavailable | null };

/**
 * Reads one trial; a record that cannot be read is a bad one (C9), so that the others are read. Null if the
 * registry does not find it. The caller throws the error if there are more than `faultyAtMost`.
 */
export async function readOrSetAside(trial: Registry['trial'], id: string): Promise<Retrieved | null> {
  try {
    const record = await trial(id);
    return record && { record, error: null };
  } catch (error) {
    if (!(error instanceof RegistryUnavailable)) throw error;
    const reason = `The record could not be read: ${messageOf(error)}`;
    return { record: { ok: false, id, reason, raw: null }, error };
  }
}
