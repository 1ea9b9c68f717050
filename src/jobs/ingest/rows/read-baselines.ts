import { buildPhraseIndex, type Topic, topicsOf } from '../../../core/matching/topics.ts';
import type { Day } from '../../../core/trial.ts';
import type { Db } from '../../../db/connect.ts';
import { listRowsAfter, listStoredIds } from '../../../db/ingest/registry-rows.ts';
import type { Lease } from '../../../db/leases.ts';
import { addBaseline, listWithoutBaseline } from '../../../db/subscribers/baselines.ts';
import { readFollowed } from '../../../db/subscribers/subscriptions.ts';
import type { Registry } from '../../../registries/registry.ts';
import type { Context } from '../../context.ts';
import { type RunResult, runReading } from '../run-reading.ts';
import { retrieve } from './retrieve.ts';

const rowsAtOnce = 1_000;
/** One request each, a second apart. The next poll reads on. */
const recordsAtMost = 2_000;

/**
 * Stores the present trials of followed conditions that are not stored for this registry yet, silently (C13):
 * which these are is read from the stored rows, in our own matching. Null if no condition waits.
 */
export async function readBaselines(
  context: Context,
  registry: Registry,
  lease: Lease,
  lastDay: Day | null,
): Promise<RunResult | null> {
  const waiting = await listWithoutBaseline(context.db, registry.id);
  if (waiting.length === 0) return null;
  const topics = new Set(waiting.flatMap((one) => one.topics));
  const stored = await listStoredIds(context.db, registry.id);
  const found = await findRows(context.db, registry, topics);
  const ids = found.filter((id) => !stored.has(id));
  const how = { kind: 'import', dataTimestamp: null, lastDay } as const;
  return runReading(context, registry, lease, how, async (run) => {
    await retrieve(context, run, ids.slice(0, recordsAtMost), new Map());
    const left = ids.length - recordsAtMost;
    return {
      complete: (tx) =>
        addBaseline(
          tx,
          waiting.map(({ id }) => id),
          registry.id,
        ),
      ...(left > 0
        ? { shortfall: `${registry.name}: ${left} more records of followed conditions wait` }
        : {}),
    };
  });
}

/** The ids of stored rows that match one of these topics. */
async function findRows(db: Db, registry: Registry, topics: ReadonlySet<Topic>): Promise<string[]> {
  const { phrases } = await readFollowed(db, registry.id);
  const index = buildPhraseIndex(phrases);
  const found: string[] = [];
  for (let after = ''; ; ) {
    const rows = await listRowsAfter(db, registry.id, after, rowsAtOnce);
    for (const { id, row } of rows) {
      const record = registry.readRecord(row, null);
      if (record.ok && topicsOf(record.trial, index).some((topic) => topics.has(topic))) found.push(id);
    }
    const last = rows.at(-1);
    if (last === undefined) return found;
    after = last.id;
  }
}
