import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { applyEdits, canonicalTrial, compareTrials } from '../../../src/core/diff/diff.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

const told = (before: Partial<Trial>, after: Partial<Trial>) =>
  compareTrials(someTrial(before), someTrial({ ...before, ...after })).changes;
const edit = (before: Partial<Trial>, after: Partial<Trial>) =>
  compareTrials(someTrial(before), someTrial({ ...before, ...after })).edits.map(
    ({ field, fate, reason }) => `${field} ${fate}: ${reason}`,
  );
const change = (facet: Change['facet'], kind: string, before: Change['before'], after: Change['after']) => ({
  facet,
  kind,
  before,
  after,
});

describe('status', () => {
  it('C7: codes stand in before and after, the sponsor’s own words beside them', () => {
    const reason = 'Slow recruitment <b>& funding</b>';
    expect(told({}, { status: 'TERMINATED', whyStopped: reason })).toEqual([
      { ...change('status', 'status', 'RECRUITING', 'TERMINATED'), whyStopped: reason },
    ]);
  });

  it('C6: there, back and there again are three changes', () => {
    const open = someTrial();
    const paused = someTrial({ status: 'SUSPENDED' });
    const steps = [compareTrials(open, paused), compareTrials(paused, open), compareTrials(open, paused)];
    expect(steps.map(({ changes }) => [changes[0]?.before, changes[0]?.after])).toEqual([
      ['RECRUITING', 'SUSPENDED'],
      ['SUSPENDED', 'RECRUITING'],
      ['RECRUITING', 'SUSPENDED'],
    ]);
    expect(canonicalTrial(steps[2]?.after ?? open)).toEqual(canonicalTrial(steps[0]?.after ?? open));
  });

  it('L1: the second suspension is as much a change as the first', () => {
    const first = told({}, { status: 'SUSPENDED', lastUpdatePostedOn: '2026-02-01' });
    const second = told({ lastUpdatePostedOn: '2026-04-01' }, { status: 'SUSPENDED' });
    expect(second).toEqual(first);
    expect(second).toHaveLength(1);
  });

  it('C14: UNKNOWN that comes without an update date is told', () => {
    expect(told({}, { status: 'UNKNOWN', lastKnownStatus: 'RECRUITING' })).toEqual([
      {
        ...change('status', 'status', 'RECRUITING', 'UNKNOWN'),
        lastKnownStatus: 'RECRUITING',
        verifiedOn: '2026-01',
      },
    ]);
    expect(edit({}, { status: 'UNKNOWN' })).toEqual([
      'status told: the status changed without an update of the record',
    ]);
  });

  it('a reason that changes alone is told, a respelled one is not', () => {
    const before: Partial<Trial> = { status: 'SUSPENDED', whyStopped: 'Funding.' };
    expect(told(before, { whyStopped: 'Safety' })).toEqual([
      change('status', 'why-stopped', 'Funding.', 'Safety'),
    ]);
    expect(told(before, { whyStopped: 'funding' })).toEqual([]);
    expect(edit(before, { whyStopped: null })).toEqual(['whyStopped folded: the reason was removed']);
  });

  it('a reason that goes when the trial opens again is part of the status', () => {
    const changes = told(
      { status: 'SUSPENDED', whyStopped: 'Funding' },
      { status: 'RECRUITING', whyStopped: null },
    );
    expect(changes).toEqual([change('status', 'status', 'SUSPENDED', 'RECRUITING')]);
  });

  it('WITHHELD is a status change; withheld values stay as they were', () => {
    const withheld = someTrial({
      status: 'WITHHELD',
      title: '',
      sites: [],
      unread: ['title', 'sites', 'criteria'],
    });
    const before = someTrial({ sites: [someSite()] });
    const { changes, after } = compareTrials(before, withheld);
    expect(changes).toEqual([change('status', 'status', 'RECRUITING', 'WITHHELD')]);
    expect([after.title, after.criteria, after.sites.length]).toEqual([before.title, before.criteria, 1]);
  });
});

