import type { Change } from '../change.ts';
import type { Site, Trial, TrialField } from '../trial.ts';

/** A site without its contacts. */
export type OpenSite = Omit<Site, 'contacts'>;

/**
 * A trial as external programs get it: without contact values, and without their hashes, which could be
 * guessed (P11).
 */
export type OpenTrial = Omit<Trial, 'contacts' | 'resultsHash' | 'sites' | 'unread'> & {
  sites: OpenSite[];
  unread: Exclude<TrialField, 'contacts' | 'resultsHash'>[];
};

/** Removes contact hashes, and the hash of tables that are not stored, from a trial. */
export function openTrial({ contacts: _, resultsHash: __, sites, unread, ...trial }: Trial): OpenTrial {
  return {
    ...trial,
    sites: sites.map(({ contacts: ___, ...site }) => site),
    unread: unread.filter((field) => field !== 'contacts' && field !== 'resultsHash'),
  };
}

/** Removes contact hashes from a change: it only says that contact details changed (P11). */
export function openChange(change: Change): Change {
  return change.facet === 'contacts' ? { ...change, before: null, after: null } : change;
}
