import type { Trial } from '../../core/trial.ts';
import { emptyTrial } from '../empty-trial.ts';

/** The registry's id in code, tables and URLs. */
export const ctisId = 'ctis';

/** A trial of this registry of which only the number is known. All its trials test medicines. */
export function emptyCtisTrial(id: string): Trial {
  return { ...emptyTrial(ctisId, id), statusBasis: 'countries', studyType: 'INTERVENTIONAL' };
}
