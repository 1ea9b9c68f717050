import type { Change, Facet, Fate, Json, Judgement } from '../change.ts';
import { isIdentical } from '../same-value.ts';
import type { Trial, TrialField } from '../trial.ts';
import { judgeExpandedAccess, judgeLinkedAccess } from './access.ts';
import { listDelta, splitCriteria } from './criteria.ts';
import { judgeDate } from './date-changes.ts';
import { judgeAllocation, judgeMasking } from './design.ts';
import {
  judgeDocuments,
  judgePapers,
  judgePostingDelayed,
  judgeResultsDelayed,
  judgeRetractions,
  judgeSharing,
  judgeViolationMark,
  judgeViolations,
} from './linked.ts';
import { judgeResultsHash, judgeResultsPosted, judgeResultsState, judgeResultsSubmitted } from './results.ts';
import { isRespelled, unspaced } from './spelling.ts';
import { judgeStatus, judgeWhyStopped } from './status.ts';

/** Judges a field whose values are known to differ. */
type Rule = (before: Trial, after: Trial) => Judgement;

const silent =
  (reason: string): Rule =>
  () => ({ fate: 'silent', reason, change: null });

/** A text. A mere respelling is silent. */
function text(facet: Facet, kind: string, fate: Fate, of: (trial: Trial) => string | null): Rule {
  return (before, after) => {
    const [was, is] = [of(before), of(after)];
    if (isRespelled(was, is)) return { fate: 'silent', reason: 'only spelled differently', change: null };
    return {
      fate,
      reason: `the ${kind.replaceAll('-', ' ')} changed`,
      change: { facet, kind, before: was, after: is },
    };
  };
}

/** A long text. The change carries hashes in place of the values. */
function prose(kind: string, of: (trial: Trial) => string): Rule {
  return (before, after) => {
    const [was, is] = [of(before), of(after)];
    if (isRespelled(was, is) || unspaced(was) === unspaced(is))
      return { fate: 'silent', reason: 'only spelled differently', change: null };
    const change = {
      facet: 'description' as const,
      kind,
      before: markOf(was),
      after: markOf(is),
    };
    return { fate: 'folded', reason: `the ${kind} changed`, change };
  };
}

/** A list of names. Silent if only spelling and order changed. */
function list(facet: Facet, kind: string, fate: Fate, of: (trial: Trial) => Json[], rest: Rule): Rule {
  return (before, after) => {
    const [was, is] = [of(before), of(after)];
    const { added, removed } = listDelta(was, is);
    if (added.length + removed.length === 0) return rest(before, after);
    const reason = `${kind}: ${added.length} added, ${removed.length} removed`;
    return { fate, reason, change: { facet, kind, before: was, after: is } };
  };
}

/** A list that is read from one text. Silent if the text has only other line breaks. */
function listIn(of: (trial: Trial) => string, rule: Rule): Rule {
  return (before, after) =>
    unspaced(of(before)) === unspaced(of(after)) ? onlySpelling(before, after) : rule(before, after);
}

const details = (facet: Facet, kind: string, of: (trial: Trial) => unknown): Rule => {
  return (before, after) => ({
    fate: 'folded',
    reason: `details of the ${kind} changed`,
    change: { facet, kind: `${kind}-details`, before: markOf(of(before)), after: markOf(of(after)) },
  });
};

const onlySpelling = silent('only order or spelling changed');

const value = (facet: Facet, kind: string, fate: Fate, of: (trial: Trial) => Json): Rule => {
  return (before, after) => ({
    fate,
    reason: `${kind.replaceAll('-', ' ')} changed`,
    change: { facet, kind, before: of(before), after: of(after) },
  });
};

const codesOf = ({ countries }: Trial) => countries.map(({ code }) => code).join();

/** The smallest relative change of enrollment that is reported. */
const enrollmentShare = 0.2;

