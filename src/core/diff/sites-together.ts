import type { Change, Edit } from '../change.ts';
import type { SitePair } from '../sites/sites.ts';
import type { Site, SiteStatus, Trial } from '../trial.ts';

type SiteEdit = Extract<Edit, { field: 'sites' }>;

/** Sites with the same change are reported as one if they are at least this many and this share of all sites. */
const togetherCount = 5;
const togetherShare = 0.8;

/**
 * Finds sites that changed with the whole trial: statuses appeared or vanished with the trial's, or nearly
 * all changed alike.
 */
export function findTogether(
  pairs: readonly SitePair[],
  before: Trial,
  after: Trial,
): (was: Site, is: Site) => boolean {
  const moves = new Map<string, number>();
  for (const { before: from, after: to } of pairs) {
    const [was, is] = [before.sites[from ?? -1], after.sites[to ?? -1]];
    if (!was || !is || was.status === is.status) continue;
    const move = `${was.status} ${is.status}`;
    moves.set(move, (moves.get(move) ?? 0) + 1);
  }
  const enough = Math.max(togetherCount, togetherShare * after.sites.length);
  return (was, is) => {
    if (before.status !== after.status && (was.status === null || is.status === null)) return true;
    return (moves.get(`${was.status} ${is.status}`) ?? 0) >= enough;
  };
}

/** Tells one change instead of one per site (C4). A single site adds nothing to the trial's own status. */
export function tellTogether(edits: SiteEdit[]): void {
  const [first] = edits;
  if (first === undefined || edits.length === 1) return;
  first.fate = 'told';
  first.reason = `one line for ${edits.length} sites that moved together`;
  first.change = lineOf(edits);
}

function lineOf(edits: SiteEdit[]): Change {
  const before = tally(edits.map((edit) => edit.before?.status ?? null));
  const after = tally(edits.map((edit) => edit.after?.status ?? null));
  const line: Change = {
    facet: 'sites',
    kind: 'sites-status',
    before: commonest(before),
    after: commonest(after),
    count: edits.length,
  };
  if (after.size > 1)
    line.statuses = Object.fromEntries([...after].map(([status, n]) => [status ?? 'none', n]));
  return line;
}

function tally(statuses: (SiteStatus | null)[]): Map<SiteStatus | null, number> {
  const counts = new Map<SiteStatus | null, number>();
  for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
  return new Map([...counts].sort(([a, n], [b, m]) => m - n || (`${a}` < `${b}` ? -1 : 1)));
}

function commonest(counts: Map<SiteStatus | null, number>): SiteStatus | null {
  const [first] = counts.keys();
  return first ?? null;
}
