import { isRewording } from '../../core/anomaly-hold.ts';
import type { RunFigures } from '../../core/run-figures.ts';
import { learnConcepts } from '../../db/catalog/concepts.ts';
import { learnPlaces } from '../../db/catalog/places.ts';
import type { Db, Tx } from '../../db/connect.ts';
import { writeChanges } from '../../db/ingest/changes.ts';
import { isRecordFault, markRecovered, quarantineRecord } from '../../db/ingest/quarantine.ts';
import { markFound } from '../../db/ingest/reconcile.ts';
import { saveProgress } from '../../db/ingest/runs.ts';
import { touchTrials } from '../../db/ingest/trials.ts';
import { writeReadings } from '../../db/ingest/write-readings.ts';
import { holdsLease } from '../../db/leases.ts';
import { messageOf, TrialbellError } from '../../errors.ts';
import type { ReadRecord, RegistryRecord } from '../../registries/registry.ts';
import { confirmAliases } from './confirm-aliases.ts';
import {
  type ComparedRecord,
  compareWithStored,
  matchesSame,
  readBaseline,
  registrationChange,
} from './detect-changes.ts';
import { loadStored } from './load-existing.ts';
import type { Run } from './run-state.ts';
import { updateLinks } from './update-links.ts';

/** Records per transaction: few statements, and bounded memory. */
const chunkSize = 250;

/** Stores a page of records in chunks; the last chunk records where an interrupted run resumes. */
export async function storeRecords(
  db: Db,
  run: Run,
  records: RegistryRecord[],
  resumeAt: string | null = null,
): Promise<void> {
  const confirmed = await confirmAliases(db, run, records);
  run.figures = { ...run.figures, replaced: run.figures.replaced + confirmed.replaced };
  for (let from = 0; from === 0 || from < confirmed.records.length; from += chunkSize) {
    const isLast = from + chunkSize >= confirmed.records.length;
    const chunk = confirmed.records.slice(from, from + chunkSize);
    await storeOrIsolate(db, run, chunk, isLast ? resumeAt : undefined);
  }
}

/**
 * Stores records together. If one of them cannot be stored, halves the chunk until it is alone, quarantines
 * it, and stores the others (N1).
 */
async function storeOrIsolate(
  db: Db,
  run: Run,
  records: RegistryRecord[],
  resumeAt: string | null | undefined,
): Promise<void> {
  try {
    await storeChunk(db, run, records, resumeAt);
  } catch (error) {
    const [first] = records;
    if (!first || !isRecordFault(error) || (records.length === 1 && !first.ok)) throw error;
    if (records.length === 1 && first.ok) {
      const reason = `The record could not be stored: ${messageOf(error)}`;
      await storeChunk(db, run, [{ ok: false, id: first.trial.id, reason, raw: first.raw }], resumeAt);
      return;
    }
    const middle = Math.ceil(records.length / 2);
    await storeOrIsolate(db, run, records.slice(0, middle), undefined);
    await storeOrIsolate(db, run, records.slice(middle), resumeAt);
  }
}

/**
 * Stores records in one transaction: new versions, changes with their topics, quarantined records, and the
 * run's progress. Storing the same page again changes nothing. Throws if the run's lease was lost.
 */
async function storeChunk(
  db: Db,
  run: Run,
  records: RegistryRecord[],
  resumeAt: string | null | undefined,
): Promise<void> {
  const good = newestOfEach(records.filter((record) => record.ok));
  const bad = records.filter((record) => !record.ok);
  const { counted: figures, outcome } = await db.transaction().execute(async (tx) => {
    if (!(await holdsLease(tx, run.lease))) {
      throw new TrialbellError(`Another process is reading ${run.registry.name}; this one stops.`);
    }
    const outcome = await storeGood(tx, run, good);
    await quarantineRecord(tx, run.registry.id, bad, run.readAt);
    const ids = good.map((record) => record.trial.id);
    // A record that was quarantined under an obsolete number recovers with the record that has replaced it.
    const names = good.flatMap(({ trial }) => [trial.id, ...trial.aliases]);
    await markRecovered(tx, run.registry.id, names, run.readAt);
    const unseen = [...ids, ...bad.map((record) => record.id ?? '')].filter((id) => !run.seen.has(id));
    const counted: RunFigures = {
      ...run.figures,
      seen: run.figures.seen + unseen.length,
      new: run.figures.new + outcome.fresh,
      adopted: run.figures.adopted + outcome.adopted,
      changed: run.figures.changed + outcome.changed,
      changes: run.figures.changes + outcome.changes,
      outdated: run.figures.outdated + outcome.outdated,
      quarantined: run.figures.quarantined + bad.filter((record) => !run.seen.has(record.id ?? '')).length,
    };
    await saveProgress(tx, run.id, counted, resumeAt);
    return { counted, outcome };
  });
  run.figures = figures;
  run.compared += outcome.compared;
  run.reworded += outcome.reworded;
  for (const record of good) {
    run.seen.add(record.trial.id);
    for (const alias of record.trial.aliases) run.seenAliases.add(alias);
  }
  for (const record of bad) run.seen.add(record.id ?? '');
}

