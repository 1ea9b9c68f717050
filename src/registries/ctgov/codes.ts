/**
 * Closed code lists of ClinicalTrials.gov, from its API description 2.0.5. The lists of statuses are in
 * core/trial.
 */
export const dateTypes = ['ACTUAL', 'ESTIMATED'] as const;

/** In the order in which they are shown. An absent phase is not the same as NA. */
export const phaseCodes = ['NA', 'EARLY_PHASE1', 'PHASE1', 'PHASE2', 'PHASE3', 'PHASE4'] as const;

export const studyTypeCodes = ['EXPANDED_ACCESS', 'INTERVENTIONAL', 'OBSERVATIONAL'] as const;
export const sexCodes = ['FEMALE', 'MALE', 'ALL'] as const;
export const agencyClasses = [
  'NIH',
  'FED',
  'OTHER_GOV',
  'INDIV',
  'INDUSTRY',
  'NETWORK',
  'AMBIG',
  'OTHER',
  'UNKNOWN',
] as const;
export const allocations = ['RANDOMIZED', 'NON_RANDOMIZED', 'NA'] as const;
export const interventionModels = [
  'SINGLE_GROUP',
  'PARALLEL',
  'CROSSOVER',
  'FACTORIAL',
  'SEQUENTIAL',
] as const;
export const primaryPurposes = [
  'TREATMENT',
  'PREVENTION',
  'DIAGNOSTIC',
  'ECT',
  'SUPPORTIVE_CARE',
  'SCREENING',
  'HEALTH_SERVICES_RESEARCH',
  'BASIC_SCIENCE',
  'DEVICE_FEASIBILITY',
  'OTHER',
] as const;
export const observationalModels = [
  'COHORT',
  'CASE_CONTROL',
  'CASE_ONLY',
  'CASE_CROSSOVER',
  'ECOLOGIC_OR_COMMUNITY',
  'FAMILY_BASED',
  'DEFINED_POPULATION',
  'NATURAL_HISTORY',
  'OTHER',
] as const;
export const timePerspectives = ['RETROSPECTIVE', 'PROSPECTIVE', 'CROSS_SECTIONAL', 'OTHER'] as const;
export const maskings = ['NONE', 'SINGLE', 'DOUBLE', 'TRIPLE', 'QUADRUPLE'] as const;
export const armTypes = [
  'EXPERIMENTAL',
  'ACTIVE_COMPARATOR',
  'PLACEBO_COMPARATOR',
  'SHAM_COMPARATOR',
  'NO_INTERVENTION',
  'OTHER',
] as const;
export const interventionTypes = [
  'BEHAVIORAL',
  'BIOLOGICAL',
  'COMBINATION_PRODUCT',
  'DEVICE',
  'DIAGNOSTIC_TEST',
  'DIETARY_SUPPLEMENT',
  'DRUG',
  'GENETIC',
  'PROCEDURE',
  'RADIATION',
  'OTHER',
] as const;
export const secondaryIdTypes = [
  'NIH',
  'FDA',
  'VA',
  'CDC',
  'AHRQ',
  'SAMHSA',
  'OTHER_GRANT',
  'EUDRACT_NUMBER',
  'CTIS',
  'REGISTRY',
  'OTHER',
] as const;
/** The roles of contacts. Officials have the same list without CONTACT. */
export const contactRoles = [
  'STUDY_CHAIR',
  'STUDY_DIRECTOR',
  'PRINCIPAL_INVESTIGATOR',
  'SUB_INVESTIGATOR',
  'CONTACT',
] as const;
export const referenceTypes = ['BACKGROUND', 'RESULT', 'DERIVED'] as const;
export const sharingPlans = ['YES', 'NO', 'UNDECIDED'] as const;
export const sharedKinds = ['STUDY_PROTOCOL', 'SAP', 'ICF', 'CSR', 'ANALYTIC_CODE'] as const;
export const violationTypes = [
  'VIOLATION_IDENTIFIED',
  'CORRECTION_CONFIRMED',
  'PENALTY_IMPOSED',
  'ISSUES_IN_LETTER_ADDRESSED_CONFIRMED',
] as const;
export const unpostedEventTypes = ['RESET', 'RELEASE', 'UNRELEASE'] as const;
