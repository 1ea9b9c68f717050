import { isDeepStrictEqual } from 'node:util';
import type { Change, Json } from '../../core/change.ts';
import { compareTrialsInSteps, firstReading } from '../../core/diff/diff.ts';
import { isAnotherTrial } from '../../core/identity.ts';
import { type PhraseIndex, type Topic, topicsOf } from '../../core/matching/topics.ts';
import { numberSites } from '../../core/sites/sites.ts';
import type { Instant, Trial } from '../../core/trial.ts';
import { weighChange } from '../../core/weight.ts';
import type { DetectedChange } from '../../db/ingest/changes.ts';
import { packReading } from '../../db/ingest/pack-reading.ts';
import type { StoredTrial } from '../../db/ingest/trials.ts';
import type { TrialReading } from '../../db/ingest/write-readings.ts';
import { doInTurns } from '../../event-loop.ts';
import type { ReadRecord } from '../../registries/registry.ts';
import { hashTrial } from './load-existing.ts';
import type { Run } from './run-state.ts';

/** A change whose trial and version have no ids yet. */
export type Detected = Omit<DetectedChange, 'trialId' | 'version'>;

/** A version to store, with its changes. */
export type ComparedRecord = TrialReading & { changes: Detected[] };

/** What a trial that is not stored yet needs to be stored, whatever has happened before. */
type Baseline = ReturnType<typeof readingOf> & { topics: Topic[] };

const baselines = new WeakMap<ReadRecord, Baseline>();

/** Does most of the work of `readBaseline` ahead, outside any transaction. */
export function prepareBaseline(run: Run, record: ReadRecord): void {
  baselines.set(record, baselineOf(run, record));
}

function baselineOf(run: Run, record: ReadRecord): Baseline {
  const trial = numberSites(record.trial);
  return {
    ...readingOf(run, record, trial, { version: 1, hash: hashTrial(trial), known: null }),
    topics: topicsWithAliases(trial, run.phrases),
  };
}

/** Reads a trial that is not stored yet: registered, found late, or adopted silently (C13). */
export function readBaseline(run: Run, record: ReadRecord): ComparedRecord & { isNew: boolean } {
  const baseline = baselines.get(record) ?? baselineOf(run, record);
  const { trial, topics } = baseline;
  const isPostedSince = (day: string) => trial.firstPostedOn !== null && trial.firstPostedOn >= day;
  const isNew =
    run.lastDay === null ? run.kind !== 'poll' : (run.newIds?.has(trial.id) ?? isPostedSince(run.lastDay));
  const changes: Detected[] = [];
  if (run.lastDay !== null && isNew) {
    changes.push(registrationOf('registered', trial, topics, null));
  } else if (run.kind !== 'import' && topics.some((topic) => run.followed.has(topic))) {
    changes.push(registrationOf('entered', trial, topics, null));
  }
  return {
    ...baseline,
    changes,
    toldCount: 0,
    isNew: isNew || run.kind !== 'poll',
  };
}

/** Compares a record with its stored trial. Returns the next version; null if nothing differs. */
export async function compareWithStored(
  run: Run,
  record: ReadRecord,
  known: StoredTrial,
): Promise<ComparedRecord | null> {
  // Values that this record withholds, or that were not requested, are kept (L12, L14).
  const compared = await doInTurns(compareTrialsInSteps(known.trial, record.trial));
  const { edits, changes: told, after } = compared;
  const hash = hashTrial(after);
  // Fields that were not requested before make no version (C15): the stored one is completed in place.
  if (hash === known.hash || edits.every(({ reason }) => reason === firstReading)) {
    const same =
      hash === known.hash &&
      known.projection === run.registry.projection &&
      known.trial.verifiedOn === after.verifiedOn &&
      known.trial.lastUpdatePostedOn === after.lastUpdatePostedOn;
    if (same && !mayMatchAnew(run)) return null;
    const topics = topicsWithAliases(after, run.phrases);
    if (same && new Set(topics).symmetricDifference(new Set(known.topics)).size === 0) return null;
    return {
      ...readingOf(run, record, after, { version: known.version, hash, known }),
      topics,
      changes: [],
      toldCount: 0,
    };
  }
  const topics = topicsWithAliases(after, run.phrases);
  // Most changes are of dates and sites: matching the same names again would be a third of all the work.
  const isReadAlike = isDeepStrictEqual(matchedOf(known.trial), matchedOf(after));
  const before = isReadAlike ? topics : topicsWithAliases(known.trial, run.phrases);
  const marks = markChanges(run, known.trial, after);
  const changes: Detected[] = told.map((change) => ({
    ...detect(markUndone(change, known, run.readAt), union(before, topics), null),
    ...marks(change),
  }));
  const isRenamed = namesOf(known.trial) !== namesOf(after);
  if (isRenamed || !isDeepStrictEqual(participantsOf(known.trial), participantsOf(after))) {
    // If only the text about participants changed, topics from derived MeSH terms are not news (C13).
    const { meshes, ancestors } = known.trial;
    const byWords = isRenamed
      ? topics
      : topicsOf({ ...after, meshes, ancestors }, run.phrases).filter((topic) => !topic.startsWith('trial:'));
    const gained = byWords.filter((topic) => !before.includes(topic) && run.followed.has(topic));
    if (gained.length > 0) changes.push(registrationOf('entered', after, gained, before));
  }
  // A reworded text about participants may still mean the same: no trial is said to have left because of it.
  const lost = before.filter((topic) => !topics.includes(topic) && run.followed.has(topic));
  if (isRenamed && lost.length > 0) changes.push(registrationOf('left', after, lost, topics));
  const otherTrial = isAnotherTrial(known.trial, after);
  return {
    ...readingOf(run, record, after, { version: known.version + 1, hash, known }),
    topics,
    changes: otherTrial ? changes.map((change) => ({ ...change, otherTrial })) : changes,
    edits,
    toldCount: told.length,
    turnedFrom:
      after.statusBasis === 'dates' && isByCalendar(run, known.trial, after) ? known.trial.status : null,
  };
}

