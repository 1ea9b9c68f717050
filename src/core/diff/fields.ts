import type { Change } from '../change.ts';
import { isIdentical } from '../same-value.ts';
import type { Trial, TrialField } from '../trial.ts';
import { judgeExpandedAccess, judgeLinkedAccess } from './access.ts';
import { splitCriteria } from './criteria.ts';
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
import {
  detailsRule,
  fingerprintOf,
  listInRule,
  listRule,
  onlySpelling,
  proseRule,
  type Rule,
  silent,
  textRule,
  valueRule,
} from './rules.ts';
import { judgeStatus, judgeWhyStopped } from './status.ts';

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
const judgeGenderBased = valueRule('eligibility', 'gender-based', 'told', (t) => t.genderBased === true);

const judgeContacts: Rule = (before, after) => ({
  fate: 'told',
  reason: 'contact details changed',
  change: {
    facet: 'contacts',
    kind: 'contacts',
    before: fingerprintOf(before.contacts),
    after: fingerprintOf(after.contacts),
  },
});

const armDetails = detailsRule('interventions', 'arms', (t) => t.arms);
const armLabels = (trial: Trial) => trial.arms.map((arm) => arm.label);

/** A change in the number of arms matters to participants; new labels are wording. */
const judgeArms: Rule = (before, after) => {
  const fate = before.arms.length === after.arms.length ? 'folded' : 'told';
  return listRule('interventions', 'arms', fate, armLabels, armDetails)(before, after);
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
  minimumAge: textRule('eligibility', 'minimum-age', 'told', (t) => t.minimumAge),
  maximumAge: textRule('eligibility', 'maximum-age', 'told', (t) => t.maximumAge),
  ageGroups: listRule('eligibility', 'age-groups', 'told', (t) => t.ageGroups, onlySpelling),
  sex: valueRule('eligibility', 'sex', 'told', (t) => t.sex),
  healthyVolunteers: valueRule('eligibility', 'healthy-volunteers', 'told', (t) => t.healthyVolunteers),
  genderBased: (before, after) =>
    before.genderBased === true || after.genderBased === true
      ? judgeGenderBased(before, after)
      : { fate: 'silent', reason: 'still not by gender', change: null },
  genderDescription: textRule('eligibility', 'gender-description', 'told', (t) => t.genderDescription),
  studyPopulation: textRule('eligibility', 'study-population', 'told', (t) => t.studyPopulation || null),
  criteria: listInRule(
    (t) => t.criteria,
    listRule('eligibility', 'criteria', 'told', (t) => splitCriteria(t.criteria), onlySpelling),
  ),
  studyType: valueRule('design', 'study-type', 'told', (t) => t.studyType),
  phases: valueRule('design', 'phase', 'told', (t) => t.phases),
  allocation: judgeAllocation,
  interventionModel: valueRule('design', 'intervention-model', 'folded', (t) => t.interventionModel),
  masking: judgeMasking,
  primaryPurpose: valueRule('design', 'primary-purpose', 'folded', (t) => t.primaryPurpose),
  observationalModel: valueRule('design', 'observational-model', 'folded', (t) => t.observationalModel),
  timePerspective: valueRule('design', 'time-perspective', 'folded', (t) => t.timePerspective),
  title: textRule('title', 'title', 'told', (t) => t.title),
  titles: silent('a title in another language'),
  language: silent('the language of the texts'),
  officialTitle: textRule('title', 'official-title', 'folded', (t) => t.officialTitle),
  acronym: textRule('title', 'acronym', 'folded', (t) => t.acronym),
  sponsor: textRule('sponsor', 'sponsor', 'told', (t) => t.sponsor?.name ?? null),
  collaborators: listRule(
    'sponsor',
    'collaborators',
    'folded',
    (t) => t.collaborators.map((c) => c.name),
    onlySpelling,
  ),
  conditions: listInRule(
    (t) => t.conditions.join('\n'),
    listRule('conditions', 'conditions', 'told', (t) => t.conditions, onlySpelling),
  ),
  keywords: listRule('conditions', 'keywords', 'folded', (t) => t.keywords, onlySpelling),
  meshes: silent('derived by the registry'),
  ancestors: silent('derived by the registry'),
  interventions: listRule(
    'interventions',
    'interventions',
    'told',
    (t) => t.interventions.map((i) => i.name),
    detailsRule('interventions', 'interventions', (t) => t.interventions),
  ),
  arms: judgeArms,
  outcomes: listRule(
    'outcomes',
    'primary-outcomes',
    'told',
    primaries,
    listRule(
      'outcomes',
      'other-outcomes',
      'folded',
      later,
      detailsRule('outcomes', 'outcomes', (t) => t.outcomes),
    ),
  ),
  contacts: judgeContacts,
  summary: proseRule('summary', (t) => t.summary),
  description: proseRule('description', (t) => t.description),
  aliases: silent('an obsolete number of the same trial'),
  secondaryIds: listRule(
    'identifiers',
    'secondary-ids',
    'folded',
    (t) => t.secondaryIds.map((s) => s.id),
    onlySpelling,
  ),
  firstPostedOn: silent('the registry corrected its own date'),
};
