import { createHash } from 'node:crypto';
import { canonicalTrial } from '../../core/diff/diff.ts';
import { compareSites } from '../../core/diff/sites.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { unpackJson } from '../../db/ingest/raw.ts';
import { loadRaws, loadTrials, renameTrial, type StoredTrial } from '../../db/ingest/trials.ts';
import type { ReadRecord, Registry } from '../../registries/registry.ts';
import { latestDay } from './data-version.ts';

/** For so many days a record older than the stored one is taken for a stale copy; after that, for the registry's will. */
const staleDays = 7;

/**
 * The stored trials that these records speak of, by the record's id. A trial whose id the registry replaced is found by
 * its old one and carries on under the new; one that an older reading stored is read anew from its kept raw answer (C15).
 * `outdated` are records that are not to be stored: an older dataset answered for a while (C10).
 */
export async function loadStored(
  tx: Tx,
  run: { registry: Registry; readAt: Instant },
  records: ReadRecord[],
): Promise<{ stored: Map<string, StoredTrial>; outdated: Set<ReadRecord> }> {
  const { registry } = run;
  const ids = records.flatMap((record) => [record.trial.id, ...record.trial.aliases]);
  const loaded = await loadTrials(tx, registry.id, ids);
  const byId = new Map(loaded.map((trial) => [trial.registryId, trial]));
  const stored = new Map<string, StoredTrial>();
  const outdated = new Set<ReadRecord>();
  for (const record of records) {
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
      // Contacts are hashed with the trial's id: under another one the same people look like others.
      former.trial = { ...former.trial, unread: [...former.trial.unread, 'contacts'] };
    }
    stored.set(trial.id, known);
  }
  await readOldReadingsAnew(tx, registry, [...stored.values()]);
  return { stored, outdated };
}

/** An update date only grows: an earlier one comes from an older dataset. One of the future is a mistake (N4). */
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
    const again = kept ? registry.readRecord(unpackJson(kept.raw), kept.fields) : null;
    if (!again?.ok) continue;
    // Which numbers a trial bore was confirmed when it was stored (N2).
    trial.trial = { ...mergeReading(trial.trial, again.trial), aliases: trial.trial.aliases };
    trial.hash = hashTrial(trial.trial);
  }
}

/**
 * A stored version as its kept answer is read now. Sites keep their numbers. What a withheld record hides keeps its
 * value; what was not asked for then was never read, whatever this code reads it from now.
 */
function mergeReading(stored: Trial, again: Trial): Trial {
  const isHidden = (field: Trial['unread'][number]) =>
    again.status === 'WITHHELD' && stored[field] !== undefined && !stored.unread.includes(field);
  const hidden = again.unread.filter(isHidden);
  const merged: Trial = {
    ...again,
    ...Object.fromEntries(hidden.map((field) => [field, stored[field]])),
    unread: again.unread.filter((field) => !hidden.includes(field)),
  };
  return merged.unread.includes('sites') ? merged : compareSites(stored, merged).after;
}

/** Names the meaning of a version: equal for equal meaning. */
export function hashTrial(trial: Trial): string {
  return createHash('sha256')
    .update(JSON.stringify(canonicalTrial(trial)))
    .digest('base64url');
}
