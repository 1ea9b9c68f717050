import { canonicalText } from '../canonical.ts';
import type { Change, ChangedSite, Edit, Judgement } from '../change.ts';
import { isSameValue } from '../same-value.ts';
import { identityOf } from '../sites/equal.ts';
import { pairSitesInSteps } from '../sites/pair.ts';
import { carrySiteNumbers, numberSites, type SitePair } from '../sites/sites.ts';
import type { Steps } from '../sites/steps.ts';
import type { Site, SiteStatus, Trial } from '../trial.ts';
import { type StatusBucket, statusBucket } from '../weight.ts';
import { findTogether, tellTogether } from './sites-together.ts';

type SiteEdit = Extract<Edit, { field: 'sites' }>;

/** Compares a trial's sites. Returns the edits, and the new trial whose sites keep their numbers. */
export function* compareSites(unnumbered: Trial, after: Trial): Steps<{ edits: SiteEdit[]; after: Trial }> {
  const before = numberSites(unnumbered);
  const pairs = yield* pairSitesInSteps(before.sites, after.sites, { own: () => ownNames(after) });
  yield;
  const numbered = carrySiteNumbers(before, after, pairs);
  const isTogether = findTogether(pairs, before, numbered);
  const edits: SiteEdit[] = [];
  const together: SiteEdit[] = [];
  for (const pair of pairs) {
    if (pair.kind === 'equal') continue;
    const was = pair.before === null ? null : (before.sites[pair.before] ?? null);
    const is = pair.after === null ? null : (numbered.sites[pair.after] ?? null);
    const moved = was !== null && is !== null && was.status !== is.status;
    const judged = moved && isTogether(was, is) ? folded : judgeSite(pair, was, is, before, numbered);
    const { fate, reason, change } = judged;
    const edit: SiteEdit = {
      field: 'sites',
      before: was,
      after: is,
      fate,
      reason,
      change,
      pairing: pair.phrase,
    };
    edits.push(edit);
    if (judged === folded) together.push(edit);
  }
  yield;
  tellTogether(together);
  foldTwins(edits);
  return { edits, after: numbered };
}

/** A trial's own names. A site that bears one of them is a placeholder. */
function ownNames(trial: Trial): string[] {
  const { sponsor, collaborators, acronym, interventions } = trial;
  return [
    sponsor?.name ?? '',
    acronym ?? '',
    ...[...collaborators, ...interventions].map(({ name }) => name),
  ];
}

/** For a site that changed with the whole trial: one change is told for all. */
const folded: Judgement = { fate: 'folded', reason: 'moved together with the whole trial', change: null };

const silent = (reason: string): Judgement => ({ fate: 'silent', reason, change: null });

function judgeSite(
  pair: SitePair,
  was: Site | null,
  is: Site | null,
  before: Trial,
  after: Trial,
): Judgement {
  if ('standIns' in pair) return judgeRow(pair, was, is, before, after);
  if (was !== null && is !== null) return judgePaired(was, is);
  if (is !== null) {
    return { fate: 'told', reason: 'a new site', change: siteChange('site-added', is, null, is.status) };
  }
  if (was === null || isSaidByStatus(before, after)) return silent('told with the status: the trial ended');
  return {
    fate: 'told',
    reason: 'a site is gone',
    change: siteChange('site-removed', was, was.status, null),
  };
}

/** A withdrawn trial loses its sites; one that stopped or finished may lose its whole list. */
function isSaidByStatus(before: Trial, after: Trial): boolean {
  if (after.status === 'WITHDRAWN') return true;
  const bucket = statusBucket(after.status);
  const ended = bucket === 'stopped' || bucket === 'finished' || bucket === 'withheld';
  return ended && after.sites.length === 0 && before.status !== after.status;
}

/**
 * Judges a row whose place has other rows in the other version: no site came or left. It is told if its place
 * becomes open with it, or if the remaining rows of the place are less open.
 */
function judgeRow(
  pair: Extract<SitePair, { standIns: number[] }>,
  was: Site | null,
  is: Site | null,
  before: Trial,
  after: Trial,
): Judgement {
  const others = (was === null ? before : after).sites;
  const statuses = pair.standIns.map((at) => others[at]?.status ?? null);
  const [standIn = null] = statuses.sort((a, b) => openness(b) - openness(a));
  const site = was ?? is;
  const isMoreOpen = site !== null && openness(site.status) > openness(standIn);
  const isWithTrial = before.status !== after.status && (site?.status === null || standIn === null);
  if (site === null || pair.kind === 'masked' || !isMoreOpen || isWithTrial)
    return silent(`another row: ${pair.phrase}`);
  const change =
    was === null
      ? siteChange('site-status', site, standIn, site.status)
      : siteChange('site-status', site, site.status, standIn);
  return { fate: 'told', reason: 'the status of a place changed with one of its rows', change };
}

const opennessOf: Partial<Record<StatusBucket, number>> = { opened: 5, pending: 4, paused: 3, closed: 2 };

/** How close a site's status is to recruiting. */
function openness(status: SiteStatus | null): number {
  return status === null ? 0 : (opennessOf[statusBucket(status)] ?? 1);
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
  if (was.department !== is.department || was.orgId !== is.orgId)
    return silent('its department or organization was named differently');
  const isReached = isSameValue(was.contacts, is.contacts);
  return silent(isReached ? 'only its coordinates moved' : 'contact details of a site changed');
}

function siteChange(kind: string, site: Site, before: SiteStatus | null, after: SiteStatus | null): Change {
  const { ref, facility, city, state, country, lat, lon } = site;
  const where: ChangedSite = { ref, facility, city, state, country, lat, lon };
  return { facet: 'sites', kind, before, after, site: where };
}

/**
 * Tells the same news from several rows of one place only once: 5,000 copies of a site are one line. The row
 * with the lowest number tells it, both when they appear and when they disappear, so that both cancel within
 * one digest.
 */
function foldTwins(edits: readonly SiteEdit[]): void {
  const first = new Map<string, SiteEdit>();
  for (const edit of edits) {
    const { change } = edit;
    const site = edit.after ?? edit.before;
    if (edit.fate !== 'told' || !change?.site || !site) continue;
    const key = canonicalText(
      `${change.kind}\n${change.before}\n${change.after}\n${identityOf(site)}\n${site.department}`,
    );
    const told = first.get(key);
    const isLower = told?.change?.site && (change.site.ref ?? 0) < (told.change.site.ref ?? 0);
    if (told === undefined || isLower) first.set(key, edit);
    const twin = isLower ? told : told && edit;
    if (twin) Object.assign(twin, { fate: 'folded', reason: 'told with another row of the same place' });
  }
}