const judgeEnrollment: Rule = (before, after) => {
  const change: Change = {
    facet: 'enrollment',
    kind: 'enrollment',
    before: before.enrollment,
    after: after.enrollment,
  };
  if (before.enrollment === null || after.enrollment === null) {
    return { fate: 'folded', reason: 'enrollment was added or removed', change };
  }
  if (after.status === 'WITHDRAWN' && after.enrollment.count === 0) {
    return { fate: 'folded', reason: 'nobody enrolled, as the status tells', change };
  }
  if (codesOf(before) !== codesOf(after)) {
    return { fate: 'folded', reason: 'a plan for each country, so it goes with the countries', change };
  }
  const [was, is] = [before.enrollment.count, after.enrollment.count];
  if (was === is) return { fate: 'folded', reason: 'the same number, now of another type', change };
  const share = was === 0 ? 1 : Math.abs(is - was) / was;
  const told = share >= enrollmentShare;
  const percent = `${Math.round(share * 100)} %`;
  return { fate: told ? 'told' : 'folded', reason: `enrollment changed by ${percent}`, change };
};

/** A missing statement about gender means no. */
const judgeGenderBased = value('eligibility', 'gender-based', 'told', (t) => t.genderBased === true);

const judgeContacts: Rule = (before, after) => ({
  fate: 'told',
  reason: 'contact details changed',
  change: {
    facet: 'contacts',
    kind: 'contacts',
    before: markOf(before.contacts),
    after: markOf(after.contacts),
  },
});

/**
 * A mark in place of values that must not or need not be in a change. It shows when they return to an earlier
 * state.
 */
function markOf(value: unknown): string | null {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return null;
  return (hashValue(value) >>> 0).toString(16).padStart(8, '0');
}

/** FNV-1a over all texts of a value, independent of the order of lists. */
function hashValue(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => (sum + hashValue(item)) | 0, 0);
  let hash = 0x811c9dc5;
  const texts = typeof value === 'object' && value !== null ? Object.values(value) : [value];
  for (const part of texts) {
    const text = String(part);
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x1f, 0x01000193);
  }
  return hash;
}

const armDetails = details('interventions', 'arms', (t) => t.arms);
const armLabels = (trial: Trial) => trial.arms.map((arm) => arm.label);

/** A change in the number of arms matters to participants; new labels are wording. */
const judgeArms: Rule = (before, after) => {
  const fate = before.arms.length === after.arms.length ? 'folded' : 'told';
  return list('interventions', 'arms', fate, armLabels, armDetails)(before, after);
};

/** Whether the trial's start is the start of recruitment: a registry that knows only the latter. */
const isStart = ({ startDate, recruitmentStart }: Trial) => isIdentical(startDate, recruitmentStart);

const primaries = (trial: Trial) =>
  trial.outcomes.flatMap((outcome) => (outcome.kind === 'primary' ? [outcome.measure] : []));
const later = (trial: Trial) =>
  trial.outcomes.flatMap((outcome) => (outcome.kind === 'primary' ? [] : [outcome.measure]));

