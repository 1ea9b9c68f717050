import type { TrialStatus } from '../../../core/trial.ts';
import type { Wording } from '../../../core/wording/wording.ts';

const waysIn: Record<TrialStatus, string> = {
  RECRUITING: 'recruiting',
  NOT_YET_RECRUITING: 'pending',
  ENROLLING_BY_INVITATION: 'invitation',
  AVAILABLE: 'access',
  TEMPORARILY_NOT_AVAILABLE: 'access-paused',
  NO_LONGER_AVAILABLE: 'access-ended',
  APPROVED_FOR_MARKETING: 'access-ended',
  ACTIVE_NOT_RECRUITING: 'closed',
  COMPLETED: 'closed',
  TERMINATED: 'closed',
  WITHDRAWN: 'closed',
  SUSPENDED: 'paused',
  WITHHELD: 'not-known',
  UNKNOWN: 'not-known',
};

/** How to take part, by the trial's status: one sentence, then the steps if there are any. */
export function viewPart(
  wording: Wording,
  status: TrialStatus,
  { isGone, hasContacts }: { isGone: boolean; hasContacts: boolean },
): { first: string; steps: string[]; costs: string | null } {
  const way = isGone ? 'not-known' : waysIn[status];
  const first = wording.say(`trial.part.${way}`);
  if (way === 'recruiting')
    return {
      first,
      steps: [
        wording.say('trial.step.doctor'),
        wording.say('trial.step.record'),
        hasContacts ? wording.say('trial.step.contact') : wording.say('trial.step.no-contact'),
      ],
      costs: wording.say('trial.step.costs'),
    };
  if (way === 'access')
    return {
      first,
      steps: [wording.say('trial.step.access-doctor'), wording.say('trial.step.access-maker')],
      costs: wording.say('trial.step.costs'),
    };
  return { first, steps: [], costs: null };
}