describe('expanded access', () => {
  it.each([
    ['AVAILABLE', 'TEMPORARILY_NOT_AVAILABLE'],
    ['AVAILABLE', 'NO_LONGER_AVAILABLE'],
    ['TEMPORARILY_NOT_AVAILABLE', 'AVAILABLE'],
    ['AVAILABLE', 'APPROVED_FOR_MARKETING'],
  ] as const)('%s to %s is its own facet and no status', (before, after) => {
    expect(told({ status: before }, { status: after })).toEqual([
      change('expanded-access', 'expanded-access', before, after),
    ]);
  });

  it('appears and ends; saying nothing means no', () => {
    expect(told({ hasExpandedAccess: null }, { hasExpandedAccess: true })).toEqual([
      change('expanded-access', 'expanded-access', false, true),
    ]);
    expect(told({ hasExpandedAccess: true }, { hasExpandedAccess: null })).toEqual([
      change('expanded-access', 'expanded-access', true, false),
    ]);
    expect(told({ hasExpandedAccess: false }, { hasExpandedAccess: null })).toEqual([]);
  });

  it('a record without dates raises nothing about them', () => {
    const dates = { startDate: null, primaryCompletionDate: null, completionDate: null };
    expect(told({ status: 'AVAILABLE', ...dates }, { title: 'Other' }).map(({ facet }) => facet)).toEqual([
      'title',
    ]);
  });
});

describe('dates', () => {
  it('C5: a refinement is folded, a slip and estimated to actual are told', () => {
    const date = { date: '2027-03-15', precision: 'day', type: 'ESTIMATED' } as const;
    expect(edit({}, { primaryCompletionDate: date })).toEqual([
      'primaryCompletionDate folded: the same date, more or less precise',
    ]);
    const slip = { date: '2027-09', precision: 'month', type: 'ESTIMATED' } as const;
    expect(edit({}, { primaryCompletionDate: slip })).toEqual(['primaryCompletionDate told: 6 months later']);
    const actual = { date: '2027-03', precision: 'month', type: 'ACTUAL' } as const;
    expect(told({}, { primaryCompletionDate: actual })).toEqual([
      change(
        'dates',
        'primary-completion-date',
        { date: '2027-03', precision: 'month', type: 'ESTIMATED' },
        { date: '2027-03', precision: 'month', type: 'ACTUAL' },
      ),
    ]);
  });

  it('an impossible date carries its fault', () => {
    const early = { date: '1900-01', precision: 'month', type: 'ESTIMATED' } as const;
    expect(told({}, { completionDate: early })[0]).toMatchObject({ implausible: 'too-early' });
    const before = { date: '2024-01', precision: 'month', type: 'ESTIMATED' } as const;
    expect(told({}, { completionDate: before })[0]).toMatchObject({ implausible: 'before-start' });
    expect(edit({}, { startDate: null })).toEqual(['startDate told: the date was removed']);
  });
});

describe('results', () => {
  const posted = { resultsPostedOn: '2026-02-01', resultsHash: 'a' };

  it('are posted, taken away, submitted, sent back, updated', () => {
    expect(told({}, posted)).toEqual([change('results', 'results-posted', null, '2026-02-01')]);
    expect(told(posted, { resultsPostedOn: null, resultsHash: null })[0]).toMatchObject({ after: null });
    expect(told(posted, { resultsHash: 'b' })).toEqual([change('results', 'results-updated', 'a', 'b')]);
    expect(told({}, { resultsSubmittedOn: '2026-03-02' })).toEqual([
      change('results', 'results-submitted', null, '2026-03-02'),
    ]);
    expect(edit({ resultsSubmittedOn: '2026-03-02' }, { resultsSubmittedOn: null })).toEqual([
      'resultsSubmittedOn folded: the submitted results went back to the sponsor',
    ]);
    expect(told({ resultsSubmittedOn: '2026-03-02' }, { resultsSubmittedOn: '2026-03-09' })).toHaveLength(1);
    expect(told({ resultsSubmittedOn: '2026-03-02' }, { resultsSubmittedOn: '2026-02-01' })).toEqual([]);
  });

  it('the posting says the end of the review; a corrected posting date says nothing', () => {
    expect(told({ resultsSubmittedOn: '2026-01-01' }, { ...posted, resultsSubmittedOn: null })).toHaveLength(
      1,
    );
    expect(told(posted, { resultsPostedOn: '2026-02-02' })).toEqual([]);
  });

  it('C8: tables that one side did not read are not compared', () => {
    expect(told(posted, { resultsHash: null, unread: ['resultsHash'] })).toEqual([]);
    expect(told(posted, { resultsHash: null })).toEqual([]);
  });
});

