import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';

const editOf = (before: Partial<Trial>, after: Partial<Trial>) => {
  const [edit] = compareTrials(someTrial(before), someTrial({ ...before, ...after })).edits;
  return { what: `${edit?.field} ${edit?.fate}: ${edit?.reason}`, change: edit?.change ?? null };
};
const change = (facet: Change['facet'], kind: string, before: Change['before'], after: Change['after']) => ({
  facet,
  kind,
  before,
  after,
});
const named = (name: string) => ({ name, class: null });
const drug = (name: string, description = '') => ({ type: 'DRUG', name, description });
const arm = (label: string, description = '') => ({ label, type: null, description });
const outcome = (kind: 'primary' | 'other', measure: string) => ({
  kind,
  measure,
  timeFrame: '1 year',
  description: '',
});

describe('the reasons of edits (diff --explain)', () => {
  it.each<[string, Partial<Trial>, Partial<Trial>, Change]>([
    ['title told: the title changed', { title: 'A' }, { title: 'B' }, change('title', 'title', 'A', 'B')],
    [
      'officialTitle folded: the official title changed',
      { officialTitle: 'A' },
      { officialTitle: 'B' },
      change('title', 'official-title', 'A', 'B'),
    ],
    [
      'acronym folded: the acronym changed',
      { acronym: 'A' },
      { acronym: null },
      change('title', 'acronym', 'A', null),
    ],
    [
      'minimumAge told: the minimum age changed',
      { minimumAge: '18 Years' },
      { minimumAge: null },
      change('eligibility', 'minimum-age', '18 Years', null),
    ],
    [
      'maximumAge told: the maximum age changed',
      { maximumAge: null },
      { maximumAge: '65 Years' },
      change('eligibility', 'maximum-age', null, '65 Years'),
    ],
    ['sex told: sex changed', { sex: 'ALL' }, { sex: 'MALE' }, change('eligibility', 'sex', 'ALL', 'MALE')],
    [
      'healthyVolunteers told: healthy volunteers changed',
      { healthyVolunteers: true },
      { healthyVolunteers: false },
      change('eligibility', 'healthy-volunteers', true, false),
    ],
    [
      'studyType told: study type changed',
      { studyType: 'A' },
      { studyType: 'B' },
      change('design', 'study-type', 'A', 'B'),
    ],
    [
      'phases told: phase changed',
      { phases: ['A'] },
      { phases: ['B'] },
      change('design', 'phase', ['A'], ['B']),
    ],
    [
      'allocation folded: the allocation changed',
      { allocation: 'A' },
      { allocation: 'B' },
      change('design', 'allocation', 'A', 'B'),
    ],
    [
      'interventionModel folded: intervention model changed',
      { interventionModel: 'A' },
      { interventionModel: 'B' },
      change('design', 'intervention-model', 'A', 'B'),
    ],
    [
      'masking folded: the masking changed',
      { masking: 'DOUBLE' },
      { masking: 'TRIPLE' },
      change('design', 'masking', 'DOUBLE', 'TRIPLE'),
    ],
    [
      'primaryPurpose folded: primary purpose changed',
      { primaryPurpose: 'A' },
      { primaryPurpose: 'B' },
      change('design', 'primary-purpose', 'A', 'B'),
    ],
    [
      'observationalModel folded: observational model changed',
      { observationalModel: 'A' },
      { observationalModel: 'B' },
      change('design', 'observational-model', 'A', 'B'),
    ],
    [
      'timePerspective folded: time perspective changed',
      { timePerspective: 'A' },
      { timePerspective: 'B' },
      change('design', 'time-perspective', 'A', 'B'),
    ],
    [
      'sponsor told: the sponsor changed',
      { sponsor: named('A') },
      { sponsor: null },
      change('sponsor', 'sponsor', 'A', null),
    ],
    [
      'collaborators folded: collaborators: 2 added, 1 removed',
      { collaborators: [named('A')] },
      { collaborators: [named('B'), named('C')] },
      change('sponsor', 'collaborators', ['A'], ['B', 'C']),
    ],
    [
      'conditions told: conditions: 1 added, 0 removed',
      { conditions: ['A'] },
      { conditions: ['A', 'B'] },
      change('conditions', 'conditions', ['A'], ['A', 'B']),
    ],
    [
      'keywords folded: keywords: 0 added, 1 removed',
      { keywords: ['A'] },
      { keywords: [] },
      change('conditions', 'keywords', ['A'], []),
    ],
    [
      'interventions told: interventions: 1 added, 1 removed',
      { interventions: [drug('A')] },
      { interventions: [drug('B')] },
      change('interventions', 'interventions', ['A'], ['B']),
    ],
    [
      'arms told: arms: 1 added, 0 removed',
      { arms: [arm('A')] },
      { arms: [arm('A'), arm('B')] },
      change('interventions', 'arms', ['A'], ['A', 'B']),
    ],
    [
      'arms folded: arms: 1 added, 1 removed',
      { arms: [arm('A')] },
      { arms: [arm('B')] },
      change('interventions', 'arms', ['A'], ['B']),
    ],
    [
      'outcomes told: primary-outcomes: 1 added, 1 removed',
      { outcomes: [outcome('primary', 'A'), outcome('other', 'X')] },
      { outcomes: [outcome('primary', 'B')] },
      change('outcomes', 'primary-outcomes', ['A'], ['B']),
    ],
    [
      'outcomes folded: other-outcomes: 1 added, 0 removed',
      { outcomes: [outcome('primary', 'A')] },
      { outcomes: [outcome('primary', 'A'), outcome('other', 'B')] },
      change('outcomes', 'other-outcomes', [], ['B']),
    ],
    [
      'secondaryIds folded: secondary-ids: 1 added, 0 removed',
      { secondaryIds: [] },
      { secondaryIds: [{ id: 'X', type: null }] },
      change('identifiers', 'secondary-ids', [], ['X']),
    ],
    [
      'enrollment folded: enrollment was added or removed',
      {},
      { enrollment: null },
      change('enrollment', 'enrollment', { count: 100, type: 'ESTIMATED' }, null),
    ],
    [
      'enrollment folded: the same number, now of another type',
      {},
      { enrollment: { count: 100, type: 'ACTUAL' } },
      change('enrollment', 'enrollment', { count: 100, type: 'ESTIMATED' }, { count: 100, type: 'ACTUAL' }),
    ],
    [
      'resultsPostedOn told: results are no longer posted',
      { resultsPostedOn: '2026-02-01' },
      { resultsPostedOn: null },
      change('results', 'results-posted', '2026-02-01', null),
    ],
    [
      'resultsPostedOn told: results were posted',
      {},
      { resultsPostedOn: '2026-02-01' },
      change('results', 'results-posted', null, '2026-02-01'),
    ],
    [
      'resultsSubmittedOn told: results were submitted and are under review',
      {},
      { resultsSubmittedOn: '2026-02-01' },
      change('results', 'results-submitted', null, '2026-02-01'),
    ],
    [
      'whyStopped told: the reason for stopping changed',
      { whyStopped: 'a' },
      { whyStopped: 'b' },
      change('status', 'why-stopped', 'a', 'b'),
    ],
    [
      'hasExpandedAccess told: expanded access appeared',
      {},
      { hasExpandedAccess: true },
      change('expanded-access', 'expanded-access', false, true),
    ],
    [
      'hasExpandedAccess told: expanded access ended',
      { hasExpandedAccess: true },
      { hasExpandedAccess: false },
      change('expanded-access', 'expanded-access', true, false),
    ],
  ])('%s', (what, before, after, told) => {
    expect(editOf(before, after)).toEqual({ what, change: told });
  });

  it.each<[string, Partial<Trial>, Partial<Trial>]>([
    ['title silent: only spelled differently', { title: 'A b' }, { title: 'a B.' }],
    ['summary silent: only spelled differently', { summary: 'A b' }, { summary: 'a B.' }],
    ['keywords silent: only order or spelling changed', { keywords: ['A', 'b'] }, { keywords: ['b', 'a'] }],
    [
      'sponsor silent: only spelled differently',
      { sponsor: named('A') },
      { sponsor: { name: 'A', class: 'X' } },
    ],
    [
      'collaborators silent: only order or spelling changed',
      { collaborators: [named('A')] },
      { collaborators: [named('a')] },
    ],
    [
      'secondaryIds silent: only order or spelling changed',
      { secondaryIds: [{ id: 'X', type: null }] },
      { secondaryIds: [{ id: 'X', type: 'Y' }] },
    ],
    ['whyStopped silent: only spelled differently', { whyStopped: 'A b' }, { whyStopped: 'a B.' }],
    [
      'hasExpandedAccess silent: still no expanded access',
      { hasExpandedAccess: false },
      { hasExpandedAccess: null },
    ],
    [
      'resultsPostedOn silent: the registry corrected its own date',
      { resultsPostedOn: '2026-02-01' },
      { resultsPostedOn: '2026-02-02' },
    ],
    [
      'resultsSubmittedOn silent: an older submission is listed',
      { resultsSubmittedOn: '2026-02-02' },
      { resultsSubmittedOn: '2026-02-01' },
    ],
    [
      'resultsSubmittedOn silent: the review ended with the posting',
      { resultsSubmittedOn: '2026-02-02', resultsPostedOn: '2026-03-01' },
      { resultsSubmittedOn: null },
    ],
    [
      'resultsHash silent: the tables were not in both records',
      { resultsPostedOn: '2026-02-01', resultsHash: 'a' },
      { resultsHash: null },
    ],
    ['resultsHash folded: comes with the posting', { resultsHash: 'a' }, { resultsHash: 'b' }],
    ['lastKnownStatus silent: goes with the status', {}, { lastKnownStatus: 'COMPLETED' }],
    ['meshes silent: derived by the registry', { meshes: [] }, { meshes: [{ id: 'D1', term: 'A' }] }],
    [
      'ancestors silent: derived by the registry',
      { ancestors: [] },
      { ancestors: [{ id: 'D1', term: 'A' }] },
    ],
    ['aliases silent: an obsolete number of the same trial', {}, { aliases: ['NCT9'] }],
    [
      'firstPostedOn silent: the registry corrected its own date',
      { firstPostedOn: '2025-01-01' },
      { firstPostedOn: '2025-01-02' },
    ],
  ])('%s', (what, before, after) => {
    expect(editOf(before, after)).toEqual({ what, change: null });
  });

  it('a status says why it changed; the reason that goes with it is folded', () => {
    expect(editOf({}, { status: 'SUSPENDED' }).what).toBe(
      'status told: the status changed without an update of the record',
    );
    const moved = { status: 'UNKNOWN', lastUpdatePostedOn: '2026-02-01' } as const;
    expect(editOf({}, moved).what).toBe('status told: the status changed');
    const { edits } = compareTrials(someTrial(), someTrial({ status: 'SUSPENDED', whyStopped: 'a' }));
    expect(edits.map(({ fate, reason }) => `${fate}: ${reason}`)).toEqual([
      'told: the status changed without an update of the record',
      'folded: told with the status',
    ]);
    const unread = compareTrials(
      someTrial({ whyStopped: 'a' }),
      someTrial({ status: 'SUSPENDED', whyStopped: '', unread: ['whyStopped'] }),
    );
    expect(unread.changes[0]).not.toHaveProperty('whyStopped');
    expect(editOf({ status: 'RECRUITING' }, { status: 'NO_LONGER_AVAILABLE' }).change?.facet).toBe(
      'expanded-access',
    );
  });

  it('nobody enrolled in a withdrawn trial is said by its status, somebody is a number', () => {
    const withdrawn = (count: number) =>
      editOf({ status: 'WITHDRAWN' }, { enrollment: { count, type: 'ACTUAL' } }).what;
    expect(withdrawn(0)).toBe('enrollment folded: nobody enrolled, as the status tells');
    expect(withdrawn(10)).toBe('enrollment told: enrollment changed by 90 %');
    expect(editOf({}, { enrollment: { count: 0, type: 'ACTUAL' } }).what).toBe(
      'enrollment told: enrollment changed by 100 %',
    );
  });
});
