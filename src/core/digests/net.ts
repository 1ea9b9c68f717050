import type { Change } from '../change.ts';
import { isThere, netCountry, netSite, sameValue } from './net-places.ts';

/**
 * The net effect of several changes of one trial, oldest first: A→B→A is nothing, A→B→C is A→C (D1). Results
 * that were submitted and then posted are posted. A reason for a status joins the status. The order is that
 * of each subject's first change.
 */
export function netChanges(changes: readonly Change[]): Change[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = keyOf(change);
    const group = groups.get(key);
    if (group) group.push(change);
    else groups.set(key, [change]);
  }
  return [...groups.values()].flatMap((group) => partsOf(group).flatMap(netPart));
}

/**
 * The net effect of a change among those of its trial, oldest first, itself included; empty if later ones
 * reversed it.
 */
export function netOf(change: Change, changes: readonly Change[]): Change[] {
  const key = keyOf(change);
  const parts = partsOf(changes.filter((one) => keyOf(one) === key));
  return parts.filter((part) => part.includes(change)).flatMap(netPart);
}

/**
 * Whether a change is overtaken: the reader was already notified of later changes of the same trial, with a net
 * effect in their mail, about the same subject with one value at a time. Lists have many values, so they are
 * never overtaken.
 */
export function isOvertaken(change: Change, later: readonly (readonly Change[])[]): boolean {
  if (!hasOneValue(change)) return false;
  const key = keyOf(change);
  return later.some((mail) =>
    netChanges(mail.filter((one) => keyOf(one) === key)).some((said) => saysMore(said, change)),
  );
}

/**
 * Whether a change says more than another: a status more than a reason alone, posted results more than
 * submitted ones. The changes of a site or a country all tell its present state.
 */
function saysMore(said: Change, change: Change): boolean {
  return (
    said.kind === change.kind ||
    change.facet === 'sites' ||
    change.facet === 'countries' ||
    change.kind === 'why-stopped' ||
    change.kind === 'results-submitted' ||
    change.kind === 'removed' ||
    change.kind === 'returned'
  );
}

function hasOneValue({ facet, kind, site }: Change): boolean {
  if (facet === 'sites') return site !== undefined && site.ref !== null;
  if (facet === 'registration') return kind === 'removed' || kind === 'returned';
  return facet === 'status' || facet === 'countries' || isOfTables(kind) || isScalar(facet);
}

function isScalar(facet: Change['facet']): boolean {
  return facet === 'dates' || facet === 'enrollment' || facet === 'expanded-access';
}

function keyOf(change: Change): string {
  const { facet, kind, site, country } = change;
  if (facet === 'status' || facet === 'registration') return facet;
  if (facet === 'countries') return `country ${country}`;
  if (facet === 'results') return isOfTables(kind) ? facet : `${facet} ${kind}`;
  if (facet === 'sites' && site) {
    if (site.ref !== null) return `site ${site.ref}`;
    return `place ${[site.facility, site.city, site.state, site.country].join('\n')}`;
  }
  return `${facet} ${kind}`;
}

/**
 * Splits the changes of one subject into parts that are netted: all of them, or each run in which one follows
 * from the other.
 */
function partsOf(group: Change[]): Change[][] {
  const [first] = group;
  if (!first) return [];
  const { facet, kind, site } = first;
  const isKnownSite = facet === 'sites' && site !== undefined && site.ref !== null;
  const isOne =
    facet === 'status' ||
    facet === 'countries' ||
    isOfTables(kind) ||
    facet === 'registration' ||
    isKnownSite;
  // A scalar has one value at a time. Changes of a list may stand side by side without following from one
  // another.
  return isOne || isScalar(facet) ? [group] : runsOf(group);
}

function netPart(part: Change[]): Change[] {
  const [first] = part;
  if (first?.facet === 'status') return netStatus(part);
  if (first && isOfTables(first.kind)) return netResults(part);
  if (first?.facet === 'registration') return netRegistration(part);
  if (first?.facet === 'countries') return netCountry(part);
  return first?.facet === 'sites' && first.site ? netSite(part) : netValue(part);
}

/** Splits changes wherever one does not begin with the value at which the previous one ended. */
function runsOf(group: Change[]): Change[][] {
  const runs: Change[][] = [];
  for (const change of group) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    const follows =
      last !== undefined &&
      isThere(last, 'after') === isThere(change, 'before') &&
      sameValue(last.after, change.before);
    if (run && follows) run.push(change);
    else runs.push([change]);
  }
  return runs;
}

function netValue(run: Change[]): Change[] {
  const first = run[0];
  const last = run.at(-1);
  if (!first || !last) return [];
  if (run.length === 1) return [last];
  // Some changes carry no values (contact details). Whether they cancel is unknown, so they are reported.
  const opaque = run.some((change) => sameValue(change.before, change.after));
  if (!opaque && sameValue(first.before, last.after)) return [];
  return [{ ...last, before: first.before }];
}

function netStatus(group: Change[]): Change[] {
  const statuses = group.filter((change) => change.kind === 'status');
  const reasons = group.filter((change) => change.kind !== 'status');
  const first = statuses[0];
  const last = statuses.at(-1);
  if (!first || !last) return netValue(reasons);
  if (first.before !== last.after) {
    const newest = group.at(-1);
    const words = newest?.kind === 'status' ? newest.whyStopped : newest?.after;
    return [
      {
        facet: 'status',
        kind: 'status',
        before: first.before,
        after: last.after,
        ...groundOf(last),
        ...(last.undoes && statuses.length === 1 ? { undoes: last.undoes } : {}),
        ...(typeof words === 'string' ? { whyStopped: words } : {}),
        ...silenceOf(last.after === 'UNKNOWN' ? last : first.before === 'UNKNOWN' ? first : null),
      },
    ];
  }
  const reason = reasons.at(-1);
  if (!reason) return [];
  const before = reason === group.at(-1) ? (reasons[0]?.before ?? null) : reason.before;
  return sameValue(before, reason.after) ? [] : [{ ...reason, before }];
}

/** What a status rests on, if that is more than the registry's statement. */
function groundOf({ basis, dated, listedAs }: Change): Pick<Change, 'basis' | 'dated' | 'listedAs'> {
  return { ...(basis ? { basis } : {}), ...(dated ? { dated } : {}), ...(listedAs ? { listedAs } : {}) };
}

/** The facts about an unconfirmed record, from the change that begins or ends with it. */
function silenceOf(change: Change | null): Pick<Change, 'lastKnownStatus' | 'verifiedOn'> {
  const { lastKnownStatus, verifiedOn } = change ?? {};
  return {
    ...(lastKnownStatus === undefined ? {} : { lastKnownStatus }),
    ...(verifiedOn === undefined ? {} : { verifiedOn }),
  };
}

/** Whether a kind of change concerns the results tables, from their submission on. */
function isOfTables(kind: string): boolean {
  return kind === 'results-posted' || kind === 'results-updated' || kind === 'results-submitted';
}

function netResults(group: Change[]): Change[] {
  const posted = group.filter((change) => change.kind === 'results-posted');
  if (posted.length > 0) return netValue(posted);
  const updated = group.filter((change) => change.kind === 'results-updated');
  return updated.length > 0 ? netValue(updated) : netValue(group);
}

function netRegistration(group: Change[]): Change[] {
  const first = group[0];
  const last = group.at(-1);
  if (!first || !last) return [];
  const wasThere = first.kind === 'removed';
  const isThere = last.kind !== 'removed';
  if (wasThere === isThere) return [];
  return isThere ? [group.find((change) => change.kind === 'registered') ?? last] : [last];
}
