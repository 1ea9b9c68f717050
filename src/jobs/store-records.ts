import type { Change } from '../core/change.ts';
import { compareTrials } from '../core/diff.ts';
import { numberSites } from '../core/sites.ts';
import { type PhraseIndex, type Topic, topicsOf } from '../core/topics.ts';
import type { Day, Instant, Trial } from '../core/trial.ts';
import { weighChange } from '../core/weight.ts';
import { type DetectedChange, writeChanges } from '../db/changes.ts';
import { learnConcepts } from '../db/concepts.ts';
import type { Db, Tx } from '../db/connect.ts';
import { holdsLease, type Lease } from '../db/leases.ts';
import { markHealed, setAside } from '../db/quarantine.ts';
import { packJson } from '../db/raw.ts';
import { noteProgress, type RunFigures } from '../db/runs.ts';
import type { RunKind } from '../db/schema.ts';
import { type StoredTrial, type TrialReading, touchTrials, writeReadings } from '../db/trials.ts';
import { TrialbellError } from '../errors.ts';
import type { ReadRecord, Registry, RegistryRecord } from '../registries/registry.ts';
import { hashTrial, loadStored } from './load-stored.ts';

/** What one run stores into: its row, its lease, who follows what, and its figures so far. */
export type Run = {
  id: number;
  kind: RunKind;
  registry: Registry;
  lease: Lease;
  followed: Set<Topic>;
  phrases: PhraseIndex;
  /** The day of the last completed run's data; null before the first. Trials first posted from then on are new (C13). */
  lastDay: Day | null;
  readAt: Instant;
  figures: RunFigures;
  seen: Set<string>;
};

/** Records stored in one transaction: enough to make statements few, not so many that memory grows. */
const chunkSize = 250;

/** Stores a page of records, chunk by chunk; the last one notes how far the run has come. */
export async function storeRecords(
  db: Db,
  run: Run,
  records: RegistryRecord[],
  resumeAt: string | null = null,
): Promise<void> {
  for (let from = 0; from === 0 || from < records.length; from += chunkSize) {
    const isLast = from + chunkSize >= records.length;
    await storeChunk(db, run, records.slice(from, from + chunkSize), isLast ? resumeAt : undefined);
  }
}

/**
 * Stores records in one transaction: new versions, what changed with its topics, what is set aside, and how
 * far the run has come. Reading the same page again stores nothing more. Throws when the run's lease was lost.
 */
async function storeChunk(
  db: Db,
  run: Run,
  records: RegistryRecord[],
  resumeAt: string | null | undefined,
): Promise<void> {
  const good = newestOfEach(records.filter((record) => record.ok));
  const bad = records.filter((record) => !record.ok);
  const figures = await db.transaction().execute(async (tx) => {
    if (!(await holdsLease(tx, run.lease))) {
      throw new TrialbellError(`Another process reads ${run.registry.name} now; this one stops.`);
    }
    const outcome = await storeGood(tx, run, good);
    await setAside(tx, run.registry.id, bad, run.readAt);
    const ids = good.map((record) => record.trial.id);
    await markHealed(tx, run.registry.id, ids, run.readAt);
    const unseen = [...ids, ...bad.map((record) => record.id ?? '')].filter((id) => !run.seen.has(id));
    const counted: RunFigures = {
      ...run.figures,
      seen: run.figures.seen + unseen.length,
      new: run.figures.new + outcome.fresh,
      adopted: run.figures.adopted + outcome.adopted,
      changed: run.figures.changed + outcome.changed,
      changes: run.figures.changes + outcome.changes,
      quarantined: run.figures.quarantined + bad.filter((record) => !run.seen.has(record.id ?? '')).length,
    };
    await noteProgress(tx, run.id, counted, resumeAt);
    return counted;
  });
  run.figures = figures;
  for (const record of good) run.seen.add(record.trial.id);
  for (const record of bad) run.seen.add(record.id ?? '');
}

/** Repeated records (pages may overlap) count once: the one updated last. */
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

type Outcome = { fresh: number; adopted: number; changed: number; changes: number };

