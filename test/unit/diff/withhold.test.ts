import { describe, expect, it } from 'vitest';
import { facetFacts, facetOf, facets } from '../../../src/core/change.ts';
import { withholdFacets } from '../../../src/core/withhold.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

const date = (text: string) => ({ date: text, precision: 'day', type: 'ESTIMATED' }) as const;

const before = someTrial({
  status: 'RECRUITING',
  whyStopped: null,
  lastKnownStatus: null,
  startDate: date('2026-01-01'),
  primaryCompletionDate: date('2027-01-01'),
  completionDate: date('2028-01-01'),
  enrollment: { count: 100, type: 'ESTIMATED' },
  sites: [someSite({ city: 'Bergen' })],
  hasExpandedAccess: false,
  resultsPostedOn: null,
  resultsSubmittedOn: null,
  resultsHash: null,
  title: 'Old title',
  officialTitle: 'Old official title',
  acronym: 'OLD',
  conditions: ['Asthma'],
  keywords: ['breath'],
  criteria: '* Adults',
  minimumAge: '18 Years',
  maximumAge: '60 Years',
  sex: 'FEMALE',
  healthyVolunteers: false,
  studyType: 'OBSERVATIONAL',
  phases: ['PHASE2'],
  sponsor: { name: 'Old sponsor', class: null },
  collaborators: [{ name: 'Old friend', class: null }],
});
const after = someTrial({
  ...before,
  status: 'SUSPENDED',
  whyStopped: 'Drug supply',
  lastKnownStatus: 'RECRUITING',
  startDate: date('2026-02-02'),
  primaryCompletionDate: date('2027-02-02'),
  completionDate: date('2028-02-02'),
  enrollment: { count: 300, type: 'ESTIMATED' },
  sites: [],
  hasExpandedAccess: true,
  resultsPostedOn: '2026-11-02',
  resultsSubmittedOn: '2026-11-01',
  resultsHash: 'hash',
  title: 'New title',
  officialTitle: 'New official title',
  acronym: 'NEW',
  conditions: ['Gout'],
  keywords: ['toe'],
  criteria: '* Anybody',
  minimumAge: '12 Years',
  maximumAge: '90 Years',
  sex: 'ALL',
  healthyVolunteers: true,
  studyType: 'INTERVENTIONAL',
  phases: ['PHASE3'],
  sponsor: { name: 'New sponsor', class: null },
  collaborators: [{ name: 'New friend', class: null }],
});

describe('held fields of a trial', () => {
  it.each([
    ['status', ['status', 'whyStopped', 'lastKnownStatus']],
    ['expanded-access', ['status', 'lastKnownStatus', 'hasExpandedAccess']],
    ['sites', ['sites']],
    ['dates', ['startDate', 'primaryCompletionDate', 'completionDate']],
    ['results', ['resultsPostedOn', 'resultsSubmittedOn', 'resultsHash']],
    ['enrollment', ['enrollment']],
    ['eligibility', ['criteria', 'minimumAge', 'maximumAge', 'sex', 'healthyVolunteers']],
    ['design', ['studyType', 'phases']],
    ['title', ['title', 'officialTitle', 'acronym']],
    ['sponsor', ['sponsor', 'collaborators']],
    ['conditions', ['conditions', 'keywords']],
    ['contacts', []],
  ] as const)('C12: of %s shows the value before, and of nothing else', (facet, fields) => {
    const shown = withholdFacets(after, [{ facet, before }]);
    const kept = Object.fromEntries(fields.map((field) => [field, before[field]]));
    expect(shown).toEqual({ ...after, ...kept });
  });

  it('C12: several facets each from their own version; nothing held changes nothing', () => {
    const between = { ...before, enrollment: { count: 200, type: 'ESTIMATED' as const } };
    const shown = withholdFacets(after, [
      { facet: 'status', before },
      { facet: 'enrollment', before: between },
    ]);
    expect(shown).toMatchObject({ status: 'RECRUITING', enrollment: { count: 200 }, title: 'New title' });
    expect(withholdFacets(after, [])).toEqual(after);
  });
});

describe('the table of facets', () => {
  it('gives each field of a trial one facet', () => {
    const { registry: _r, id: _i, unread: _u, verifiedOn: _v, lastUpdatePostedOn: _l, ...tracked } = before;
    const fields = facets.flatMap((facet) => {
      const { fields: own, otherFields = [] } = facetFacts(facet);
      return [...own, ...otherFields];
    });
    expect(fields.toSorted()).toEqual(Object.keys(tracked).sort());
    expect(fields.map(facetOf)).not.toContain(undefined);
    expect(() => facetOf('nothing' as never)).toThrow('the field nothing has no facet');
  });
});
