import { sql } from 'kysely';
import type { Day, Instant, Trial } from '../../core/trial.ts';
import { byteaArray, textArray } from '../../postgres/binary-array.ts';
import type { Db, Tx } from '../connect.ts';
import type { PackedVersion } from '../packing.ts';
import { type StoredVersion, storedVersion, trialIn } from '../stored-trial.ts';
import { unpackAnswer } from './pack-reading.ts';
import { unpackJson } from './raw.ts';

/** A trial as stored: its newest version, and how that was read. */
export type StoredTrial = {
  trialId: number;
  registryId: string;
  version: number;
  hash: string;
  projection: number;
  topics: string[];
  /** When its newest version was last read, with or without changes. */
  readAt: Instant;
  /** The instant for which its stored status followed from its own dates. */
  statusAt: Instant;
  /** The last day on which its own dates changed its status, and the status before it. */
  turnedOn: Day | null;
  turnedFrom: string | null;
  trial: Trial;
  /** Its newest version as it is packed; null in the form of earlier releases. */
  packed: PackedVersion | null;
};

/** A stored trial as its row has it. */
export type LoadedTrial = Omit<StoredTrial, 'trial' | 'packed'> & StoredVersion & { basedOn: number | null };

/** The columns of a loaded trial, from `trials t` and its newest version `v`. */
export const loadedColumns = sql`t.id as "trialId", t.registry_id as "registryId", t.version, t.hash, t.projection,
  t.topics, t.read_at as "readAt", greatest(t.read_at, v.read_at) as "statusAt", t.turned_on::text as "turnedOn",
  t.turned_from as "turnedFrom", v.base as "basedOn", ${storedVersion}`;

/** Opens the trial of a row. */
export function openLoaded({ basedOn, trial, packed, base, ...rest }: LoadedTrial): StoredTrial {
  const against = base !== null && basedOn !== null ? { version: basedOn, packed: base } : null;
  return { ...rest, trial: trialIn({ trial, packed, base }), packed: packed && { packed, base: against } };
}

/** The stored trials with these ids, present or former. */
export async function loadTrials(db: Db | Tx, registry: string, ids: string[]): Promise<StoredTrial[]> {
  return (await loadDiffering(db, registry, ids, { projection: 0, of: [] })).loaded;
}

/** A stored trial that was not loaded: its answer is the one that was asked about. */
export type SameTrial = Pick<StoredTrial, 'trialId' | 'registryId' | 'topics'>;

/**
 * The stored trials with these ids, present or former. Those with one of these answers, as this projection reads it, are
 * only named.
 */
export async function loadDiffering(
  db: Db | Tx,
  registry: string,
  ids: string[],
  answers: { projection: number; of: readonly { id: string; answerHash: Buffer }[] },
): Promise<{ loaded: StoredTrial[]; same: SameTrial[] }> {
  const { rows } = await sql<LoadedTrial & { isSame: boolean }>`
    select ${loadedColumns}, s.id is not null as "isSame"
    from trials t left join unnest(${textArray(answers.of.map(({ id }) => id))}::text[],
      ${byteaArray(answers.of.map(({ answerHash }) => answerHash))}::bytea[]) as s (id, answer_hash)
      on s.id = t.registry_id and s.answer_hash = t.answer_hash and t.projection = ${answers.projection}::int
    left join trial_versions v on v.trial_id = t.id and v.version = t.version and s.id is null
    where t.registry = ${registry} and (t.registry_id = any(${ids}::text[]) or t.id in (
      select trial_id from trial_aliases where registry = ${registry} and alias = any(${ids}::text[])))`.execute(
    db,
  );
  const whole = rows.filter(({ isSame }) => !isSame).map(({ isSame: _, ...row }) => openLoaded(row));
  return { loaded: whole, same: rows.filter(({ isSame }) => isSame) };
}

/** Which of these are the present ids of stored trials. */
export async function listStoredIds(db: Db, registry: string, ids: string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select registry_id as id from trials where registry = ${registry} and registry_id = any(${textArray(ids)}::text[])`.execute(
    db,
  );
  return new Set(rows.map(({ id }) => id));
}

/** The registry's answers of stored trials, each with its requested fields. */
export async function loadRaws(
  db: Db | Tx,
  trialIds: number[],
): Promise<Map<number, { raw: unknown; fields: string[] | null }>> {
  const { rows } = await sql<{
    id: number;
    raw: Buffer;
    fields: string[] | null;
    packed: Buffer | null;
    base: Buffer | null;
  }>`
    select t.id, t.raw, coalesce(l.fields, t.raw_fields) as fields, v.packed, b.packed as base
    from trials t left join field_lists l on l.id = t.field_list_id
    left join trial_versions v on v.trial_id = t.id and v.version = t.raw_version
    left join trial_versions b on b.trial_id = t.id and b.version = v.base
    where t.id = any(${trialIds}::bigint[])`.execute(db);
  return new Map(
    rows.map(({ id, raw, fields, packed, base }) => [
      id,
      { raw: packed === null ? unpackJson(raw) : unpackAnswer(raw, { packed, base }), fields },
    ]),
  );
}

/** Records that stored trials were read again without differences, and the hashes of the answers that say so. */
export async function touchTrials(
  tx: Tx,
  read: readonly { trialId: number; answerHash: Buffer | null }[],
  readAt: Instant,
): Promise<void> {
  if (read.length === 0) return;
  await sql`
    update trials t set read_at = ${readAt}::timestamptz, answer_hash = coalesce(r.answer_hash, t.answer_hash)
    from unnest(${read.map(({ trialId }) => trialId)}::bigint[],
      ${byteaArray(read.map(({ answerHash }) => answerHash))}::bytea[]) as r (id, answer_hash)
    where t.id = r.id`.execute(tx);
}

/** The stored trials that a list of updates since a day must contain: an update date only grows. */
export async function listUpdatedSince(db: Db, registry: string, day: string): Promise<string[]> {
  const rows = await db
    .selectFrom('trials')
    .select('registry_id')
    .where('registry', '=', registry)
    .where('last_update_posted_on', '>=', day)
    .execute();
  return rows.map((row) => row.registry_id);
}

/** Gives a trial the new id that replaces its old one. */
export async function renameTrial(tx: Tx, trialId: number, registryId: string): Promise<void> {
  await tx.updateTable('trials').set({ registry_id: registryId }).where('id', '=', trialId).execute();
}

/** Stored trials about one of these topics, at most `atMost`. */
export async function loadTrialsAbout(
  db: Db,
  registry: string,
  topics: string[],
  atMost: number,
): Promise<Trial[]> {
  const { rows } = await sql<StoredVersion>`
    select ${storedVersion} from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
    where t.registry = ${registry} and t.topics && ${topics}::text[] order by t.id limit ${atMost}`.execute(
    db,
  );
  return rows.map(trialIn);
}

/** The number of a registry's stored trials. */
export async function countTrials(db: Db, registry: string): Promise<number> {
  const { rows } = await sql<{
    count: number;
  }>`select count(*) from trials where registry = ${registry}`.execute(db);
  return rows[0]?.count ?? 0;
}
