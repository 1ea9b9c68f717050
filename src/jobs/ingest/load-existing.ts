import { hash } from 'node:crypto';
import { canonicalTrialJson } from '../../core/diff/diff.ts';
import { compareSites } from '../../core/diff/sites.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import {
  loadDiffering,
  loadRaws,
  loadTrials,
  renameTrial,
  type StoredTrial,
} from '../../db/ingest/trials.ts';
import { doInTurns, takeTurns } from '../../event-loop.ts';
import type { ReadRecord, Registry } from '../../registries/registry.ts';
import { latestDay } from './data-version.ts';

/**
 * For this many days a record that is older than the stored one counts as a stale copy; after that it is
 * treated as an intended rollback.
 */
const staleDays = 7;

/**
 * Loads the stored trials of these records, by the record's id. A trial whose id the registry replaced is
 * found by its old id and continues under the new one. A trial that an older projection stored is read again
 * from its raw answer (C15). `outdated` records come from an older dataset and must not be stored (C10). `same` records,
 * with their trials' ids, have the answer that is stored; those that do not match the same any more are loaded.
 */
export async function loadStored(
  tx: Tx,
  run: { registry: Registry; readAt: Instant },
  records: ReadRecord[],
  matchesSame: (record: ReadRecord, topics: string[]) => boolean,
): Promise<{ stored: Map<string, StoredTrial>; outdated: Set<ReadRecord>; same: Map<ReadRecord, number> }> {
  const { registry } = run;
  const { loaded, same } = await loadOrRecognise(tx, registry, records, matchesSame);
  const byId = new Map(loaded.map((trial) => [trial.registryId, trial]));
  const stored = new Map<string, StoredTrial>();
  const outdated = new Set<ReadRecord>();
  for (const record of records) {
    if (same.has(record)) continue;
    const { trial } = record;
    const direct = byId.get(trial.id);
    const former = direct ? undefined : trial.aliases.map((alias) => byId.get(alias)).find((found) => found);
    const known = direct ?? former;
    if (known && isStale(trial, known, run.readAt)) {
      outdated.add(record);
      continue;
    }
    if (!known) continue;
    if (former) {
      await renameTrial(tx, former.trialId, trial.id);
      // Contacts are hashed with the trial's id, so under another id the same people would look different.
      former.trial = { ...former.trial, unread: [...former.trial.unread, 'contacts'] };
    }
    stored.set(trial.id, known);
  }
  await readOldReadingsAnew(tx, registry, [...stored.values()]);
  return { stored, outdated, same };
}

async function loadOrRecognise(
  tx: Tx,
  registry: Registry,
  records: ReadRecord[],
  matchesSame: (record: ReadRecord, topics: string[]) => boolean,
) {
  const { projection } = registry;
  const of = records.flatMap(({ trial, answerHash }) => (answerHash ? [{ id: trial.id, answerHash }] : []));
  const ids = records.flatMap((record) => [record.trial.id, ...record.trial.aliases]);
  const found = await loadDiffering(tx, registry.id, ids, { projection, of });
  const named = new Map(found.same.map((one) => [one.registryId, one]));
  const same = new Map<ReadRecord, number>();
  const other: string[] = [];
  for (const record of records) {
    const one = named.get(record.trial.id);
    if (one === undefined) continue;
    if (matchesSame(record, one.topics)) same.set(record, one.trialId);
    else other.push(record.trial.id);
    await takeTurns();
  }
  if (other.length === 0) return { loaded: found.loaded, same };
  return { loaded: [...found.loaded, ...(await loadTrials(tx, registry.id, other))], same };
}

/**
 * Whether a record is stale. An update date only grows: an earlier one comes from an older dataset. One in
 * the future is a mistake (N4).
 */
function isStale(trial: Trial, known: StoredTrial, readAt: Instant): boolean {
  const [read, stored] = [trial.lastUpdatePostedOn, known.trial.lastUpdatePostedOn];
  if (read === null || stored === null || read >= stored || stored > latestDay(readAt)) return false;
  return Date.parse(readAt) - Date.parse(known.readAt) < staleDays * 24 * 3_600_000;
}

async function readOldReadingsAnew(tx: Tx, registry: Registry, stored: StoredTrial[]): Promise<void> {
  const old = stored.filter((trial) => trial.projection !== registry.projection);
  if (old.length === 0) return;
  const raws = await loadRaws(
    tx,
    old.map((trial) => trial.trialId),
  );
  for (const trial of old) {
    const kept = raws.get(trial.trialId);
    const again = kept ? registry.readRecord(kept.raw, kept.fields) : null;
    if (!again?.ok) continue;
    const onItsDay = registry.statusOn?.(again.trial, trial.statusAt.slice(0, 10)) ?? again.trial;
    // The aliases were confirmed when the trial was stored (N2).
    trial.trial = { ...(await mergeReading(trial.trial, onItsDay)), aliases: trial.trial.aliases };
    trial.hash = hashTrial(trial.trial);
  }
}

/**
 * Reads a stored version again from its raw answer. Sites keep their numbers. Values that a withheld record
 * hides are kept; fields that were not requested stay unread, whatever source this code has for them now.
 */
async function mergeReading(stored: Trial, again: Trial): Promise<Trial> {
  const isHidden = (field: Trial['unread'][number]) =>
    again.status === 'WITHHELD' && stored[field] !== undefined && !stored.unread.includes(field);
  const hidden = again.unread.filter(isHidden);
  const merged: Trial = {
    ...again,
    ...Object.fromEntries(hidden.map((field) => [field, stored[field]])),
    unread: again.unread.filter((field) => !hidden.includes(field)),
  };
  return merged.unread.includes('sites') ? merged : (await doInTurns(compareSites(stored, merged))).after;
}

/** A hash of a version's meaning: equal for equal meaning. */
export function hashTrial(trial: Trial): string {
  return hash('sha256', canonicalTrialJson(trial), 'base64url');
}
