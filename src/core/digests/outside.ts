import type { Change } from '../change.ts';
import type { Site, Trial, TrialField } from '../trial.ts';

/** A site without what stands for people's contact details. */
export type OpenSite = Omit<Site, 'contacts'>;

/** A trial as programs outside get it: no contact value, and no hash of one, which could be guessed (P11). */
export type OpenTrial = Omit<Trial, 'contacts' | 'resultsHash' | 'sites' | 'unread'> & {
  sites: OpenSite[];
  unread: Exclude<TrialField, 'contacts' | 'resultsHash'>[];
};

/** A trial without what stands for contact details or for tables that are not kept. */
export function openTrial({ contacts: _, resultsHash: __, sites, unread, ...trial }: Trial): OpenTrial {
  return {
    ...trial,
    sites: sites.map(({ contacts: ___, ...site }) => site),
    unread: unread.filter((field) => field !== 'contacts' && field !== 'resultsHash'),
  };
}

/** A change without what stands for contact details: that they changed is all that is said of them (P11). */
export function openChange(change: Change): Change {
  return change.facet === 'contacts' ? { ...change, before: null, after: null } : change;
}
