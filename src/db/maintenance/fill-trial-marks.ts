import { sql } from 'kysely';
import { listFactsOf, unmarked } from '../../core/subscriptions/list-marks.ts';
import { learnPostalAreas } from '../catalog/postal-areas.ts';
import { writeTrialPoints } from '../catalog/trial-marks.ts';
import type { Db, Tx } from '../connect.ts';
import { readSetting, writeSetting } from '../settings.ts';
import { openVersion, type StoredVersion, storedVersion } from '../stored-trial.ts';

/** The last trial that was looked at, or `done`. */
const progressSetting = 'trial-marks';
const atOnce = 250;

/**
 * Gives trials that an earlier version stored the marks and points that lists are filtered by, and learns the postal
 * areas of their sites, until `isOver`; the next call continues. Each chunk has its own transaction.
 */
export async function fillTrialMarks(db: Db, isOver: () => boolean): Promise<void> {
  let progress = (await readSetting(db, progressSetting)) ?? '0';
  while (progress !== 'done' && !isOver()) {
    const after = Number(progress);
    progress = await db.transaction().execute(async (tx) => {
      const reached = await fillChunk(tx, after);
      await writeSetting(tx, progressSetting, reached);
      return reached;
    });
  }
}

async function fillChunk(tx: Tx, after: number): Promise<string> {
  // Locked, so that no newer version is stored between reading one and writing its facts.
  const { rows } = await sql<{ id: number } & StoredVersion>`
    select t.id, ${storedVersion} from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
    where t.id > ${after} and t.marks = ${`{${unmarked}}`}::integer[]
    order by t.id limit ${atOnce} for update of t`.execute(tx);
  const trials = rows.map(openVersion);
  const facts = trials.map(({ id, trial }) => ({ id, ...listFactsOf(trial) }));
  await sql`
    update trials t set marks = string_to_array(r.marks, ',')::integer[]
    from unnest(${facts.map(({ id }) => id)}::bigint[], ${facts.map(({ marks }) => marks.join(','))}::text[]) as r (id, marks)
    where t.id = r.id`.execute(tx);
  await writeTrialPoints(tx, facts);
  await learnPostalAreas(
    tx,
    trials.map(({ trial }) => trial),
  );
  return String(rows.at(-1)?.id ?? 'done');
}
