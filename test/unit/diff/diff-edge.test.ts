import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import { applyEdits, canonicalTrial, compareTrials } from '../../../src/core/diff/diff.ts';
import type { PartialDate, Trial } from '../../../src/core/trial.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

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
const drug = (name: string, description = '') => ({ type: 'DRUG', name, description });
const arm = (label: string, description = '') => ({ label, type: null, description });

describe('C5: edits of a date', () => {
  const date = (text: string, type: PartialDate['type'] = 'ESTIMATED'): PartialDate => ({
    date: text,
    precision: text.length > 7 ? 'day' : 'month',
    type,
  });
  it.each<[string, PartialDate | null, PartialDate | null]>([
    ['told: 44 days later', date('2027-01-01'), date('2027-02-14')],
    ['told: 1 months later', date('2027-01-01'), date('2027-02-15')],
    ['told: 3 months earlier', date('2027-04'), date('2027-01')],
    ['told: the date was added', null, date('2027-01')],
    ['told: the date was removed', date('2027-01'), null],
    ['told: estimated to actual', date('2027-01'), date('2027-01', 'ACTUAL')],
    ['told: actual to estimated', date('2027-01', 'ACTUAL'), date('2027-01')],
    ['told: a date that cannot be right (too-late, after)', date('2027-01'), date('2099-01')],
    ['told: a date that cannot be right (too-early, before)', date('1900-01'), date('2027-01')],
    ['told: a date that cannot be right (before-start, after)', date('2027-01'), date('2024-01')],
    ['folded: the same date, more or less precise', date('2027-01'), date('2027-01-05')],
    ['folded: the same date, more or less precise', date('2027-01', null), date('2027-01')],
  ])('%s', (what, before, after) => {
    const edit = editOf({ completionDate: before }, { completionDate: after });
    expect(edit.what).toBe(`completionDate ${what}`);
    expect(edit.change).toMatchObject(change('dates', 'completion-date', before, after));
  });

  it('a start has no start to lie before', () => {
    const early = editOf({}, { startDate: date('2024-01', 'ACTUAL') });
    expect(early.change).toEqual(
      change(
        'dates',
        'start-date',
        { date: '2025-01-10', precision: 'day', type: 'ACTUAL' },
        date('2024-01', 'ACTUAL'),
      ),
    );
  });
});

describe('P11: marks that stand for values', () => {
  const marks = (before: string[], after: string[]) => editOf({ contacts: before }, { contacts: after });

  it('tell values apart, none from some, and do not hang on the order', () => {
    const { what, change } = marks(['a', 'b'], ['c']);
    expect(what).toBe('contacts told: contact details changed');
    expect(change).toEqual({
      facet: 'contacts',
      kind: 'contacts',
      before: 'e4513bd7',
      after: expect.stringMatching(/^[0-9a-f]{8}$/),
    });
    expect(marks(['b', 'a'], ['d']).change?.before).toBe(change?.before);
    expect(marks([], ['c']).change).toMatchObject({ before: null, after: change?.after });
  });

  it('tell where one part of a value ends and the next begins', () => {
    const details = (name: string, description: string) =>
      editOf(
        { interventions: [drug('A'), { type: null, name, description }] },
        { interventions: [drug('A'), { type: null, name, description: `${description}!` }] },
      ).change;
    expect(details('ab', 'c')).toMatchObject({ facet: 'interventions', kind: 'interventions-details' });
    expect(details('ab', 'c')?.before).not.toBe(details('a', 'bc')?.before);
    expect(editOf({ arms: [arm('A')] }, { arms: [arm('A', 'x')] })).toMatchObject({
      what: 'arms folded: details of the arms changed',
      change: { facet: 'interventions', kind: 'arms-details' },
    });
  });

  it('a long text is said to have changed, not shown', () => {
    const told = editOf({ summary: '' }, { summary: 'A long text' });
    expect(told).toEqual({
      what: 'summary folded: the summary changed',
      change: {
        facet: 'description',
        kind: 'summary',
        before: null,
        after: expect.stringMatching(/^[0-9a-f]{8}$/),
      },
    });
    expect(editOf({ description: 'a' }, { description: 'b' }).what).toBe(
      'description folded: the description changed',
    );
  });
});

describe('edits', () => {
  it('lead from the old trial to the new one, site by site', () => {
    const nord = someSite({ facility: 'Nord', city: 'Busan', zip: '1' });
    const before = someTrial({ sites: [someSite(), nord], unread: ['title'] });
    const after = someTrial({
      sites: [
        someSite({ status: 'COMPLETED' }),
        someSite({ facility: 'Ost', city: 'Ulsan', zip: '2', lat: null }),
      ],
    });
    const { edits, after: stored } = compareTrials(before, after);
    const made = applyEdits(before, edits);
    expect(canonicalTrial(made)).toEqual(canonicalTrial(stored));
    expect(made.unread).toEqual([]);
    expect(before.sites).toHaveLength(2);
    expect(() => applyEdits({ ...before, sites: [nord] }, edits)).toThrow(
      'No site to change: Anna Hospital, Seoul.',
    );
    const other = before.sites.map((site) => ({ ...site, ref: 1 }));
    expect(() => applyEdits({ ...before, sites: other }, edits)).toThrow(RangeError);
  });

  it('C15: sites read for the first time replace what stood there', () => {
    const before = someTrial({ sites: [someSite({ facility: 'Old' })], unread: ['sites'] });
    const { edits } = compareTrials(
      before,
      someTrial({ sites: [someSite(), someSite({ facility: 'Nord' })] }),
    );
    expect(edits).toMatchObject([
      { field: 'sites', fate: 'silent', before: null, pairing: 'first reading' },
      { field: 'sites', fate: 'silent', before: null, pairing: 'first reading' },
    ]);
    expect(applyEdits(before, edits).sites.map(({ facility }) => facility)).toEqual([
      'Anna Hospital',
      'Nord',
    ]);
  });

  it('C8: an unread field stays unread; a field that was read once stays read', () => {
    const both = compareTrials(
      someTrial({ unread: ['sex', 'title'] }),
      someTrial({ unread: ['sex', 'phases'] }),
    );
    expect(both.after.unread).toEqual(['sex']);
    const { edits } = compareTrials(someTrial({ unread: ['title'] }), someTrial({ title: 'New' }));
    expect(edits).toEqual([
      {
        field: 'title',
        fate: 'silent',
        reason: 'read for the first time',
        change: null,
        before: someTrial().title,
        after: 'New',
      },
    ]);
  });

  it('two trials are told apart by name', () => {
    expect(() => compareTrials(someTrial({ id: 'NCT1' }), someTrial({ id: 'NCT2' }))).toThrow(
      'NCT1 and NCT2 are two different trials.',
    );
    expect(() =>
      compareTrials(someTrial({ id: 'NCT1', aliases: ['NCT2'] }), someTrial({ id: 'NCT2' })),
    ).not.toThrow();
    const { id, registry } = someTrial();
    expect(canonicalTrial(someTrial({ unread: ['title'] }))).toMatchObject({ id, registry });
    expect(canonicalTrial(someTrial({ unread: ['title'] }))).not.toHaveProperty('title');
  });

  it('changes of one weight stand in the order of the record', () => {
    const { changes } = compareTrials(
      someTrial({ sex: 'ALL' }),
      someTrial({ sex: 'MALE', minimumAge: '99 Years', maximumAge: '100 Years' }),
    );
    expect(changes.map(({ kind }) => kind)).toEqual(['minimum-age', 'maximum-age', 'sex']);
  });
});
