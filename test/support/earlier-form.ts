import { sql } from 'kysely';
import type { Trial } from '../../src/core/trial.ts';
import type { Db } from '../../src/db/connect.ts';
import { packJson } from '../../src/db/ingest/raw.ts';
import { loadRaws } from '../../src/db/ingest/trials.ts';
import { type StoredVersion, storedVersion, trialIn } from '../../src/db/stored-trial.ts';

/** Puts what is stored of trials into the form of earlier releases, each version rewritten by `rewrite`. */
export async function toEarlierForm(
  db: Db,
  rewrite: (trial: Trial) => unknown = (trial) => trial,
): Promise<void> {
  const { rows } = await sql<{ trialId: number; version: number } & StoredVersion>`
    select v.trial_id as "trialId", v.version, ${storedVersion} from trial_versions v`.execute(db);
  const raws = await loadRaws(
    db,
    rows.map(({ trialId }) => trialId),
  );
  for (const row of rows)
    await sql`
      update trial_versions set trial = ${JSON.stringify(rewrite(trialIn(row)))}::jsonb, packed = null, base = null,
        title = null, acronym = null, status = null, first_posted_on = null
      where trial_id = ${row.trialId} and version = ${row.version}`.execute(db);
  for (const [id, { raw }] of raws)
    await sql`update trials set raw = ${packJson(raw)}, raw_version = null, card = null where id = ${id}`.execute(
      db,
    );
  await sql`delete from settings where name = 'packed-versions'`.execute(db);
}
