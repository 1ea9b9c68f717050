import { type Trial, type TrialStatus, trialStatuses } from './trial.ts';
import { statusBucket } from './weight.ts';

/** The sections of a list of trials, in the order of interest to readers. */
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
/** The name of a section. */
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

/** The group of a status. Expanded access has a group of its own: it is not a trial to join. */
export function groupOfStatus(status: TrialStatus): StatusGroup {
  if (isAccessStatus(status)) return 'access';
  const bucket = statusBucket(status);
  return bucket === 'opened' ? 'recruiting' : bucket;
}

/** The status codes of a group. */
export function statusesOfGroup(group: StatusGroup): TrialStatus[] {
  return trialStatuses.filter((status) => groupOfStatus(status) === group);
}

/** Finds a group by its name in a URL; null for anything else. */
export function findStatusGroup(name: string): StatusGroup | null {
  return statusGroups.find((group) => group === name) ?? null;
}

/**
 * The registry's own word for a status that follows from countries, which may say more: "Not authorised" is
 * the authorities' decision, and ours is "withdrawn". Null where those countries' words differ.
 */
export function wordOfStatus(
  trial: Pick<Trial, 'status' | 'statusBasis' | 'registryStatus' | 'countries'>,
): string | null {
  if (trial.statusBasis !== 'countries') return null;
  const words = trial.countries.flatMap(({ status, listedAs }) => (status === trial.status ? listedAs : []));
  if (words.length === 0 || words.includes(trial.registryStatus)) return trial.registryStatus;
  return new Set(words).size === 1 ? (words[0] ?? null) : null;
}
