import type { TrialStatus } from '../../core/trial.ts';

/** A status of the portal: its own word, and ours. */
export type PortalStatus = { word: string; status: TrialStatus };

/**
 * The portal's recruitment statuses by code, the same for a trial and for each of its countries. Codes 14 to
 * 18 exist in the portal's list but say nothing about recruitment; they, and codes that nobody has described,
 * are set aside and never guessed. "Not authorised" is a decision of the country, so its own word stands
 * beside ours.
 */
const statuses: Readonly<Record<number, PortalStatus>> = {
  1: { word: 'Under evaluation', status: 'NOT_YET_RECRUITING' },
  2: { word: 'Authorised, recruitment pending', status: 'NOT_YET_RECRUITING' },
  3: { word: 'Authorised, recruiting', status: 'RECRUITING' },
  4: { word: 'Ongoing, recruiting', status: 'RECRUITING' },
  5: { word: 'Ongoing, recruitment ended', status: 'ACTIVE_NOT_RECRUITING' },
  6: { word: 'Temporarily halted', status: 'SUSPENDED' },
  7: { word: 'Suspended', status: 'SUSPENDED' },
  8: { word: 'Ended', status: 'COMPLETED' },
  9: { word: 'Expired', status: 'TERMINATED' },
  10: { word: 'Revoked', status: 'TERMINATED' },
  11: { word: 'Not authorised', status: 'WITHDRAWN' },
  12: { word: 'Cancelled', status: 'WITHDRAWN' },
  13: { word: 'Withdrawn', status: 'WITHDRAWN' },
};

/** The status of a code; null if the code is unknown. */
export function portalStatus(code: number): PortalStatus | null {
  return statuses[code] ?? null;
}

/** From the most to the least that a patient can hope for. */
const byOpenness: readonly TrialStatus[] = [
  'RECRUITING',
  'NOT_YET_RECRUITING',
  'SUSPENDED',
  'ACTIVE_NOT_RECRUITING',
  'COMPLETED',
  'TERMINATED',
  'WITHDRAWN',
];

/**
 * The status of a trial by its countries: recruiting if one of them recruits. Otherwise the portal's own for
 * the trial, if a country has it; otherwise the most open one. The portal's own alone would not do: it says
 * "Authorised, recruiting" for trials that have ended recruitment everywhere. `own` counts alone if no
 * country has a status.
 */
export function statusByCountries(own: TrialStatus, countries: readonly (TrialStatus | null)[]): TrialStatus {
  const known = byOpenness.filter((status) => countries.includes(status));
  const [first] = known;
  if (first === undefined) return own;
  return first !== 'RECRUITING' && known.includes(own) ? own : first;
}
