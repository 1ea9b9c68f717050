import { type Facet, facets } from '../change.ts';
import type { Frequency } from '../schedule.ts';

/** The default frequency of mails (from the contract). */
export const defaultFrequency: Record<'trial' | 'condition', Frequency> = {
  trial: 'daily',
  condition: 'weekly',
};

/** The default facets. For a condition, sites and dates are added if a place is given. */
export const defaultFacets: Record<'trial' | 'condition', readonly Facet[]> = {
  trial: ['status', 'sites', 'countries', 'dates', 'results', 'expanded-access', 'registration'],
  condition: ['registration', 'status', 'results', 'expanded-access'],
};

/**
 * The facets to choose from. Followers of a single trial get news of its removal and return whatever they
 * choose.
 */
export const offeredFacets: Record<'trial' | 'condition', readonly Facet[]> = {
  trial: facets.filter((facet) => facet !== 'registration'),
  condition: facets,
};

/** Facets that followers of a condition get only if they gave a place. */
export const facetsNearPlace: readonly Facet[] = ['sites', 'countries', 'dates'];

/** The default hour of mails in the reader's zone. */
export const defaultHour = 9;
