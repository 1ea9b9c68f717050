import type { Change, ChangedSite, Edit, Judgement } from '../change.ts';
import { isSameValue } from '../same-value.ts';
import type { SitePair } from '../sites/masking.ts';
import { pairSites } from '../sites/pair.ts';
import { carrySiteNumbers, numberSites } from '../sites/sites.ts';
import type { Site, SiteStatus, Trial } from '../trial.ts';
import { statusBucket } from '../weight.ts';

type SiteEdit = Extract<Edit, { field: 'sites' }>;

/** From this many sites on, and this share of all, a move they all made together is one line. */
const togetherCount = 5;
const togetherShare = 0.8;

/** What became of a trial's sites: the edits, and the new trial with the sites' numbers carried on. */
export function compareSites(unnumbered: Trial, after: Trial): { edits: SiteEdit[]; after: Trial } {
  const before = numberSites(unnumbered);
  const pairs = pairSites(before.sites, after.sites);
  const numbered = carrySiteNumbers(before, after, pairs);
  const isTogether = findTogether(pairs, before, numbered);
  const edits: SiteEdit[] = [];
  const together: SiteEdit[] = [];
  for (const { kind, before: from, after: to, phrase } of pairs) {
    if (kind === 'equal') continue;
    const was = from === null ? null : (before.sites[from] ?? null);
    const is = to === null ? null : (numbered.sites[to] ?? null);
    const moved = was !== null && is !== null && was.status !== is.status;
    const judged = moved && isTogether(was, is) ? folded : judgeSite(kind, was, is, before, numbered);
    const { fate, reason, change } = judged;
    const edit: SiteEdit = { field: 'sites', before: was, after: is, fate, reason, change, pairing: phrase };
    edits.push(edit);
    if (judged === folded) together.push(edit);
  }
  tellTogether(together);
  return { edits, after: numbered };
}

/** Of a site that moved with the whole trial: one of them is told for all. */
const folded: Judgement = { fate: 'folded', reason: 'moved together with the whole trial', change: null };

const silent = (reason: string): Judgement => ({ fate: 'silent', reason, change: null });

function judgeSite(
  kind: SitePair['kind'],
  was: Site | null,
  is: Site | null,
  before: Trial,
  after: Trial,
): Judgement {
  if (kind === 'masked' || kind === 'unmasked') return silent('the whole list lost or got its names');
  if (was !== null && is !== null) return judgePaired(was, is);
  if (is !== null) {
    return { fate: 'told', reason: 'a new site', change: siteChange('site-added', is, null, is.status) };
  }
  if (was === null || isSaidByStatus(before, after)) return silent('the status says it: the trial ended');
  return {
    fate: 'told',
    reason: 'a site is gone',
    change: siteChange('site-removed', was, was.status, null),
  };
}

/** A withdrawn trial loses sites; one that stopped or finished may lose its whole list. */
function isSaidByStatus(before: Trial, after: Trial): boolean {
  if (after.status === 'WITHDRAWN') return true;
  const bucket = statusBucket(after.status);
  const ended = bucket === 'stopped' || bucket === 'finished' || bucket === 'withheld';
  return ended && after.sites.length === 0 && before.status !== after.status;
}

function judgePaired(was: Site, is: Site): Judgement {
  if (was.status !== is.status) {
    const change = siteChange('site-status', is, was.status, is.status);
    return { fate: 'told', reason: 'the status of a site changed', change };
  }
  if (was.facility !== is.facility) return silent('the site was renamed or respelled');
  const isMoved =
    was.city !== is.city || was.zip !== is.zip || was.state !== is.state || was.country !== is.country;
  if (isMoved) return silent('its place was respelled');
  const isReached = isSameValue(was.contacts, is.contacts);
  return silent(isReached ? 'only its coordinates moved' : 'contact details of a site changed');
}

function siteChange(kind: string, site: Site, before: SiteStatus | null, after: SiteStatus | null): Change {
  const { ref, facility, city, state, country, lat, lon } = site;
  const where: ChangedSite = { ref, facility, city, state, country, lat, lon };
  return { facet: 'sites', kind, before, after, site: where };
}

/** Which sites moved because the whole trial did: their statuses came or went with its own, or nearly all moved alike. */
function findTogether(
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

/** One line in place of one for each (C4). A single site has nothing to add to what the status says. */
function tellTogether(edits: SiteEdit[]): void {
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
