import { type TrialStatus, trialStatuses } from './trial.ts';
import { statusBucket } from './weight.ts';

/** How a list of trials is parted by status, in the order people ask for it. */
export const statusGroups = [
  'recruiting',
  'pending',
  'closed',
  'access',
  'paused',
  'stopped',
  'finished',
  'unknown',
  'withheld',
] as const;
export type StatusGroup = (typeof statusGroups)[number];

const access: readonly TrialStatus[] = [
  'AVAILABLE',
  'TEMPORARILY_NOT_AVAILABLE',
  'NO_LONGER_AVAILABLE',
  'APPROVED_FOR_MARKETING',
];

/** Whether a code is a status of expanded access. */
export function isAccessStatus(status: unknown): boolean {
  return access.some((known) => known === status);
}

/** The group of a status; expanded access, which is no trial to join, stands apart. */
export function groupOfStatus(status: TrialStatus): StatusGroup {
  if (isAccessStatus(status)) return 'access';
  const bucket = statusBucket(status);
  return bucket === 'opened' ? 'recruiting' : bucket;
}

/** The status codes of a group. */
export function statusesOfGroup(group: StatusGroup): TrialStatus[] {
  return trialStatuses.filter((status) => groupOfStatus(status) === group);
}

/** A group by its name in an address; null for anything else. */
export function findStatusGroup(name: string): StatusGroup | null {
  return statusGroups.find((group) => group === name) ?? null;
}
