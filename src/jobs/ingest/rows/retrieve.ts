import { writeRows } from '../../../db/ingest/registry-rows.ts';
import type { RegistryRecord, RegistryRow } from '../../../registries/registry.ts';
import { faultyAtMost, readOrSetAside } from '../../../registries/set-aside.ts';
import type { Context } from '../../context.ts';
import type { Run } from '../run-state.ts';
import { storeRecords } from '../store-records.ts';

/** Each record is a request of its own. */
const recordsAtOnce = 20;

/**
 * Reads records one by one and stores them, each with its row; a record that is set aside keeps its old row,
 * so that it is read again. Returns the ids that the registry reports as not found.
 */
export async function retrieve(
  context: Context,
  run: Run,
  ids: readonly string[],
  byId: ReadonlyMap<string, RegistryRow>,
): Promise<string[]> {
  const absent: string[] = [];
  let faulty = 0;
  for (let at = 0; at < ids.length; at += recordsAtOnce) {
    const records: RegistryRecord[] = [];
    for (const id of ids.slice(at, at + recordsAtOnce)) {
      const record = await readOrSetAside(run.registry.trial, id);
      if (record === null) absent.push(id);
      else records.push(record.record);
      faulty += record?.error ? 1 : 0;
      if (record?.error && faulty > faultyAtMost) throw record.error;
    }
    await storeRecords(context.db, run, records);
    const read = records.flatMap((record) => (record.ok ? (byId.get(record.trial.id) ?? []) : []));
    await writeRows(context.db, run.registry.id, read, run.readAt);
  }
  return absent.filter((id) => !byId.has(id));
}
