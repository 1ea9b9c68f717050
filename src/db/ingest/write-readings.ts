import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Edit } from '../../core/change.ts';
import { lookupKeys } from '../../core/links/link-facts.ts';
import { listFactsOf } from '../../core/subscriptions/list-marks.ts';
import type { Contact, Day, Instant, Trial } from '../../core/trial.ts';
import { byteaArray, textArray } from '../../postgres/binary-array.ts';
import { learnPostalAreas } from '../catalog/postal-areas.ts';
import { writeTrialPoints } from '../catalog/trial-marks.ts';
import type { Tx } from '../connect.ts';
import type { PackedReading } from './pack-reading.ts';

/** A trial's newest reading, to store. `version` is its number; an existing version is replaced in place. */
export type TrialReading = {
  trialId: number | null;
  version: number;
  hash: string;
  topics: string[];
  trial: Trial;
  contacts: Contact[];
  /** A hash of the answer's text, if that is enough to recognise it. */
  answerHash: Buffer | null;
  packed: PackedReading;
  edits: Edit[];
  toldCount: number;
  /** The day on which its own dates next change its status. */
  turnsOn: Day | null;
  /** The status before this reading, if its own dates changed it by the day alone. */
  turnedFrom: string | null;
};

/** Parts of a `with`: `list` has the number under which a list of requested fields is kept; no row for a full record. */
function keepFields(fields: string[] | null) {
  const key = hash('sha256', JSON.stringify(fields), 'base64url');
  return sql`known as (select id from field_lists where hash = ${key}),
    made as (
      insert into field_lists (hash, fields)
      select ${key}, ${fields}::text[] where ${fields !== null}::boolean and not exists (select from known)
      on conflict (hash) do update set hash = excluded.hash returning id),
    list as (select id from known union all select id from made)`;
}

/**
 * Stores readings of new trials, and of stored ones that changed or were read anew: rows, versions, edits,
 * what lists go by and aliases, in a few statements whatever their number. Returns the trials' ids in the order of the readings.
 */
export async function writeReadings(
  tx: Tx,
  readings: TrialReading[],
  how: { registry: string; projection: number; rawFields: string[] | null; runId: number; readAt: Instant },
): Promise<number[]> {
  if (readings.length === 0) return [];
  const text = (of: (reading: TrialReading) => string | null) => textArray(readings.map(of));
  const facts = readings.map(({ trial }) => listFactsOf(trial));
  const versions = readings.map((reading) => reading.version);
  const { rows } = await sql<{ id: number; registry_id: string }>`
    with ${keepFields(how.rawFields)}
    insert into trials as t (registry, registry_id, version, hash, projection, status, title, first_posted_on,
      last_update_posted_on, verified_on, topics, numbers, marks, contacts, raw, raw_version, card, answer_hash,
      field_list_id, watched_since, read_at, changed_at, change_count, turns_on, turned_on, turned_from)
    select ${how.registry}, r.registry_id, r.version, r.hash, ${how.projection}::int, r.status, r.title,
      r.first_posted_on::date, r.last_update_posted_on::date, r.verified_on, string_to_array(r.topics, E'\n'),
      string_to_array(r.numbers, E'\n'), string_to_array(r.marks, ',')::integer[], r.contacts::jsonb, r.raw,
      r.version, r.card, r.answer_hash, (select id from list), ${how.readAt}::timestamptz,
      ${how.readAt}::timestamptz, case when r.told > 0 then ${how.readAt}::timestamptz end, r.told, r.turns_on::date,
      case when r.turned_from is not null then ${how.readAt}::date end, r.turned_from
    from unnest(
      ${text((r) => r.trial.id)}::text[], ${versions}::int[], ${text((r) => r.hash)}::text[],
      ${text((r) => r.trial.status)}::text[], ${text((r) => r.trial.title)}::text[],
      ${text((r) => r.trial.firstPostedOn)}::text[], ${text((r) => r.trial.lastUpdatePostedOn)}::text[],
      ${text((r) => r.trial.verifiedOn)}::text[], ${text((r) => r.topics.join('\n'))}::text[],
      ${text((r) => lookupKeys(r.trial).join('\n'))}::text[],
      ${textArray(facts.map(({ marks }) => marks.join(',')))}::text[],
      ${text((r) => JSON.stringify(r.contacts))}::text[],
      ${byteaArray(readings.map((r) => r.packed.raw))}::bytea[],
      ${byteaArray(readings.map((r) => r.packed.card))}::bytea[],
      ${byteaArray(readings.map((r) => r.answerHash))}::bytea[], ${readings.map((r) => r.toldCount)}::int[],
      ${text((r) => r.turnsOn)}::text[], ${text((r) => r.turnedFrom)}::text[]
    ) as r (registry_id, version, hash, status, title, first_posted_on, last_update_posted_on, verified_on, topics,
      numbers, marks, contacts, raw, card, answer_hash, told, turns_on, turned_from)
    on conflict (registry, registry_id) do update set version = excluded.version, hash = excluded.hash,
      projection = excluded.projection, status = excluded.status, title = excluded.title,
      first_posted_on = excluded.first_posted_on, last_update_posted_on = excluded.last_update_posted_on,
      verified_on = excluded.verified_on, topics = excluded.topics, numbers = excluded.numbers,
      marks = excluded.marks, contacts = excluded.contacts, raw = excluded.raw, raw_version = excluded.raw_version, card = excluded.card, answer_hash = excluded.answer_hash,
      field_list_id = excluded.field_list_id, raw_fields = null, read_at = excluded.read_at,
      changed_at = coalesce(excluded.changed_at, t.changed_at),
      change_count = t.change_count + excluded.change_count, turns_on = excluded.turns_on,
      turned_on = coalesce(excluded.turned_on, t.turned_on), turned_from = coalesce(excluded.turned_from, t.turned_from)
    returning id, registry_id`.execute(tx);
  const idOf = new Map(rows.map((row) => [row.registry_id, row.id]));
  const ids = readings.map((reading) => idOf.get(reading.trial.id) ?? -1);
  await writeVersions(tx, readings, ids, how);
  await writeTrialPoints(
    tx,
    facts.map(({ points }, at) => ({ id: ids[at] ?? -1, points })),
  );
  await learnPostalAreas(
    tx,
    readings.map(({ trial }) => trial),
  );
  await writeEdits(tx, readings, ids);
  await writeAliases(tx, readings, ids, how.registry);
  return ids;
}