describe('enrollment', () => {
  it.each([
    [100, 120, 'told', '20 %'],
    [100, 80, 'told', '20 %'],
    [100, 119, 'folded', '19 %'],
    [100, 81, 'folded', '19 %'],
    [0, 5, 'told', '100 %'],
  ])('from %i to %i is %s', (was, is, fate, share) => {
    const of = (count: number) => ({ enrollment: { count, type: 'ESTIMATED' as const } });
    expect(edit(of(was), of(is))).toEqual([`enrollment ${fate}: enrollment changed by ${share}`]);
  });

  it('the same number of another type, and nobody in a withdrawn trial, are folded', () => {
    expect(told({}, { enrollment: { count: 100, type: 'ACTUAL' } })).toEqual([]);
    expect(told({}, { enrollment: null })).toEqual([]);
    const changes = told({}, { status: 'WITHDRAWN', enrollment: { count: 0, type: 'ACTUAL' } });
    expect(changes.map(({ kind }) => kind)).toEqual(['status']);
  });
});

describe('C8: a field is compared only if both reads asked for it', () => {
  it('a field that is not read keeps its value, and is compared with it when it is read again', () => {
    const full = someTrial();
    const thin = compareTrials(
      full,
      someTrial({ criteria: '', conditions: [], unread: ['criteria', 'conditions'] }),
    );
    expect(thin.edits).toEqual([]);
    expect(thin.after.unread).toEqual([]);
    expect(compareTrials(thin.after, full).edits).toEqual([]);
    expect(compareTrials(thin.after, someTrial({ conditions: ['Gout'] })).changes).toHaveLength(1);
  });

  it('L12: a thin record clears nothing', () => {
    const before = someTrial({ sites: [someSite()] });
    const thin = compareTrials(before, someTrial({ title: '', sites: [], unread: ['title', 'sites'] }));
    expect(thin.changes).toEqual([]);
    expect(canonicalTrial(thin.after)).toEqual(canonicalTrial(before));
  });

  it('C15: a field read for the first time is a silent baseline', () => {
    const before = someTrial({ criteria: '', unread: ['criteria', 'sites'] });
    const now = someTrial({ sites: [someSite(), someSite()] });
    const { edits, changes } = compareTrials(before, now);
    expect(changes).toEqual([]);
    expect(new Set(edits.map(({ reason }) => reason))).toEqual(new Set(['read for the first time']));
    expect(canonicalTrial(applyEdits(before, edits))).toEqual(canonicalTrial(now));
  });

  it('a first reading that finds no sites is no longer unread', () => {
    const before = someTrial({ unread: ['sites'] });
    const { edits } = compareTrials(before, someTrial());
    expect(applyEdits(before, edits).unread).toEqual([]);
  });
});

