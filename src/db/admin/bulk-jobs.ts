import { sql } from 'kysely';
import type {
  AddPart,
  BulkAct,
  BulkAnswer,
  BulkLine,
  BulkShown,
  StopPart,
} from '../../core/subscriptions/bulk.ts';
import type { Instant } from '../../core/trial.ts';
import type { Keys } from '../../keys.ts';
import type { Db, Tx } from '../connect.ts';

/** How long to keep a list that was not started, or is done, in days. */
export const bulkDays = 1;
/** How long a started list waits for its workers, in days: as long as requests do. */
const workDays = 7;
const listedAtMost = 10;

/**
 * The figures of a list: lines by answer, the people and subscriptions affected, and what they have in
 * common.
 */
export type BulkFigures = {
  lines: number;
  people: number;
  subscriptions: number;
  answers: Partial<Record<BulkAnswer, number>>;
  /** The trial or condition whose subscriptions are stopped. */
  what?: string;
};

/** The outcomes for people. `gone`: since erased, moved to another address, or already stopped. */
export const bulkOutcomes = [
  'asked',
  'waits',
  'unasked',
  'known',
  'stopped',
  'gone',
  'subscriptions',
] as const;
/** The number of people by outcome. */
export type BulkResults = Partial<Record<(typeof bulkOutcomes)[number], number>>;

/** A list that was checked, with its progress. */
export type BulkJob = {
  id: number;
  act: BulkAct;
  madeBy: string;
  madeAt: Instant;
  expiresAt: Instant;
  figures: BulkFigures;
  parts: number;
  partsDone: number;
  peopleDone: number;
  results: BulkResults;
  startedBy: string | null;
  startedAt: Instant | null;
  finishedAt: Instant | null;
};

const bulkColumns = sql`id, act, made_by as "madeBy", made_at as "madeAt", expires_at as "expiresAt", figures, parts,
  parts_done as "partsDone", people_done as "peopleDone", results, started_by as "startedBy", started_at as "startedAt",
  finished_at as "finishedAt"`;

/** The encrypted contents of a list: the work in parts, its lines with their answers, and the preview. */
type Sealed = { work: AddPart | StopPart; lines: BulkLine[]; shown: BulkShown };
type Kind = keyof Sealed;

/**
 * Stores a checked list, encrypted except for its figures: exactly what was checked will be done. Returns its
 * id.
 */
export async function addBulkJob(
  tx: Tx,
  keys: Keys,
  bulk: {
    act: BulkAct;
    madeBy: string;
    figures: BulkFigures;
    work: Iterable<AddPart | StopPart>;
    lines: Iterable<BulkLine[]>;
    shown: BulkShown;
    now: Instant;
  },
): Promise<number> {
  const { act, madeBy, figures, now } = bulk;
  const { rows } = await sql<{ id: number }>`
    insert into bulk_jobs (act, made_by, made_at, expires_at, figures)
    values (${act}, ${madeBy}, ${now}, ${now}::timestamptz + ${bulkDays} * interval '1 day', ${JSON.stringify(figures)}::jsonb)
    returning id`.execute(tx);
  const id = rows[0]?.id ?? 0;
  const keep = async (kind: Kind, parts: Iterable<unknown>) => {
    let n = 0;
    for (const part of parts) {
      const sealed = keys.encrypt(JSON.stringify(part));
      await sql`insert into bulk_parts (bulk_job_id, kind, n, sealed) values (${id}, ${kind}, ${n++}, ${sealed})`.execute(
        tx,
      );
    }
    return n;
  };
  const parts = await keep('work', bulk.work);
  await keep('lines', bulk.lines);
  await keep('shown', [bulk.shown]);
  await sql`update bulk_jobs set parts = ${parts} where id = ${id}`.execute(tx);
  return id;
}

/** A list by its id; null if it does not exist or has expired. */
export async function readBulkJob(db: Db | Tx, id: number, now: Instant): Promise<BulkJob | null> {
  const { rows } =
    await sql<BulkJob>`select ${bulkColumns} from bulk_jobs where id = ${id} and expires_at > ${now}`.execute(
      db,
    );
  return rows[0] ?? null;
}