/** The rule for each field except sites and countries: its facet, its kind, and whether it is told on its own. */
export const fieldRules: Record<Exclude<TrialField, 'sites' | 'countries'>, Rule> = {
  status: judgeStatus,
  statusBasis: silent('goes with the status'),
  registryStatus: silent('goes with the status'),
  lastKnownStatus: silent('goes with the status'),
  whyStopped: judgeWhyStopped,
  hasExpandedAccess: judgeExpandedAccess,
  linkedAccess: judgeLinkedAccess,
  startDate: judgeDate('startDate', 'start-date'),
  recruitmentStart: (before, after) =>
    isStart(before) && isStart(after)
      ? { fate: 'folded', reason: 'told as the start', change: null }
      : judgeDate('recruitmentStart', 'recruitment-start')(before, after),
  recruitmentEnd: judgeDate('recruitmentEnd', 'recruitment-end'),
  primaryCompletionDate: judgeDate('primaryCompletionDate', 'primary-completion-date'),
  completionDate: judgeDate('completionDate', 'completion-date'),
  resultsPostedOn: judgeResultsPosted,
  resultsSubmittedOn: judgeResultsSubmitted,
  resultsState: judgeResultsState,
  resultsHash: judgeResultsHash,
  resultsDelayedOn: judgeResultsDelayed,
  postingDelayed: judgePostingDelayed,
  violations: judgeViolations,
  hasViolation: judgeViolationMark,
  papers: judgePapers,
  retractions: judgeRetractions,
  documents: judgeDocuments,
  dataSharing: judgeSharing,
  enrollment: judgeEnrollment,
  minimumAge: text('eligibility', 'minimum-age', 'told', (t) => t.minimumAge),
  maximumAge: text('eligibility', 'maximum-age', 'told', (t) => t.maximumAge),
  ageGroups: list('eligibility', 'age-groups', 'told', (t) => t.ageGroups, onlySpelling),
  sex: value('eligibility', 'sex', 'told', (t) => t.sex),
  healthyVolunteers: value('eligibility', 'healthy-volunteers', 'told', (t) => t.healthyVolunteers),
  genderBased: (before, after) =>
    before.genderBased === true || after.genderBased === true
      ? judgeGenderBased(before, after)
      : { fate: 'silent', reason: 'still not by gender', change: null },
  genderDescription: text('eligibility', 'gender-description', 'told', (t) => t.genderDescription),
  studyPopulation: text('eligibility', 'study-population', 'told', (t) => t.studyPopulation || null),
  criteria: listIn(
    (t) => t.criteria,
    list('eligibility', 'criteria', 'told', (t) => splitCriteria(t.criteria), onlySpelling),
  ),
  studyType: value('design', 'study-type', 'told', (t) => t.studyType),
  phases: value('design', 'phase', 'told', (t) => t.phases),
  allocation: judgeAllocation,
  interventionModel: value('design', 'intervention-model', 'folded', (t) => t.interventionModel),
  masking: judgeMasking,
  primaryPurpose: value('design', 'primary-purpose', 'folded', (t) => t.primaryPurpose),
  observationalModel: value('design', 'observational-model', 'folded', (t) => t.observationalModel),
  timePerspective: value('design', 'time-perspective', 'folded', (t) => t.timePerspective),
  title: text('title', 'title', 'told', (t) => t.title),
  titles: silent('a title in another language'),
  language: silent('the language of the texts'),
  officialTitle: text('title', 'official-title', 'folded', (t) => t.officialTitle),
  acronym: text('title', 'acronym', 'folded', (t) => t.acronym),
  sponsor: text('sponsor', 'sponsor', 'told', (t) => t.sponsor?.name ?? null),
  collaborators: list(
    'sponsor',
    'collaborators',
    'folded',
    (t) => t.collaborators.map((c) => c.name),
    onlySpelling,
  ),
  conditions: listIn(
    (t) => t.conditions.join('\n'),
    list('conditions', 'conditions', 'told', (t) => t.conditions, onlySpelling),
  ),
  keywords: list('conditions', 'keywords', 'folded', (t) => t.keywords, onlySpelling),
  meshes: silent('derived by the registry'),
  ancestors: silent('derived by the registry'),
  interventions: list(
    'interventions',
    'interventions',
    'told',
    (t) => t.interventions.map((i) => i.name),
    details('interventions', 'interventions', (t) => t.interventions),
  ),
  arms: judgeArms,
  outcomes: list(
    'outcomes',
    'primary-outcomes',
    'told',
    primaries,
    list(
      'outcomes',
      'other-outcomes',
      'folded',
      later,
      details('outcomes', 'outcomes', (t) => t.outcomes),
    ),
  ),
  contacts: judgeContacts,
  summary: prose('summary', (t) => t.summary),
  description: prose('description', (t) => t.description),
  aliases: silent('an obsolete number of the same trial'),
  secondaryIds: list(
    'identifiers',
    'secondary-ids',
    'folded',
    (t) => t.secondaryIds.map((s) => s.id),
    onlySpelling,
  ),
  firstPostedOn: silent('the registry corrected its own date'),
};
