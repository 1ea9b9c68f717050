import { sql } from 'kysely';
import type { Trial } from '../../core/trial.ts';
import { takeTurns } from '../../event-loop.ts';
import { byteaArray, textArray } from '../../postgres/binary-array.ts';
import type { Db, Tx } from '../connect.ts';
import { unpackJson } from '../ingest/raw.ts';
import { type PackedVersion, pack, packVersion } from '../packing.ts';
import { readSetting, writeSetting } from '../settings.ts';
import { packCard, type StoredVersion, storedVersion, trialIn } from '../stored-trial.ts';

/** The last trial that was looked at, or `done`. */
const progressSetting = 'packed-versions';
const atOnce = 50;

/**
 * Packs the versions, answers and cards of trials that an earlier release stored, until `isOver`; the next call continues.
 * Each chunk has its own transaction. What cannot be read stays as it is.
 */
export async function packVersions(db: Db, isOver: () => boolean): Promise<void> {
  let progress = (await readSetting(db, progressSetting)) ?? '0';
  while (progress !== 'done' && !isOver()) {
    const after = Number(progress);
    progress = await db.transaction().execute(async (tx) => {
      const reached = await packChunk(tx, after);
      await writeSetting(tx, progressSetting, reached);
      return reached;
    });
  }
}

async function packChunk(tx: Tx, after: number): Promise<string> {
  // Locked before their versions are read, so that no newer one is stored meanwhile.
  const { rows } = await sql<OldTrial>`
    select t.id, t.raw, t.raw_version as "rawVersion" from trials t
    where t.id > ${after} and exists (select from trial_versions v where v.trial_id = t.id and v.packed is null)
    order by t.id limit ${atOnce} for update`.execute(tx);
  const { rows: all } = await sql<OldVersion>`
    select v.trial_id as "trialId", v.version, v.base as "basedOn", ${storedVersion} from trial_versions v
    where v.trial_id = any(${rows.map(({ id }) => id)}::bigint[]) order by v.trial_id, v.version`.execute(tx);
  const versionsOf = Map.groupBy(all, ({ trialId }) => trialId);
  const versions: NewVersion[] = [];
  const trials: NewTrial[] = [];
  for (const trial of rows) {
    const own = versionsOf.get(trial.id) ?? [];
    versions.push(...packAll(own));
    const newest = own.at(-1);
    if (newest) trials.push(packNewest(trial, newest));
    await takeTurns();
  }
  await writeVersions(tx, versions);
  await writeTrials(tx, trials);
  return String(rows.at(-1)?.id ?? 'done');
}

type OldTrial = { id: number; raw: Buffer; rawVersion: number | null };
type OldVersion = StoredVersion & { trialId: number; version: number; basedOn: number | null };
type NewVersion = PackedVersion & { trialId: number; version: number; trial: Trial };
type NewTrial = { id: number; raw: Buffer | null; rawVersion: number | null; card: Buffer | null };

/** Packs the versions of a trial that are not packed, each against the newest one before it that has no base. */
function packAll(versions: readonly OldVersion[]): NewVersion[] {
  let base: PackedVersion['base'] = null;
  const made: NewVersion[] = [];
  for (const { trialId, version, trial, packed, basedOn } of versions) {
    if (packed !== null && basedOn === null) base = { version, packed };
    if (trial === null) continue;
    const own = packVersion(textOf(trial), base);
    if (own.base === null) base = { version, packed: own.packed };
    made.push({ trialId, version, trial, ...own });
  }
  return made;
}

const textOf = (trial: Trial) => Buffer.from(JSON.stringify(trial));

function packNewest({ id, raw, rawVersion }: OldTrial, newest: OldVersion): NewTrial {
  const card = attempt(() => packCard(trialIn(newest)));
  const { trial, version } = newest;
  const again =
    rawVersion === null && trial !== null
      ? attempt(() => pack(Buffer.from(JSON.stringify(unpackJson(raw))), textOf(trial)))
      : null;
  return { id, raw: again, rawVersion: again && version, card };
}

/** The result; null if what is stored is damaged. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}

async function writeVersions(tx: Tx, made: readonly NewVersion[]): Promise<void> {
  const text = (of: (one: Trial) => string | null | undefined) =>
    textArray(made.map(({ trial }) => of(trial) ?? null));
  await sql`
    update trial_versions v set trial = null, packed = r.packed, base = r.base, title = r.title, acronym = r.acronym,
      status = r.status, first_posted_on = r.first_posted_on::date
    from unnest(${made.map(({ trialId }) => trialId)}::bigint[], ${made.map(({ version }) => version)}::int[],
      ${byteaArray(made.map(({ packed }) => packed))}::bytea[], ${made.map(({ base }) => base?.version ?? null)}::int[],
      ${text((t) => t.title)}::text[], ${text((t) => t.acronym)}::text[], ${text((t) => t.status)}::text[],
      ${text((t) => t.firstPostedOn)}::text[])
      as r (trial_id, version, packed, base, title, acronym, status, first_posted_on)
    where v.trial_id = r.trial_id and v.version = r.version and v.packed is null`.execute(tx);
}

async function writeTrials(tx: Tx, made: readonly NewTrial[]): Promise<void> {
  await sql`
    update trials t set raw = coalesce(r.raw, t.raw), raw_version = coalesce(r.raw_version, t.raw_version),
      card = coalesce(r.card, t.card)
    from unnest(${made.map(({ id }) => id)}::bigint[], ${byteaArray(made.map(({ raw }) => raw))}::bytea[],
      ${made.map(({ rawVersion }) => rawVersion)}::int[], ${byteaArray(made.map(({ card }) => card))}::bytea[])
      as r (id, raw, raw_version, card) where t.id = r.id`.execute(tx);
}
