import { canonicalJson, canonicalValue, siteKey, trialFields } from '../canonical.ts';
import type { Comparison, Edit, Json } from '../change.ts';
import { isSameValue } from '../same-value.ts';
import { numberSites } from '../sites/sites.ts';
import { doAtOnce, type Steps } from '../sites/steps.ts';
import type { Site, Trial, TrialField } from '../trial.ts';
import { weighChange } from '../weight.ts';
import { applyCountries, compareCountries } from './country-changes.ts';
import { fieldRules } from './fields.ts';
import { compareSites } from './sites.ts';

const sortedFields = [...trialFields].sort();

/**
 * The value that identifies a version of a trial, for hashing. List and key order, white space, Unicode form and site
 * numbers do not affect it. It leaves out verification and update dates, which change on their own, and fields that
 * were not read.
 */
export function canonicalTrial(trial: Trial): Json {
  const value: { [key: string]: Json } = { id: trial.id, registry: trial.registry };
  for (const field of sortedFields) {
    if (!trial.unread.includes(field)) value[field] = canonicalValue(trial[field]);
  }
  return value;
}

/** `JSON.stringify(canonicalTrial(trial))`, without making the value: every trial that is read is hashed. */
export function canonicalTrialJson(trial: Trial): string {
  const parts = [`"id":${JSON.stringify(trial.id)}`, `"registry":${JSON.stringify(trial.registry)}`];
  for (const field of sortedFields)
    if (!trial.unread.includes(field)) parts.push(`"${field}":${canonicalJson(trial[field])}`);
  return `{${parts.join()}}`;
}

/**
 * Compares two versions of one trial. Every difference in a tracked field is an edit, told, folded or silent,
 * with its reason. All edits together turn `before` into `after`. A field that one side did not read is not
 * compared: the new version keeps the old value, and a first reading is a silent baseline. Throws RangeError
 * if the versions belong to different trials.
 */
export function compareTrials(before: Trial, after: Trial): Comparison {
  return doAtOnce(compareTrialsInSteps(before, after));
}

/** As `compareTrials`, in steps: lists of thousands of sites take long. */
export function* compareTrialsInSteps(before: Trial, after: Trial): Steps<Comparison> {
  if (before.registry !== after.registry || !isOneTrial(before, after)) {
    throw new RangeError(`${before.id} and ${after.id} are two different trials.`);
  }
  const edits: Edit[] = [];
  let next: Trial = { ...after, unread: after.unread.filter((field) => before.unread.includes(field)) };
  for (const field of trialFields) {
    if (after.unread.includes(field)) {
      next = { ...next, [field]: field === 'sites' ? numberSites(before).sites : before[field] };
    } else if (before.unread.includes(field)) {
      if (field === 'sites') next = numberSites(next);
      edits.push(...readFirst(field, before, next));
    } else if (field === 'countries') {
      edits.push(...compareCountries(before, after));
    } else if (field === 'sites') {
      const sites = yield* compareSites(before, next);
      edits.push(...sites.edits);
      next = sites.after;
    } else if (!isSameValue(before[field], after[field])) {
      edits.push({ field, before: before[field], after: after[field], ...fieldRules[field](before, after) });
    }
  }
  return { edits, changes: orderChanges(edits), after: next };
}

/** Two ids belong to one trial if either record lists the other as obsolete. */
function isOneTrial(a: Trial, b: Trial): boolean {
  return a.id === b.id || a.aliases.includes(b.id) || b.aliases.includes(a.id);
}

/** The reason of an edit without a change: the field was not read before (C15). */
export const firstReading = 'read for the first time';

function readFirst(field: TrialField, before: Trial, after: Trial): Edit[] {
  const judgement = { fate: 'silent' as const, reason: firstReading, change: null };
  if (field === 'countries')
    return (after.countries.length === 0 ? [null] : after.countries).map((country) => ({
      ...judgement,
      field,
      before: null,
      after: country,
    }));
  if (field !== 'sites') return [{ ...judgement, field, before: before[field], after: after[field] }];
  const sites = after.sites.length === 0 ? [null] : after.sites;
  return sites.map((site) => ({
    ...judgement,
    field,
    before: null,
    after: site,
    pairing: 'first reading',
  }));
}

function orderChanges(edits: Edit[]) {
  return edits
    .flatMap((edit) => (edit.fate === 'told' && edit.change ? [edit.change] : []))
    .map((change, at) => ({ change, at, weight: weighChange(change) }))
    .sort((a, b) => b.weight - a.weight || a.at - b.at)
    .map(({ change }) => change);
}

/** Applies edits to the trial they were made from. Throws RangeError if an edit does not fit. */
export function applyEdits(before: Trial, edits: readonly Edit[]): Trial {
  const after: Trial = { ...before };
  const written = new Set<TrialField>(edits.map(({ field }) => field));
  for (const edit of edits) {
    if (edit.field !== 'sites' && edit.field !== 'countries')
      Object.assign(after, { [edit.field]: edit.after });
  }
  if (written.has('countries')) {
    const countries = before.unread.includes('countries') ? [] : before.countries;
    after.countries = applyCountries(
      countries,
      edits.filter((edit) => edit.field === 'countries'),
    );
  }
  if (written.has('sites')) {
    const sites = before.unread.includes('sites') ? [] : before.sites;
    after.sites = applySites(
      sites,
      edits.filter((edit) => edit.field === 'sites'),
    );
  }
  after.unread = before.unread.filter((field) => !written.has(field));
  return after;
}

function applySites(
  before: readonly Site[],
  edits: readonly { before: Site | null; after: Site | null }[],
): Site[] {
  const sites: (Site | null)[] = [...before];
  const keyOf = (site: Site, ref: number | null) => `${ref}\n${siteKey(site)}`;
  const rows = Map.groupBy(before.keys(), (at) => {
    const site = before[at];
    return site ? keyOf(site, site.ref) : '';
  });
  for (const { before: was, after: is } of edits) {
    if (was === null) {
      if (is !== null) sites.push(is);
      continue;
    }
    const at = rows.get(keyOf(was, was.ref))?.pop() ?? rows.get(keyOf(was, null))?.pop();
    if (at === undefined) throw new RangeError(`No site to change: ${was.facility}, ${was.city}.`);
    sites[at] = is;
  }
  return sites.filter((site) => site !== null);
}
