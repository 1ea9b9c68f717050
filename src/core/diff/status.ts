import type { Change, Judgement } from '../change.ts';
import { isAccessStatus } from '../status-groups.ts';
import type { Trial } from '../trial.ts';
import { isRespelled } from './spelling.ts';
import { groundOf } from './status-ground.ts';

/**
 * Judges the overall status, with the sponsor's reason. The status of an expanded access record has its own
 * facet.
 */
export function judgeStatus(before: Trial, after: Trial): Judgement {
  const isAccess = isAccessStatus(before.status) || isAccessStatus(after.status);
  const facet = isAccess ? 'expanded-access' : 'status';
  const change: Change = { facet, kind: facet, before: before.status, after: after.status };
  if (after.whyStopped !== null && !after.unread.includes('whyStopped')) change.whyStopped = after.whyStopped;
  Object.assign(change, groundOf(before, after), silenceOf(before, after));
  const isEdited = before.lastUpdatePostedOn !== after.lastUpdatePostedOn;
  const reason = isEdited ? 'the status changed' : 'the status changed without an update of the record';
  return { fate: 'told', reason, change };
}

/** The last known facts of an unconfirmed record, whichever side is UNKNOWN. */
function silenceOf(before: Trial, after: Trial): Pick<Change, 'lastKnownStatus' | 'verifiedOn'> {
  const silent = [after, before].find(({ status }) => status === 'UNKNOWN');
  if (silent === undefined) return {};
  const { verifiedOn, lastKnownStatus, unread } = silent;
  return unread.includes('lastKnownStatus') ? { verifiedOn } : { verifiedOn, lastKnownStatus };
}

/** Judges the reason for stopping: part of a status change, or a change of its own if the status stays. */
export function judgeWhyStopped(before: Trial, after: Trial): Judgement {
  if (before.status !== after.status) {
    return { fate: 'folded', reason: 'told with the status', change: null };
  }
  if (isRespelled(before.whyStopped, after.whyStopped)) {
    return { fate: 'silent', reason: 'only spelled differently', change: null };
  }
  const change: Change = {
    facet: 'status',
    kind: 'why-stopped',
    before: before.whyStopped,
    after: after.whyStopped,
  };
  return after.whyStopped === null
    ? { fate: 'folded', reason: 'the reason was removed', change }
    : { fate: 'told', reason: 'the reason for stopping changed', change };
}
