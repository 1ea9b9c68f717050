import { sql } from 'kysely';
import { completeTrial } from '../../core/complete-trial.ts';
import { filterFactsOf } from '../../core/subscriptions/filter-facts.ts';
import type { Trial } from '../../core/trial.ts';
import { writeTrialFacts } from '../catalog/trial-facts.ts';
import type { Db, Tx } from '../connect.ts';
import { readSetting, writeSetting } from '../settings.ts';

const doneSetting = 'trial-facts';
const atOnce = 500;

/**
 * Gives trials that an earlier version stored the facts that lists are filtered by. Each chunk has its own transaction,
 * and the next start continues after a kill.
 */
export async function fillTrialFacts(db: Db): Promise<void> {
  if ((await readSetting(db, doneSetting)) === 'done') return;
  for (let after: number | null = 0; after !== null; ) {
    const from: number = after;
    after = await db.transaction().execute((tx) => fillChunk(tx, from));
  }
  await writeSetting(db, doneSetting, 'done');
}

/** Returns the last trial of the chunk; null after the last chunk. */
async function fillChunk(tx: Tx, after: number): Promise<number | null> {
  // Locked, so that no newer version is stored between reading one and writing its facts.
  const { rows } = await sql<{ id: number; trial: Trial }>`
    select t.id, v.trial from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
    where t.id > ${after} and not exists (select from trial_facts f where f.trial_id = t.id)
    order by t.id limit ${atOnce} for update of t`.execute(tx);
  await writeTrialFacts(
    tx,
    rows.map(({ id, trial }) => ({ id, facts: filterFactsOf(completeTrial(trial)) })),
  );
  return rows.at(-1)?.id ?? null;
}