/** Removes repeated records (pages may overlap); keeps the one updated last. */
function newestOfEach(records: ReadRecord[]): ReadRecord[] {
  const newest = new Map<string, ReadRecord>();
  for (const record of records) {
    const known = newest.get(record.trial.id);
    if (!known || (record.trial.lastUpdatePostedOn ?? '') >= (known.trial.lastUpdatePostedOn ?? '')) {
      newest.set(record.trial.id, record);
    }
  }
  return [...newest.values()];
}

type Outcome = {
  fresh: number;
  adopted: number;
  changed: number;
  changes: number;
  outdated: number;
  compared: number;
  reworded: number;
};

async function storeGood(tx: Tx, run: Run, records: ReadRecord[]): Promise<Outcome> {
  const { stored, outdated, same } = await loadStored(tx, run, records, (record, topics) =>
    matchesSame(run, record, topics),
  );
  const readings: ComparedRecord[] = [];
  const untouched = [...same.values()].map((trialId) => ({ trialId, answerHash: null as Buffer | null }));
  const outcome: Outcome = {
    ...{ fresh: 0, adopted: 0, changed: 0, changes: 0, outdated: outdated.size },
    ...{ compared: same.size, reworded: 0 },
  };
  for (const record of records) {
    if (outdated.has(record) || same.has(record)) continue;
    const known = stored.get(record.trial.id);
    if (!known) {
      const reading = readBaseline(run, record);
      if (reading.isNew) outcome.fresh += 1;
      else outcome.adopted += 1;
      outcome.changes += reading.changes.length;
      readings.push(reading);
      continue;
    }
    const reading = await compareWithStored(run, record, known);
    outcome.compared += 1;
    if (reading && isRewording(reading.edits)) outcome.reworded += 1;
    if (!reading) {
      untouched.push({ trialId: known.trialId, answerHash: record.answerHash ?? null });
      continue;
    }
    if (reading.changes.length > 0) outcome.changed += 1;
    outcome.changes += reading.changes.length;
    readings.push(reading);
  }
  const ids = await writeReadings(tx, readings, {
    registry: run.registry.id,
    projection: run.registry.projection,
    rawFields: run.registry.fields,
    runId: run.id,
    readAt: run.readAt,
  });
  const linked = readings.map(({ trial }, at) => ({ trialId: ids[at] ?? -1, facts: trial }));
  await updateLinks(tx, run.registry.id, linked, run.readAt);
  const detected = readings.flatMap((reading, at) =>
    reading.changes.map((change) => ({ ...change, trialId: ids[at] ?? -1, version: reading.version })),
  );
  const answered = records
    .filter((record) => !outdated.has(record))
    .map(({ trial, contacts }) => ({ id: trial.id, contacts }));
  const returned = (await markFound(tx, run.registry.id, answered)).map(
    ({ trialId, version, topics, status }) => ({
      ...registrationChange('returned', status, topics),
      trialId,
      version,
    }),
  );
  outcome.changes += returned.length;
  await writeChanges(tx, [...detected, ...returned], { runId: run.id, detectedAt: run.readAt });
  await touchTrials(tx, untouched, run.readAt);
  await learnConcepts(
    tx,
    records.flatMap((record) => [...record.trial.meshes, ...record.trial.ancestors]),
  );
  await learnPlaces(
    tx,
    records.flatMap((record) => record.trial.sites),
  );
  return outcome;
}
