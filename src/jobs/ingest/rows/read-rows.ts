import { addMs } from '../../../core/instants.ts';
import { listQuarantined } from '../../../db/ingest/quarantine.ts';
import { listUnread } from '../../../db/ingest/reconcile.ts';
import { closeRows, listStoredStates, readRowHashes, writeRows } from '../../../db/ingest/registry-rows.ts';
import { markChecked } from '../../../db/ingest/runs.ts';
import type { RegistryRow, RegistryRows } from '../../../registries/registry.ts';
import type { Context } from '../../context.ts';
import { areTooMany, noteMissing } from '../reconcile.ts';
import type { Ending } from '../run-reading.ts';
import type { Run } from '../run-state.ts';
import { retrieve } from './retrieve.ts';

const dayMs = 24 * 3_600_000;
/** One request each, a second apart: a run of more would look stuck. The next poll continues. */
const changedAtMost = 2_000;
/** How many stored trials that were not read for a week are read again at a time, followed ones first. */
const againAtMost = 300;
const weekMs = 6.5 * dayMs;
/** A trial that leaves the list and comes back within this time is not new. */
const rowsKeptMs = 90 * dayMs;

/**
 * Reads a registry's list, and the record of every trial whose row changed, that was set aside, or that was not
 * read for a week. The first list is a baseline: only stored trials that were published since are read. An
 * unlisted trial counts as missing only if the list is whole and its record is gone too. A row without a record,
 * or a record without a row, proves nothing.
 */
export async function readChangedRows(
  context: Context,
  run: Run,
  listRows: () => Promise<RegistryRows>,
  isFirst: boolean,
): Promise<Ending> {
  const { db } = context;
  const { id: registry } = run.registry;
  const { rows, shortfall } = await listRows();
  await markChecked(db, registry, run.readAt);
  const known = await readRowHashes(db, registry);
  const stored = await listStoredStates(db, registry);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const changed = rows.filter(({ id, hash }) => known.get(id) !== hash || stored.get(id)?.isMissing);
  // A record that was stored as it was last published need not be read for the first list.
  const isNewer = ({ id, updatedOn }: RegistryRow) =>
    stored.has(id) && (updatedOn === null || updatedOn !== stored.get(id)?.updatedOn);
  const wanted = isFirst ? changed.filter(isNewer) : changed;
  if (isFirst) {
    const baseline = changed.filter((row) => !isNewer(row));
    await writeRows(db, registry, baseline, run.readAt);
  } else run.newIds = new Set(changed.flatMap(({ id }) => (known.has(id) ? [] : id)));
  // Stored trials first: somebody may follow them.
  const inOrder = wanted.toSorted((a, b) => Number(stored.has(b.id)) - Number(stored.has(a.id)));
  await retrieve(
    context,
    run,
    inOrder.slice(0, changedAtMost).map(({ id }) => id),
    byId,
  );
  const isDone = shortfall === null && inOrder.length <= changedAtMost;
  const unlisted = isDone ? [...stored.keys()].filter((id) => !byId.has(id) && !run.seen.has(id)) : [];
  const isBelieved =
    isDone && !areTooMany(unlisted.filter((id) => !stored.get(id)?.isMissing).length, stored.size);
  const absent = await retrieve(context, run, isBelieved ? unlisted : [], byId);
  const again = [...(await listQuarantined(db, registry)), ...(await listOld(context, run))];
  await retrieve(
    context,
    run,
    again.filter((id) => byId.has(id) && !run.seen.has(id)),
    byId,
  );
  return {
    complete: async (tx) => {
      await noteMissing(tx, run, absent, run.readAt);
      const forgetBefore = addMs(run.readAt, -rowsKeptMs);
      await closeRows(tx, registry, [...byId.keys()], { seenAt: run.readAt, forgetBefore });
    },
    ...sayShortfall(),
  };

  function sayShortfall(): { shortfall?: string } {
    if (shortfall !== null) return { shortfall };
    const { name } = run.registry;
    const left = inOrder.length - changedAtMost;
    if (left > 0) return { shortfall: `${name}: ${left} more records changed; the next poll continues` };
    if (isBelieved) return {};
    return {
      shortfall: `${name} does not list ${unlisted.length} of the ${stored.size} stored trials: too many to believe`,
    };
  }
}

/** The ids of stored trials that were not read for a week. */
async function listOld(context: Context, run: Run): Promise<string[]> {
  const cutoff = addMs(run.readAt, -weekMs);
  const how = { cutoff, dataTimestamp: run.readAt, limit: againAtMost };
  const old = await listUnread(context.db, run.registry.id, how);
  return old.map(({ id }) => id);
}
