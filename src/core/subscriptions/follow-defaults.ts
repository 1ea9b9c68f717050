import { type Facet, facets } from '../change.ts';
import type { Frequency } from '../schedule.ts';

/** How often mails come when nothing else is said (the contract's defaults). */
export const defaultFrequency: Record<'trial' | 'condition', Frequency> = {
  trial: 'daily',
  condition: 'weekly',
};

/** What is told when nothing else is said. For a condition, sites and dates join when a place is given. */
export const defaultFacets: Record<'trial' | 'condition', readonly Facet[]> = {
  trial: ['status', 'sites', 'dates', 'results', 'expanded-access', 'registration'],
  condition: ['registration', 'status', 'results', 'expanded-access'],
};

/** The kinds of change to choose from. A trial's own follower is told of its removal and return whatever they choose. */
export const offeredFacets: Record<'trial' | 'condition', readonly Facet[]> = {
  trial: facets.filter((facet) => facet !== 'registration'),
  condition: facets,
};

/** What is told of a condition's trials only to somebody who gave a place. */
export const facetsNearPlace: readonly Facet[] = ['sites', 'dates'];

/** The hour of the mail in the reader's zone when nothing else is said. */
export const defaultHour = 9;
