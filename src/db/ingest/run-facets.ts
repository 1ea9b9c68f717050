import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { AuditRow } from '../audit-log.ts';
import { listAudit } from '../audit-log.ts';
import type { ReleasedChange } from '../catalog/feeds.ts';
import type { Db } from '../connect.ts';

/** A run's changes of one facet, in trials. */
export type RunFacet = { facet: Facet; trials: number; heldBecause: string | null };

/** A run's changes by facet, most trials first. */
export async function listRunFacets(db: Db, runId: number): Promise<RunFacet[]> {
  const { rows } = await sql<RunFacet>`
    select facet, trials, held_because as "heldBecause" from run_facets
    where run_id = ${runId} order by trials desc, facet`.execute(db);
  return rows;
}

/** A held change, with the parts of its trial that its sentence needs. */
export type HeldChange = Omit<ReleasedChange, 'releasedAt' | 'version' | 'weight'>;

/** The decisions about a run, newest first. */
export async function listDecisions(db: Db, runId: number): Promise<AuditRow[]> {
  const filter = { actor: null, act: null, subject: `run ${runId}`, from: null, until: null };
  return listAudit(db, filter, { before: null, limit: 100 });
}
