import type { StoredListing } from '../../../core/links/listings.ts';
import { registryName } from '../../../core/registries.ts';
import type { Trial } from '../../../core/trial.ts';
import { linkedItem } from '../../../core/wording/linked-sentences.ts';
import { codeName, quoteRegistry, statusName } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';

/** A line, with its link if it has one. */
type Linked = { text: string; href: string | null };

/** A record's papers, documents, notices, data and related records. Everything may be missing. */
export type LinkedView = {
  /** Its records in other registries, each with a way to follow it. */
  elsewhere: { text: string; href: string; followHref: string }[];
  access: Linked | null;
  /** Delays and notices about the results. */
  notices: string[];
  papers: Linked[];
  retractions: Linked[];
  documents: string[];
  sharing: { plan: string; facts: { label: string; value: string }[]; href: string | null } | null;
};

const listLength = 40;
const textLength = 1_500;

/** The papers, documents and other things that a trial's record refers to, in words. */
export function viewLinked(wording: Wording, trial: Trial, links: readonly StoredListing[]): LinkedView {
  const item = (kind: string, one: object) => linkedItem(wording, kind, one);
  const { linkedAccess, dataSharing } = trial;
  return {
    elsewhere: links
      .filter(({ same }) => same)
      .map(({ registry, id, status }) => ({
        text: wording.say('trial.elsewhere', {
          registry: registryName(registry),
          id,
          status: statusName(wording, status),
        }),
        href: `/trials/${encodeURIComponent(id)}`,
        followHref: `/follow?trial=${encodeURIComponent(id)}`,
      })),
    access: linkedAccess && {
      text: wording.say('trial.access', {
        id: linkedAccess.id,
        status: linkedAccess.status === null ? 'none' : statusName(wording, linkedAccess.status),
      }),
      href: `/trials/${encodeURIComponent(linkedAccess.id)}`,
    },
    notices: [
      ...delays(wording, trial),
      ...trial.violations
        .slice(0, listLength)
        .map((one) => wording.say('trial.results.notice', { item: item('violation', one) })),
    ],
    papers: trial.papers
      .slice(0, listLength)
      .map((one) => ({ text: item('paper', one), href: pubMed(one.pmid) })),
    retractions: trial.retractions
      .slice(0, listLength)
      .map((one) => ({ text: item('paper-retracted', one), href: pubMed(one.pmid) })),
    documents: trial.documents.slice(0, listLength).map((one) => item('documents', one)),
    sharing: dataSharing && viewSharing(wording, dataSharing),
  };
}

function delays(
  wording: Wording,
  { resultsDelayedOn, postingDelayed, hasViolation, violations }: Trial,
): string[] {
  return [
    resultsDelayedOn && wording.say('trial.results.delayed', { date: wording.date(resultsDelayedOn) }),
    postingDelayed && wording.say('trial.results.posting-delayed'),
    hasViolation && violations.length === 0 && wording.say('trial.results.violation'),
  ].filter((line) => typeof line === 'string');
}

function viewSharing(wording: Wording, sharing: NonNullable<Trial['dataSharing']>): LinkedView['sharing'] {
  const rows: [string, string][] = [
    ['description', quoteRegistry(wording, sharing.description, textLength)],
    [
      'kinds',
      sharing.kinds
        .slice(0, listLength)
        .map((kind) => codeName(wording, 'sharing', kind) ?? quoteRegistry(wording, kind, 80))
        .join(', '),
    ],
    ['time', quoteRegistry(wording, sharing.timeFrame, textLength)],
    ['access', quoteRegistry(wording, sharing.access, textLength)],
  ];
  const key = `trial.sharing.plan.${sharing.plan}`;
  return {
    plan: wording.say(wording.has(key) ? key : 'trial.sharing.plan.none'),
    facts: rows.flatMap(([name, value]) =>
      value === '' ? [] : [{ label: wording.say(`trial.sharing.${name}`), value }],
    ),
    href: webAddress(sharing.url),
  };
}

function pubMed(pmid: string | null): string | null {
  return pmid !== null && /^\d{1,12}$/.test(pmid) ? `https://pubmed.ncbi.nlm.nih.gov/${pmid}/` : null;
}

/** A text of a record as a web address; null if it is anything else, which must not become a link. */
function webAddress(text: string): string | null {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) && text.length < 2_000 ? url.href : null;
}