async function storeGood(tx: Tx, run: Run, records: ReadRecord[]): Promise<Outcome> {
  const { stored, outdated } = await loadStored(tx, run, records);
  const readings: (TrialReading & { changes: Omit<DetectedChange, 'trialId' | 'version'>[] })[] = [];
  const untouched: number[] = [];
  const outcome: Outcome = { fresh: 0, adopted: 0, changed: 0, changes: 0 };
  for (const record of records) {
    if (outdated.has(record)) continue;
    const known = stored.get(record.trial.id);
    if (!known) {
      const reading = readNew(run, record);
      if (reading.isNew) outcome.fresh += 1;
      else outcome.adopted += 1;
      outcome.changes += reading.changes.length;
      readings.push(reading);
      continue;
    }
    const reading = readAgain(run, record, known);
    if (!reading) {
      untouched.push(known.trialId);
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
  const detected = readings.flatMap((reading, at) =>
    reading.changes.map((change) => ({ ...change, trialId: ids[at] ?? -1, version: reading.version })),
  );
  await writeChanges(tx, detected, { runId: run.id, detectedAt: run.readAt });
  await touchTrials(tx, untouched, run.readAt);
  await learnConcepts(
    tx,
    records.flatMap((record) => [...record.trial.meshes, ...record.trial.ancestors]),
  );
  return outcome;
}

function readNew(run: Run, record: ReadRecord) {
  const trial = numberSites(record.trial);
  const topics = topicsWithAliases(trial, run.phrases);
  const isNew =
    run.lastDay === null
      ? run.kind !== 'poll'
      : trial.firstPostedOn !== null && trial.firstPostedOn >= run.lastDay;
  const changes: Omit<DetectedChange, 'trialId' | 'version'>[] = [];
  if (run.lastDay !== null && isNew) {
    changes.push(registration('registered', trial, topics, null));
  } else if (run.kind !== 'import' && topics.some((topic) => run.followed.has(topic))) {
    changes.push(registration('entered', trial, topics, null));
  }
  return {
    ...readingOf(record, trial, 1, null),
    topics,
    changes,
    toldCount: 0,
    isNew: isNew || run.kind !== 'poll',
  };
}

/** A stored trial's next version; null when nothing of it differs. */
function readAgain(run: Run, record: ReadRecord, known: StoredTrial) {
  const filled = fillUnread(known.trial, record.trial);
  const { edits, changes: told, after } = compareTrials(known.trial, filled);
  const hash = hashTrial(after);
  if (hash === known.hash) {
    const same =
      known.projection === run.registry.projection &&
      known.trial.verifiedOn === after.verifiedOn &&
      known.trial.lastUpdatePostedOn === after.lastUpdatePostedOn;
    if (same) return null;
    const topics = topicsWithAliases(after, run.phrases);
    return { ...readingOf(record, after, known.version, known.trialId), topics, changes: [], toldCount: 0 };
  }
  const before = topicsWithAliases(known.trial, run.phrases);
  const topics = topicsWithAliases(after, run.phrases);
  const changes = [...told.map((change) => detect(change, union(before, topics), null))];
  if (wordsDiffer(known.trial, after)) {
    const gained = topics.filter((topic) => !before.includes(topic) && run.followed.has(topic));
    const lost = before.filter((topic) => !topics.includes(topic) && run.followed.has(topic));
    if (gained.length > 0) changes.push(registration('entered', after, gained, before));
    if (lost.length > 0) changes.push(registration('left', after, lost, topics));
  }
  return {
    ...readingOf(record, after, known.version + 1, known.trialId),
    topics,
    changes,
    edits,
    toldCount: told.length,
  };
}

function readingOf(record: ReadRecord, trial: Trial, version: number, trialId: number | null) {
  return {
    trialId,
    version,
    hash: hashTrial(trial),
    trial,
    contacts: record.contacts,
    raw: packJson(record.raw),
    edits: [] as TrialReading['edits'],
  };
}

/** A record that withholds fields, or a read that did not ask for them, never blanks what was known (L12, L14). */
function fillUnread(known: Trial, trial: Trial): Trial {
  if (trial.unread.length === 0) return trial;
  const kept = Object.fromEntries(trial.unread.map((field) => [field, known[field]]));
  return { ...trial, ...kept, unread: trial.unread.filter((field) => known.unread.includes(field)) };
}

function registration(
  kind: 'registered' | 'entered' | 'left',
  trial: Trial,
  topics: Topic[],
  otherTopics: Topic[] | null,
): Omit<DetectedChange, 'trialId' | 'version'> {
  return detect({ facet: 'registration', kind, before: null, after: trial.status }, topics, otherTopics);
}

function detect(change: Change, topics: Topic[], otherTopics: Topic[] | null) {
  return { change, weight: weighChange(change), topics, otherTopics };
}

function topicsWithAliases(trial: Trial, phrases: PhraseIndex): Topic[] {
  return union(
    topicsOf(trial, phrases),
    trial.aliases.map((alias) => `trial:${trial.registry}:${alias}`),
  );
}

function union(some: Topic[], others: Topic[]): Topic[] {
  return [...new Set([...some, ...others])];
}

/** Topics that changed through derived MeSH terms alone are updated silently (C13). */
function wordsDiffer(before: Trial, after: Trial): boolean {
  const words = (trial: Trial) =>
    JSON.stringify([trial.conditions, trial.keywords, trial.title, trial.officialTitle]);
  return words(before) !== words(after);
}
