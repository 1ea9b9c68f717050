import { buildPhraseIndex, type Topic, topicsOf } from '../../../core/matching/topics.ts';
import type { Day } from '../../../core/trial.ts';
import type { Db } from '../../../db/connect.ts';
import { listRowsAfter, listStoredStates } from '../../../db/ingest/registry-rows.ts';
import type { Lease } from '../../../db/leases.ts';
import { addBaseline, listWithoutBaseline, type WithoutBaseline } from '../../../db/subscribers/baselines.ts';
import { readFollowed } from '../../../db/subscribers/subscriptions.ts';
import type { Registry } from '../../../registries/registry.ts';
import type { Context } from '../../context.ts';
import { type Ending, type RunResult, runReading, sayShortfall } from '../run-reading.ts';
import type { Run } from '../run-state.ts';
import { storeRecords } from '../store-records.ts';
import { retrieve } from './retrieve.ts';

type Shortfall = Pick<Ending, 'shortfall'>;

const rowsAtOnce = 1_000;
/** One request each, a second apart. The next poll continues. */
const recordsAtMost = 2_000;

/**
 * Stores the present trials of followed conditions that are not stored for this registry yet, silently (C13):
 * those that its search finds or, for a registry that lists its trials, whose stored rows match. Whoever
 * follows a condition is told of a trial found late only after that. Null if no condition waits.
 */
export async function readBaselines(
  context: Context,
  registry: Registry,
  lease: Lease,
  lastDay: Day | null,
): Promise<RunResult | null> {
  const waiting = await listWithoutBaseline(context.db, registry.id);
  if (waiting.length === 0) return null;
  const how = { kind: 'import', dataTimestamp: null, lastDay } as const;
  const read = registry.rows ? readListed : readFound;
  return runReading(context, registry, lease, how, async (run) => ({
    complete: (tx) =>
      addBaseline(
        tx,
        waiting.map(({ id }) => id),
        registry.id,
      ),
    ...(await read(context, run, waiting)),
  }));
}

/** Reads the records that the registry's own search finds. */
async function readFound(context: Context, run: Run, waiting: WithoutBaseline[]): Promise<Shortfall> {
  for (const words of new Set(waiting.map((one) => one.words))) {
    let total: number | null = null;
    const listed = new Set<string | null>();
    for await (const page of run.registry.pages({ kind: 'condition', words })) {
      total ??= page.total;
      await storeRecords(context.db, run, page.records);
      for (const record of page.records) listed.add(record.ok ? record.trial.id : record.id);
    }
    if (total !== null && listed.size < total)
      return { shortfall: sayShortfall(run.registry, total, listed.size) };
  }
  return {};
}

/** Reads the records of stored rows that match. */
async function readListed(context: Context, run: Run, waiting: WithoutBaseline[]): Promise<Shortfall> {
  const { registry } = run;
  const topics = new Set(waiting.flatMap((one) => one.topics));
  const stored = await listStoredStates(context.db, registry.id);
  const ids = (await findRows(context.db, registry, topics)).filter((id) => !stored.has(id));
  await retrieve(context, run, ids.slice(0, recordsAtMost), new Map());
  const left = ids.length - recordsAtMost;
  return left > 0 ? { shortfall: `${registry.name}: ${left} more records of followed conditions wait` } : {};
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
