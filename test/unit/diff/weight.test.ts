import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import type { DigestChange } from '../../../src/core/digest-change.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { statusBucket, weighChange, weights } from '../../../src/core/weight.ts';

const change = (facet: Change['facet'], kind: string, after: Change['after'] = null): Change => ({
  facet,
  kind,
  before: null,
  after,
});
const status = (after: string) => change('status', 'status', after);
const near = (one: Change): DigestChange => ({ ...one, near: { km: 12, place: 'Leipzig' } });

describe('statusBucket', () => {
  it('C7: statuses are codes, and no code is inside another', () => {
    expect(statusBucket('RECRUITING')).toBe('opened');
    expect(statusBucket('NOT_YET_RECRUITING')).toBe('pending');
    expect(statusBucket('ACTIVE_NOT_RECRUITING')).toBe('closed');
    for (const word of ['recruiting', 'Recruiting', 'RECRUIT', 'toString', '', null, 7]) {
      expect(statusBucket(word)).toBe('unknown');
    }
  });

  it('L2: only RECRUITING and AVAILABLE are opened; COMPLETED is never stopped', () => {
    const of = (bucket: string) => trialStatuses.filter((code) => statusBucket(code) === bucket);
    expect(of('opened')).toEqual(['RECRUITING', 'AVAILABLE']);
    expect(of('stopped')).toEqual(['TERMINATED', 'WITHDRAWN']);
    expect(of('paused')).toEqual(['SUSPENDED', 'TEMPORARILY_NOT_AVAILABLE']);
    expect(of('finished')).toEqual(['COMPLETED']);
    expect(of('closed')).toEqual([
      'ACTIVE_NOT_RECRUITING',
      'ENROLLING_BY_INVITATION',
      'NO_LONGER_AVAILABLE',
      'APPROVED_FOR_MARKETING',
    ]);
    expect(of('unknown')).toEqual(['UNKNOWN']);
  });
});

describe('weighChange', () => {
  it('D2: the order in which changes are told', () => {
    const order: DigestChange[] = [
      near(status('RECRUITING')),
      near(change('sites', 'site-status', 'RECRUITING')),
      near(change('registration', 'entered')),
      { ...change('countries', 'country-status', 'RECRUITING'), isMine: true },
      status('RECRUITING'),
      change('expanded-access', 'expanded-access', 'AVAILABLE'),
      change('expanded-access', 'expanded-access', false),
      change('countries', 'country-added', 'RECRUITING'),
      change('registration', 'removed'),
      change('registration', 'registered'),
      status('SUSPENDED'),
      status('TERMINATED'),
      change('countries', 'country-status', 'SUSPENDED'),
      change('status', 'why-stopped', 'RECRUITING'),
      status('ACTIVE_NOT_RECRUITING'),
      status('NOT_YET_RECRUITING'),
      status('WITHHELD'),
      change('countries', 'country-status', 'ACTIVE_NOT_RECRUITING'),
      change('results', 'paper-retracted'),
      change('results', 'violation'),
      change('results', 'results-posted'),
      change('results', 'results-updated'),
      change('results', 'results-submitted'),
      change('results', 'paper'),
      change('results', 'results-delayed'),
      status('COMPLETED'),
      change('countries', 'country-status', 'COMPLETED'),
      change('dates', 'primary-completion-date'),
      change('dates', 'completion-date'),
      change('dates', 'start-date'),
      near(change('sites', 'site-added')),
      near(change('sites', 'site-removed')),
      near(change('sites', 'site-status', 'COMPLETED')),
      { ...change('sites', 'site-added', 'RECRUITING'), isMine: true },
      change('countries', 'country-added', null),
      change('sites', 'sites-status'),
      change('sites', 'site-status', 'RECRUITING'),
      change('sites', 'site-added'),
      change('sites', 'site-removed'),
      change('sites', 'site-status', 'COMPLETED'),
      change('enrollment', 'enrollment'),
      change('design', 'masking'),
      change('eligibility', 'criteria'),
      change('design', 'phase'),
      change('conditions', 'conditions'),
      change('interventions', 'arms'),
      change('outcomes', 'primary-outcomes'),
      change('title', 'title'),
      change('sponsor', 'sponsor'),
      change('contacts', 'contacts'),
      change('documents', 'documents'),
      change('data-sharing', 'data-sharing'),
      change('identifiers', 'secondary-ids'),
      status('UNKNOWN'),
    ];
    const told = order.map(weighChange);
    expect(told).toEqual(told.toSorted((a, b) => b - a));
    expect(new Set(told).size).toBe(told.length);
    expect(new Set(told)).toEqual(new Set(weights.map(([weight]) => weight)));
  });

  it('a trial that came to match weighs as a new one, below a record that is gone', () => {
    const weightOf = (kind: string) => weighChange(change('registration', kind));
    expect(weightOf('entered')).toBe(weightOf('registered'));
    expect(weightOf('returned')).toBe(weightOf('removed'));
    expect(weightOf('removed')).toBeGreaterThan(weightOf('entered'));
  });

  it('is a table that can be read: each row says what it is for, none twice', () => {
    const words = weights.map(([, what]) => what);
    expect(words.filter((what) => what.length < 5)).toEqual([]);
    expect(new Set(words).size).toBe(words.length);
  });

  it('expanded access that comes with the trial weighs as available', () => {
    expect(weighChange(change('expanded-access', 'expanded-access', true))).toBe(
      weighChange(change('expanded-access', 'expanded-access', 'AVAILABLE')),
    );
  });
});
