import type { Change, ChangedSite, Edit } from './change.ts';
import { isSameValue, siteKey } from './diff-canonical.ts';
import { carrySiteNumbers, numberSites } from './sites.ts';
import type { SitePair } from './sites-masking.ts';
import { pairSites } from './sites-pair.ts';
import type { Site, SiteStatus, Trial } from './trial.ts';
import { statusBucket } from './weight.ts';

type SiteEdit = Extract<Edit, { field: 'sites' }>;

/** From this many sites on, and this share of all, a move they all made together is one line. */
const togetherCount = 5;
const togetherShare = 0.8;

/** What became of a trial's sites: the edits, and the new trial with the sites' numbers carried on. */
export function compareSites(unnumbered: Trial, after: Trial): { edits: SiteEdit[]; after: Trial } {
  const before = numberSites(unnumbered);
  const pairs = pairSites(before.sites, after.sites);
  const numbered = carrySiteNumbers(before, after, pairs);
  const edits = pairs.flatMap((pair) => editSite(pair, before, numbered));
  return { edits: foldTogether(edits, before, numbered), after: numbered };
}

function editSite(pair: SitePair, before: Trial, after: Trial): SiteEdit[] {
  const was = pair.before === null ? null : (before.sites[pair.before] ?? null);
  const is = pair.after === null ? null : (after.sites[pair.after] ?? null);
  const base = { field: 'sites' as const, before: was, after: is, pairing: pair.phrase };
  if (was !== null && is !== null) return editPaired(base, was, is);
  if (pair.kind === 'masked' || pair.kind === 'unmasked') {
    return [{ ...base, fate: 'silent', reason: pair.phrase, change: null }];
  }
  if (is !== null) {
    const change = siteChange('site-added', is, null, is.status);
    return [{ ...base, fate: 'told', reason: 'a new site', change }];
  }
  if (was === null) return [];
  if (isSaidByStatus(before, after)) {
    return [{ ...base, fate: 'silent', reason: 'the status says it: the trial ended', change: null }];
  }
  return [
    {
      ...base,
      fate: 'told',
      reason: 'a site is gone',
      change: siteChange('site-removed', was, was.status, null),
    },
  ];
}

/** A withdrawn trial loses sites; one that stopped or finished may lose its whole list. */
function isSaidByStatus(before: Trial, after: Trial): boolean {
  if (after.status === 'WITHDRAWN') return true;
  const bucket = statusBucket(after.status);
  const ended = bucket === 'stopped' || bucket === 'finished' || bucket === 'withheld';
  return ended && after.sites.length === 0 && before.status !== after.status;
}

type Base = Pick<SiteEdit, 'field' | 'pairing'> & { before: Site | null; after: Site | null };

function editPaired(base: Base, was: Site, is: Site): SiteEdit[] {
  if (was.status !== is.status) {
    const change = siteChange('site-status', is, was.status, is.status);
    return [{ ...base, fate: 'told', reason: 'the status of a site changed', change }];
  }
  if (siteKey(was) === siteKey(is)) return [];
  const renamed = was.facility !== is.facility;
  const moved =
    was.city !== is.city || was.zip !== is.zip || was.state !== is.state || was.country !== is.country;
  if (renamed || moved) {
    const reason = `the site was ${renamed ? 'renamed' : 'respelled'}: ${base.pairing}`;
    return [{ ...base, fate: 'silent', reason, change: null }];
  }
  if (isSameValue(was.contacts, is.contacts)) {
    return [{ ...base, fate: 'silent', reason: 'only its coordinates moved', change: null }];
  }
  return [{ ...base, fate: 'silent', reason: 'contact details of a site changed', change: null }];
}

function siteChange(kind: string, site: Site, before: SiteStatus | null, after: SiteStatus | null): Change {
  const { ref, facility, city, state, country, lat, lon } = site;
  const where: ChangedSite = { ref, facility, city, state, country, lat, lon };
  return { facet: 'sites', kind, before, after, site: where };
}

/** One line for the sites that moved because the whole trial did, in place of one each (C4). */
function foldTogether(edits: SiteEdit[], before: Trial, after: Trial): SiteEdit[] {
  const moved = edits.filter((edit) => edit.change?.kind === 'site-status');
  const together = moved.filter((edit) => isTogether(edit, moved, before, after));
  const [first] = together;
  if (first === undefined) return edits;
  // A single site has nothing to add to what the status says.
  const line = together.length > 1 ? lineOf(together) : null;
  const folded = new Set(together);
  return edits.map((edit) => {
    if (!folded.has(edit)) return edit;
    if (edit === first && line !== null) {
      return {
        ...edit,
        fate: 'told',
        reason: `one line for ${together.length} sites that moved together`,
        change: line,
      };
    }
    return { ...edit, fate: 'folded', reason: 'moved together with the whole trial', change: null };
  });
}

function isTogether(edit: SiteEdit, moved: SiteEdit[], before: Trial, after: Trial): boolean {
  const came = edit.change?.before ?? null;
  const went = edit.change?.after ?? null;
  if (before.status !== after.status && (came === null || went === null)) return true;
  const alike = moved.filter(
    (other) => (other.change?.before ?? null) === came && (other.change?.after ?? null) === went,
  );
  return alike.length >= togetherCount && alike.length >= togetherShare * after.sites.length;
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
