import { sql } from 'kysely';
import { completeTrial } from '../../core/complete-trial.ts';
import { filterFactsOf } from '../../core/subscriptions/filter-facts.ts';
import type { Trial } from '../../core/trial.ts';
import { writeTrialFacts } from '../catalog/trial-facts.ts';
import type { Db, Tx } from '../connect.ts';
import { readSetting, writeSetting } from '../settings.ts';

/** The last trial that was looked at, or `done`. */
const progressSetting = 'trial-facts';
const atOnce = 250;

/**
 * Gives trials that an earlier version stored the facts that lists are filtered by, until `isOver`; the next call
 * continues. Each chunk has its own transaction.
 */
export async function fillTrialFacts(db: Db, isOver: () => boolean): Promise<void> {
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
  const { rows } = await sql<{ id: number; trial: Trial }>`
    select t.id, v.trial from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
    where t.id > ${after} and not exists (select from trial_facts f where f.trial_id = t.id)
    order by t.id limit ${atOnce} for update of t`.execute(tx);
  await writeTrialFacts(
    tx,
    rows.map(({ id, trial }) => ({ id, facts: filterFactsOf(completeTrial(trial)) })),
  );
  return String(rows.at(-1)?.id ?? 'done');
}
