/** Most subscriptions in one sign-up: a pasted list and a few more. */
export const followAtMost = 520;

/** Most conditions that one form looks up. */
export const conditionsAtMost = 20;

/** Longest text in the search box: registry links and pasted sentences with a trial number may be long. */
export const longestTyped = 2_000;

export const noteAtMost = 1_000;

export const distancesKm = ['10', '25', '50', '100', '200', '500'] as const;

export const ageGroups = ['CHILD', 'ADULT', 'OLDER_ADULT'] as const;

export const sexes = ['FEMALE', 'MALE'] as const;

export const studyTypes = ['INTERVENTIONAL', 'OBSERVATIONAL', 'EXPANDED_ACCESS'] as const;

export const phases = ['EARLY_PHASE1', 'PHASE1', 'PHASE2', 'PHASE3', 'PHASE4', 'NA'] as const;