describe('comparing', () => {
  it('two different trials is refused, an alias is the same trial', () => {
    expect(() => compareTrials(someTrial(), someTrial({ id: 'NCT00000009' }))).toThrow(
      /two different trials/,
    );
    expect(() => compareTrials(someTrial(), someTrial({ registry: 'isrctn' }))).toThrow(RangeError);
    const renamed = someTrial({ id: 'NCT00000009', aliases: ['NCT00000001'] });
    expect(compareTrials(someTrial(), renamed).changes).toEqual([]);
  });

  it('verification and update dates alone are no version', () => {
    const later = someTrial({ verifiedOn: '2026-03', lastUpdatePostedOn: '2026-03-09' });
    expect(compareTrials(someTrial(), later).edits).toEqual([]);
    expect(canonicalTrial(later)).toEqual(canonicalTrial(someTrial()));
    expect(compareTrials(someTrial(), later).after.verifiedOn).toBe('2026-03');
  });

  it('C13: values derived by the registry are silent', () => {
    const derived = {
      meshes: [{ id: 'D001249', term: 'Asthma' }],
      ancestors: [{ id: 'D012140', term: 'Lung' }],
    };
    expect(told({ meshes: [], ancestors: [] }, derived)).toEqual([]);
    expect(edit({ meshes: [], ancestors: [] }, derived)).toHaveLength(2);
  });

  it('P11: contact values are in no change, and going back is seen', () => {
    const [a, b] = [{ contacts: ['3f2a'] }, { contacts: ['9c01'] }];
    const [forth] = told(a, b);
    const [back] = told(b, a);
    expect(forth).toMatchObject({ facet: 'contacts', kind: 'contacts' });
    expect(JSON.stringify(forth)).not.toContain('3f2a');
    expect(back?.after).toEqual(forth?.before);
    expect(forth?.before).not.toEqual(forth?.after);
  });

  it('edits that fit another trial are refused', () => {
    const before = someTrial({ sites: [someSite()] });
    const { edits } = compareTrials(before, someTrial({ sites: [] }));
    expect(() => applyEdits(someTrial(), edits)).toThrow(/No site to change/);
  });

  it.each<[string, Partial<Trial>, Partial<Trial>, string]>([
    ['title', { title: 'One' }, { title: 'Two' }, 'title told'],
    ['title respelled', { title: 'The  Study' }, { title: 'the study.' }, 'title silent'],
    ['official title', { officialTitle: 'A' }, { officialTitle: 'B' }, 'officialTitle folded'],
    ['acronym', { acronym: null }, { acronym: 'B' }, 'acronym folded'],
    [
      'sponsor',
      { sponsor: { name: 'A', class: null } },
      { sponsor: { name: 'B', class: null } },
      'sponsor told',
    ],
    [
      'sponsor class',
      { sponsor: { name: 'A', class: null } },
      { sponsor: { name: 'A', class: 'X' } },
      'sponsor silent',
    ],
    [
      'collaborators',
      { collaborators: [] },
      { collaborators: [{ name: 'B', class: null }] },
      'collaborators folded',
    ],
    ['phase', { phases: ['PHASE1'] }, { phases: ['PHASE1', 'PHASE2'] }, 'phases told'],
    ['study type', { studyType: 'OBSERVATIONAL' }, { studyType: 'INTERVENTIONAL' }, 'studyType told'],
    ['masking', { masking: 'DOUBLE' }, { masking: 'TRIPLE' }, 'masking folded'],
    ['conditions', { conditions: ['Gout'] }, { conditions: ['Gout', 'Asthma'] }, 'conditions told'],
    ['conditions respelled', { conditions: ['Gout'] }, { conditions: ['GOUT'] }, 'conditions silent'],
    ['keywords', { keywords: [] }, { keywords: ['IgE'] }, 'keywords folded'],
    ['age', { minimumAge: '18 Years' }, { minimumAge: '12 Years' }, 'minimumAge told'],
    ['sex', { sex: 'ALL' }, { sex: 'FEMALE' }, 'sex told'],
    ['volunteers', { healthyVolunteers: false }, { healthyVolunteers: true }, 'healthyVolunteers told'],
    ['summary', { summary: 'One.' }, { summary: 'Two.' }, 'summary folded'],
    ['description respelled', { description: 'One two' }, { description: 'One\n\ntwo' }, ''],
    ['aliases', { aliases: [] }, { aliases: ['NCT00000002'] }, 'aliases silent'],
    [
      'other numbers',
      { secondaryIds: [] },
      { secondaryIds: [{ id: 'X', type: null }] },
      'secondaryIds folded',
    ],
    [
      'first posted',
      { firstPostedOn: '2025-01-01' },
      { firstPostedOn: '2025-01-02' },
      'firstPostedOn silent',
    ],
  ])('%s', (_name, before, after, expected) => {
    const [found = ''] = edit(before, after);
    expect(found.split(':')[0]).toBe(expected);
  });

  it('interventions, arms and outcomes: names are told, their details folded', () => {
    const drug = (name: string, description = '') => ({ type: 'DRUG', name, description });
    const arm = (label: string) => ({ label, type: null, description: '' });
    const outcome = (kind: 'primary' | 'secondary', measure: string, timeFrame = '1 year') => {
      return { kind, measure, timeFrame, description: '' };
    };
    const fates = (before: Partial<Trial>, after: Partial<Trial>) =>
      compareTrials(someTrial(before), someTrial(after)).edits.map((e) => `${e.fate} ${e.change?.kind}`);
    expect(fates({ interventions: [drug('A')] }, { interventions: [drug('B')] })).toEqual([
      'told interventions',
    ]);
    expect(fates({ interventions: [drug('A')] }, { interventions: [drug('A', 'mg')] })).toEqual([
      'folded interventions-details',
    ]);
    expect(fates({ arms: [arm('A')] }, { arms: [arm('A'), arm('B')] })).toEqual(['told arms']);
    expect(fates({ arms: [arm('A')] }, { arms: [arm('B')] })).toEqual(['folded arms']);
    expect(fates({ outcomes: [outcome('primary', 'A')] }, { outcomes: [outcome('primary', 'B')] })).toEqual([
      'told primary-outcomes',
    ]);
    expect(
      fates({ outcomes: [outcome('secondary', 'A')] }, { outcomes: [outcome('secondary', 'B')] }),
    ).toEqual(['folded other-outcomes']);
    expect(
      fates({ outcomes: [outcome('primary', 'A')] }, { outcomes: [outcome('primary', 'A', '2 years')] }),
    ).toEqual(['folded outcomes-details']);
  });

  it('the weightiest change comes first', () => {
    const changes = told(
      {},
      { title: 'Other', status: 'SUSPENDED', enrollment: { count: 10, type: 'ACTUAL' } },
    );
    expect(changes.map(({ facet }) => facet)).toEqual(['status', 'enrollment', 'title']);
  });
});
