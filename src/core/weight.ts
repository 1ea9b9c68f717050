import { type Change, facetFacts, facets, statusIn } from './change.ts';
import type { DigestChange } from './digest-change.ts';
import type { TrialStatus } from './trial.ts';

/** The five groups of statuses by what they mean for readers, and the special ones. */
export type StatusBucket =
  | 'opened'
  | 'closed'
  | 'paused'
  | 'stopped'
  | 'finished'
  | 'pending'
  | 'withheld'
  | 'unknown';

const buckets: Record<TrialStatus, StatusBucket> = {
  RECRUITING: 'opened',
  AVAILABLE: 'opened',
  ACTIVE_NOT_RECRUITING: 'closed',
  ENROLLING_BY_INVITATION: 'closed',
  NO_LONGER_AVAILABLE: 'closed',
  APPROVED_FOR_MARKETING: 'closed',
  SUSPENDED: 'paused',
  TEMPORARILY_NOT_AVAILABLE: 'paused',
  TERMINATED: 'stopped',
  WITHDRAWN: 'stopped',
  COMPLETED: 'finished',
  NOT_YET_RECRUITING: 'pending',
  WITHHELD: 'withheld',
  UNKNOWN: 'unknown',
};

/** The bucket of a status code; `unknown` for anything else. Reads codes only, never words. */
export function statusBucket(status: unknown): StatusBucket {
  return typeof status === 'string' && Object.hasOwn(buckets, status)
    ? buckets[status as TrialStatus]
    : 'unknown';
}

/** Whether a status may be due to a reason for stopping. Some records keep an old reason when a trial goes on. */
export function mayHaveStopped(status: unknown): boolean {
  return status === 'NO_LONGER_AVAILABLE' || !['opened', 'pending', 'closed'].includes(statusBucket(status));
}

type Row = [weight: number, what: string, fits: (change: DigestChange) => boolean];

const turnsTo = (bucket: StatusBucket) => (change: DigestChange) =>
  ((change.facet === 'status' && change.kind === 'status') || change.withTrial === true) &&
  statusBucket(statusIn(change.after)) === bucket;

/** A country's status of one of these buckets; of a country that is gone, none. */
const countryTurnsTo =
  (...wanted: StatusBucket[]) =>
  (change: DigestChange) =>
    change.facet === 'countries' &&
    change.after !== null &&
    wanted.includes(statusBucket(statusIn(change.after)));

/** Weights of particular changes. */
const particular: readonly Row[] = [
  [104, 'now listed as recruiting near the reader', (c) => isNear(c) && turnsTo('opened')(c)],
  [103, 'a site near the reader that recruits', (c) => isNear(c) && isRecruitingSite(c)],
  [102, 'a new trial that recruits near the reader', (c) => isNear(c) && c.facet === 'registration'],
  [101, 'recruiting in the reader’s country', (c) => c.isMine === true && countryTurnsTo('opened')(c)],
  [100, 'now listed as recruiting', turnsTo('opened')],
  [99, 'expanded access available', (c) => c.facet === 'expanded-access' && isAvailable(c.after)],
  [97, 'recruiting in a country', countryTurnsTo('opened')],
  [95, 'the record was removed or returned', (c) => c.kind === 'removed' || c.kind === 'returned'],
  [90, 'paused', turnsTo('paused')],
  [89, 'stopped early', turnsTo('stopped')],
  [88, 'paused or stopped in a country', countryTurnsTo('paused', 'stopped')],
  [85, 'why it stopped', (c) => c.kind === 'why-stopped'],
  [80, 'closed to new participants', turnsTo('closed')],
  [79, 'back to not yet recruiting', turnsTo('pending')],
  [78, 'withheld', turnsTo('withheld')],
  [77, 'closed in a country', countryTurnsTo('closed')],
  [75, 'a paper retracted', (c) => c.kind === 'paper-retracted'],
  [
    74,
    'a violation of the rules for results',
    (c) => c.kind === 'violation' || c.kind === 'violation-listed',
  ],
  [70, 'results posted', (c) => c.kind === 'results-posted'],
  [69, 'results updated', (c) => c.kind === 'results-updated'],
  [68, 'results submitted', (c) => c.kind === 'results-submitted'],
  [66, 'a paper about the trial', (c) => c.kind === 'paper'],
  [60, 'finished', turnsTo('finished')],
  [59, 'finished in a country', countryTurnsTo('finished')],
  [52, 'primary completion date', (c) => c.kind === 'primary-completion-date'],
  [51, 'completion date', (c) => c.kind === 'completion-date'],
  [49, 'a new site near the reader', (c) => isNear(c) && c.kind === 'site-added'],
  [48, 'a site near the reader gone', (c) => isNear(c) && c.kind === 'site-removed'],
  [47, 'a site near the reader', isNear],
  [46, 'a site in the reader’s country, or the country', (c) => c.isMine === true],
  [44, 'many sites', (c) => c.kind === 'sites-status'],
  [43, 'a site that recruits', isRecruitingSite],
  [42, 'a new site', (c) => c.kind === 'site-added'],
  [41, 'a site gone', (c) => c.kind === 'site-removed'],
  [26, 'randomization or blinding began or ended', (c) => c.kind === 'allocation' || c.kind === 'masking'],
  [1, 'no longer confirmed by the sponsor', turnsTo('unknown')],
];

const ofFacets = facets.flatMap((facet): Row[] => {
  const { weight } = facetFacts(facet);
  return weight === undefined ? [] : [[weight, facet, (change) => change.facet === facet]];
});

/** The weight of a change is that of the first row that fits. What people can act on comes first (D2). */
export const weights: readonly Row[] = [
  ...[...particular, ...ofFacets].toSorted(([a], [b]) => b - a),
  [10, 'anything else', () => true],
];

function isNear({ near }: DigestChange): boolean {
  return near !== undefined;
}

function isRecruitingSite({ facet, after }: Change): boolean {
  return facet === 'sites' && after === 'RECRUITING';
}

function isAvailable(after: unknown): boolean {
  return after === true || statusBucket(after) === 'opened';
}

/** The weight of a change: the higher, the earlier it is reported. */
export function weighChange(change: DigestChange): number {
  for (const [weight, , fits] of weights) if (fits(change)) return weight;
  return 0;
}