/** Whether a record with the answer that is stored still has these topics, as far as this run matches again. */
export function matchesSame(run: Run, { trial }: ReadRecord, topics: Topic[]): boolean {
  if (!mayMatchAnew(run)) return true;
  return new Set(topicsWithAliases(trial, run.phrases)).symmetricDifference(new Set(topics)).size === 0;
}

/** Whether to match again: a phrase may be followed that nobody followed before. Polls skip this for speed. */
function mayMatchAnew(run: Run): boolean {
  return run.kind === 'follow' || run.kind === 'sweep';
}

function readingOf(
  run: Run,
  record: ReadRecord,
  trial: Trial,
  { version, hash, known }: { version: number; hash: string; known: StoredTrial | null },
) {
  return {
    trialId: known?.trialId ?? null,
    version,
    hash,
    trial,
    contacts: record.contacts,
    answerHash: record.answerHash ?? null,
    packed: packReading(trial, record, { version, known }),
    edits: [] as TrialReading['edits'],
    turnsOn: run.registry.nextTurn?.(trial, run.readAt.slice(0, 10)) ?? null,
    turnedFrom: null as TrialReading['turnedFrom'],
  };
}

function registrationOf(
  kind: 'registered' | 'entered' | 'left',
  trial: Trial,
  topics: Topic[],
  otherTopics: Topic[] | null,
): Detected {
  return { ...registrationChange(kind, trial.status, topics), otherTopics };
}

/** A change of a trial's presence in the registry; `status` is the present one. */
export function registrationChange(
  kind: 'registered' | 'entered' | 'left' | 'removed' | 'returned',
  status: string,
  topics: Topic[],
): Detected {
  return detect({ facet: 'registration', kind, before: null, after: status }, topics, null);
}

function detect(change: Change, topics: Topic[], otherTopics: Topic[] | null): Detected {
  const unmarked = { silent: false, emptied: false, byCalendar: false, otherTrial: false };
  return { change, weight: weighChange(change), topics, otherTopics, ...unmarked };
}

/** Kinds of change from the registry's own tracking, PubMed or the FDA, which leave the record's dates alone. */
const registryMade = new Set([
  'results-submitted',
  'paper-retracted',
  'violation',
  'violation-listed',
  'posting-delayed',
]);

/** Marks changes for the anomaly check: no new update date, a facet left empty, the registry's own calendar. */
function markChanges(run: Run, before: Trial, after: Trial) {
  const silent = before.lastUpdatePostedOn === after.lastUpdatePostedOn;
  const isTurn = isByCalendar(run, before, after);
  // A trial that closes loses its contacts, which its status explains.
  const hasClosed = before.status !== after.status;
  return ({ facet, kind, after: value }: Change) => ({
    silent: silent && !registryMade.has(kind),
    emptied:
      facet === 'sites' || facet === 'countries'
        ? after[facet].length === 0
        : isEmpty(value) && !(facet === 'contacts' && hasClosed),
    byCalendar: isTurn && kind === 'status',
  });
}

/** For this many days a date moved after its turn corrects what the calendar said; later it is news. */
const undoneDays = 14;

/** Marks a status that takes back the calendar's last turn because the record's dates were moved. */
function markUndone(change: Change, { turnedOn, turnedFrom, version }: StoredTrial, readAt: Instant): Change {
  if (change.kind !== 'status' || change.basis !== 'dates' || turnedOn === null || version < 2) return change;
  const days = (Date.parse(readAt) - Date.parse(turnedOn)) / 86_400_000;
  return change.after === turnedFrom && days < undoneDays + 1 ? { ...change, undoes: true } : change;
}

/** Whether a status changed by the calendar alone, without an update by the sponsor. */
function isByCalendar(run: Run, before: Trial, after: Trial): boolean {
  if (before.status === after.status) return false;
  return run.registry.isByCalendar?.(before, after, run.readAt.slice(0, 10)) ?? false;
}

function isEmpty(value: Json): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** The topics of a trial, and those of its obsolete ids. */
export function topicsWithAliases(trial: Trial, phrases: PhraseIndex): Topic[] {
  return union(
    topicsOf(trial, phrases),
    trial.aliases.map((alias) => `trial:${trial.registry}:${alias}`),
  );
}

/** The fields that topics are derived from. */
function matchedOf(trial: Trial) {
  const { registry, id, aliases, meshes, ancestors } = trial;
  return {
    registry,
    id,
    aliases,
    meshes,
    ancestors,
    names: namesOf(trial),
    participants: participantsOf(trial),
  };
}

function union(some: Topic[], others: Topic[]): Topic[] {
  return [...new Set([...some, ...others])];
}

/** A key of the texts that name conditions. Topics that change only through derived MeSH terms are not news (C13). */
function namesOf(trial: Trial): string {
  return JSON.stringify([trial.conditions, trial.keywords, trial.title, trial.officialTitle]);
}

/** The text about participants. Compare it by value: the database keeps an object's keys in its own order. */
function participantsOf({ criteria, summary, description, arms }: Trial) {
  return { criteria, summary, description, arms };
}