/** The newest lists. */
export async function listBulkJobs(db: Db, now: Instant): Promise<BulkJob[]> {
  const { rows } = await sql<BulkJob>`select ${bulkColumns} from bulk_jobs where expires_at > ${now}
    order by id desc limit ${listedAtMost}`.execute(db);
  return rows;
}

/** The preview of a list, for its page. */
export async function readShown(db: Db, keys: Keys, id: number): Promise<BulkShown> {
  const [shown] = await readParts(db, keys, id, 'shown');
  return shown ?? { meanings: [], problems: [] };
}

/** All lines of a list with their answers, in order. */
export async function readLines(db: Db | Tx, keys: Keys, id: number): Promise<BulkLine[]> {
  return (await readParts(db, keys, id, 'lines')).flat();
}

async function readParts<K extends Kind>(db: Db | Tx, keys: Keys, id: number, kind: K): Promise<Sealed[K][]> {
  const { rows } = await sql<{ sealed: Buffer }>`
    select sealed from bulk_parts where bulk_job_id = ${id} and kind = ${kind} order by n`.execute(db);
  return rows.map(({ sealed }) => JSON.parse(keys.decrypt(sealed)) as Sealed[K]);
}

/**
 * Starts a list for the first caller. Null for later callers, and if there is nothing to do or the list has
 * expired.
 */
export async function claimBulkJob(
  tx: Tx,
  claim: { id: number; act: BulkAct; by: string; now: Instant },
): Promise<BulkJob | null> {
  const { rows } = await sql<BulkJob>`
    update bulk_jobs set started_by = ${claim.by}, started_at = ${claim.now},
      expires_at = ${claim.now}::timestamptz + ${workDays} * interval '1 day'
    where id = ${claim.id} and act = ${claim.act} and started_at is null and expires_at > ${claim.now} and parts > 0
    returning ${bulkColumns}`.execute(tx);
  return rows[0] ?? null;
}

/**
 * Takes a part of the work, and who started it, in the transaction that does it; null if the part is done.
 */
export async function takeBulkPart<A extends BulkAct>(
  tx: Tx,
  keys: Keys,
  act: A,
  { bulkId, part }: { bulkId: number; part: number },
): Promise<{ part: A extends 'add' ? AddPart : StopPart; by: string } | null> {
  const { rows } = await sql<{ sealed: Buffer; by: string }>`
    delete from bulk_parts p using bulk_jobs b
    where p.bulk_job_id = ${bulkId} and p.kind = 'work' and p.n = ${part} and b.id = p.bulk_job_id and b.act = ${act}
      and b.started_at is not null
    returning p.sealed, b.started_by as by`.execute(tx);
  return rows[0] ? { part: JSON.parse(keys.decrypt(rows[0].sealed)), by: rows[0].by } : null;
}

/**
 * Records the outcome of a part, at the end of the transaction that did it. The last part completes the list.
 */
export async function recordBulkPart(
  tx: Tx,
  bulkId: number,
  done: { people: number; results: BulkResults; now: Instant },
): Promise<void> {
  const { rows } = await sql<{ results: BulkResults }>`
    select results from bulk_jobs where id = ${bulkId} for update`.execute(tx);
  const sum = { ...rows[0]?.results };
  for (const name of bulkOutcomes)
    if (done.results[name]) sum[name] = (sum[name] ?? 0) + (done.results[name] ?? 0);
  await sql`update bulk_jobs set parts_done = parts_done + 1, people_done = people_done + ${done.people},
      results = ${JSON.stringify(sum)}::jsonb,
      finished_at = case when parts_done + 1 = parts then ${done.now}::timestamptz end,
      expires_at = case when parts_done + 1 = parts
        then ${done.now}::timestamptz + ${bulkDays} * interval '1 day' else expires_at end
    where id = ${bulkId}`.execute(tx);
}
