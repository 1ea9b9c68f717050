import type { Change, Judgement } from '../change.ts';
import type { LinkedAccess, Trial, TrialStatus } from '../trial.ts';

/**
 * Judges whether the treatment is available outside the trial. A missing statement means no. If the record of
 * the expanded access is named but not available, its status is told: a trial that lists an ended access
 * offers nothing.
 */
export function judgeExpandedAccess(before: Trial, after: Trial): Judgement {
  const [was, is] = [before.hasExpandedAccess === true, after.hasExpandedAccess === true];
  if (was === is) return { fate: 'silent', reason: 'still no expanded access', change: null };
  const reason = is ? 'expanded access appeared' : 'expanded access ended';
  const link = linkOf(after) ?? linkOf(before);
  return { fate: 'told', reason, change: accessChange(offerOf(before), offerOf(after), link?.id) };
}

/** Whether a record offers expanded access, or the status of a listed one that is not available. */
function offerOf(trial: Trial): boolean | TrialStatus {
  if (trial.hasExpandedAccess !== true) return false;
  const status = linkOf(trial)?.status ?? null;
  return status === null || status === 'AVAILABLE' ? true : status;
}

function linkOf({ linkedAccess, unread }: Trial): LinkedAccess | null {
  return unread.includes('linkedAccess') ? null : linkedAccess;
}

/** Judges the record of a trial's expanded access. Its status is told, its number is not. */
export function judgeLinkedAccess(before: Trial, after: Trial): Judgement {
  const [was, is] = [before.linkedAccess?.status ?? null, after.linkedAccess?.status ?? null];
  const [had, has] = [before.hasExpandedAccess === true, after.hasExpandedAccess === true];
  if (had !== has) return { fate: 'folded', reason: 'told with the expanded access', change: null };
  if (was === is) return { fate: 'silent', reason: 'another number of the expanded access', change: null };
  if (was === null || is === null) {
    const reason = 'the record of the expanded access was added or removed';
    return { fate: 'folded', reason, change: null };
  }
  const reason = 'the status of the expanded access changed';
  return { fate: 'told', reason, change: accessChange(was, is, after.linkedAccess?.id) };
}

function accessChange(
  before: boolean | TrialStatus,
  after: boolean | TrialStatus,
  record: string | undefined,
): Change {
  const facet = 'expanded-access';
  return { facet, kind: facet, before, after, ...(record === undefined ? {} : { record }) };
}
