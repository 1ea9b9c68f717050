import type { Change, Judgement } from '../change.ts';
import type { Trial } from '../trial.ts';

/** Judges random allocation: told when it begins or ends; other codes are details. */
export function judgeAllocation(before: Trial, after: Trial): Judgement {
  const isTold = (before.allocation === 'RANDOMIZED') !== (after.allocation === 'RANDOMIZED');
  return judge('allocation', before.allocation, after.allocation, isTold);
}

/** Judges masking: told between open, single-blind, and double-blind or more. */
export function judgeMasking(before: Trial, after: Trial): Judgement {
  return judge(
    'masking',
    before.masking,
    after.masking,
    degreeOf(before.masking) !== degreeOf(after.masking),
  );
}

function degreeOf(masking: string | null): 'open' | 'single' | 'double' {
  if (masking === null || masking === 'NONE') return 'open';
  return masking === 'SINGLE' ? 'single' : 'double';
}

function judge(kind: string, before: string | null, after: string | null, isTold: boolean): Judgement {
  const change: Change = { facet: 'design', kind, before, after };
  return { fate: isTold ? 'told' : 'folded', reason: `the ${kind} changed`, change };
}