/** Stores the versions of readings, beside the ids of their trials, in place of what has their numbers. */
export async function writeVersions(
  tx: Tx,
  readings: readonly TrialReading[],
  ids: readonly number[],
  how: { projection: number; runId: number; readAt: Instant },
): Promise<void> {
  const text = (of: (reading: TrialReading) => string | null) => textArray(readings.map(of));
  await sql`
    insert into trial_versions (trial_id, version, hash, projection, packed, base, title, acronym, status,
      first_posted_on, read_at, run_id)
    select r.trial_id, r.version, r.hash, ${how.projection}::int, r.packed, r.base, r.title, r.acronym, r.status,
      r.first_posted_on::date, ${how.readAt}::timestamptz, ${how.runId}::bigint
    from unnest(${ids}::bigint[], ${readings.map((r) => r.version)}::int[], ${text((r) => r.hash)}::text[],
      ${byteaArray(readings.map((r) => r.packed.version.packed))}::bytea[],
      ${readings.map((r) => r.packed.version.base?.version ?? null)}::int[], ${text((r) => r.trial.title)}::text[],
      ${text((r) => r.trial.acronym)}::text[], ${text((r) => r.trial.status)}::text[],
      ${text((r) => r.trial.firstPostedOn)}::text[])
      as r (trial_id, version, hash, packed, base, title, acronym, status, first_posted_on)
    on conflict (trial_id, version) do update set hash = excluded.hash, projection = excluded.projection, trial = null,
      packed = excluded.packed, base = excluded.base, title = excluded.title, acronym = excluded.acronym,
      status = excluded.status, first_posted_on = excluded.first_posted_on`.execute(tx);
}

/** Stores the edits of versions, beside the ids of their trials. */
export async function writeEdits(
  tx: Tx,
  readings: readonly TrialReading[],
  ids: readonly number[],
): Promise<void> {
  const edited = readings.flatMap((reading, at) =>
    reading.edits.length > 0 ? [{ reading, id: ids[at] }] : [],
  );
  if (edited.length === 0) return;
  await sql`
    insert into edits (trial_id, version, edits)
    select r.trial_id, r.version, r.edits::jsonb
    from unnest(${edited.map((e) => e.id)}::bigint[], ${edited.map((e) => e.reading.version)}::int[],
      ${edited.map((e) => JSON.stringify(e.reading.edits))}::text[]) as r (trial_id, version, edits)
    on conflict do nothing`.execute(tx);
}

async function writeAliases(
  tx: Tx,
  readings: TrialReading[],
  ids: number[],
  registry: string,
): Promise<void> {
  // Two trials may claim the same alias, and a statement that writes it twice would fail.
  const aliases = new Map(
    readings.flatMap((reading, at) => reading.trial.aliases.map((alias) => [alias, ids[at]] as const)),
  );
  if (aliases.size === 0) return;
  await sql`
    insert into trial_aliases (registry, alias, trial_id)
    select ${registry}, r.alias, r.trial_id
    from unnest(${[...aliases.keys()]}::text[], ${[...aliases.values()]}::bigint[]) as r (alias, trial_id)
    on conflict (registry, alias) do update set trial_id = excluded.trial_id`.execute(tx);
}
