import { describe, expect, it } from 'vitest';
import { applyEdits, compareTrials } from '../../../src/core/diff/diff.ts';
import type { Site, Trial } from '../../../src/core/trial.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

const towns = ['Seoul', 'Busan', 'Daegu', 'Ulsan', 'Jeju', 'Suwon', 'Gumi', 'Iksan', 'Mokpo', 'Yeosu'];
const listed = (...statuses: Site['status'][]) =>
  statuses.map((status, at) => someSite({ city: towns[at] ?? '', zip: '', lat: null, lon: null, status }));
const many = (count: number, status: Site['status']) => listed(...Array<Site['status']>(count).fill(status));
const compare = (before: Partial<Trial>, after: Partial<Trial>) =>
  compareTrials(someTrial(before), someTrial(after));
const kinds = (before: Partial<Trial>, after: Partial<Trial>) =>
  compare(before, after).changes.map(({ kind }) => kind);

describe('C4: sites that go with their trial', () => {
  const three = { sites: many(3, 'RECRUITING') };

  it('a withdrawn trial loses sites without a word, whether all of them or some', () => {
    expect(kinds(three, { status: 'WITHDRAWN', sites: [] })).toEqual(['status']);
    expect(kinds(three, { status: 'WITHDRAWN', sites: many(2, 'RECRUITING') })).toEqual(['status']);
  });

  it.each(['COMPLETED', 'TERMINATED', 'WITHHELD'] as const)(
    '%s loses its whole list without a word, but no single site',
    (status) => {
      expect(kinds(three, { status, sites: [] })).toEqual(['status']);
      expect(kinds(three, { status, sites: many(2, 'RECRUITING') })).toEqual(['status', 'site-removed']);
    },
  );

  it('a list that goes without an end of the trial is told site by site', () => {
    const removed = ['site-removed', 'site-removed', 'site-removed'];
    expect(kinds(three, { status: 'SUSPENDED', sites: [] })).toEqual(['status', ...removed]);
    expect(kinds({ ...three, status: 'COMPLETED' }, { status: 'COMPLETED', sites: [] })).toEqual(removed);
  });
});

describe('C4: sites that move together', () => {
  it('are one line from five on and four in five, else each is told', () => {
    expect(kinds({ sites: many(5, 'RECRUITING') }, { sites: many(5, 'COMPLETED') })).toEqual([
      'sites-status',
    ]);
    expect(kinds({ sites: many(4, 'RECRUITING') }, { sites: many(4, 'COMPLETED') })).toHaveLength(4);
    const some = [...many(6, 'COMPLETED'), ...many(10, 'RECRUITING').slice(6)];
    expect(kinds({ sites: many(10, 'RECRUITING') }, { sites: some })).toHaveLength(6);
    const most = [...many(8, 'COMPLETED'), ...many(10, 'RECRUITING').slice(8)];
    expect(kinds({ sites: many(10, 'RECRUITING') }, { sites: most })).toEqual(['sites-status']);
  });

  it('as the trial opens or closes are one line, however few', () => {
    const [none, open] = [many(2, null), many(2, 'RECRUITING')];
    const closed = { status: 'ACTIVE_NOT_RECRUITING', sites: none } as const;
    expect(kinds(closed, { sites: open })).toEqual(['status', 'sites-status']);
    expect(kinds({ sites: open }, closed)).toEqual(['status', 'sites-status']);
  });

  it('while the trial stays as it is, or to other statuses, are told by themselves', () => {
    const own = ['site-status', 'site-status'];
    expect(kinds({ sites: many(2, null) }, { sites: many(2, 'RECRUITING') })).toEqual(own);
    expect(kinds({ sites: many(2, 'RECRUITING') }, { sites: many(2, null) })).toEqual(own);
    expect(
      kinds({ sites: many(2, 'RECRUITING') }, { status: 'SUSPENDED', sites: many(2, 'SUSPENDED') }),
    ).toEqual(['status', ...own]);
  });

  it('say the commonest status before, each status after, and for how many they stand', () => {
    const before = {
      status: 'ACTIVE_NOT_RECRUITING',
      sites: listed('COMPLETED', null, null, null, 'SUSPENDED'),
    } as const;
    const after = { sites: listed(null, 'RECRUITING', 'SUSPENDED', 'SUSPENDED', null) };
    const { edits, changes } = compare(before, after);
    expect(changes[1]).toEqual({
      facet: 'sites',
      kind: 'sites-status',
      before: null,
      after: 'SUSPENDED',
      count: 5,
      statuses: { SUSPENDED: 2, none: 2, RECRUITING: 1 },
    });
    const told = edits
      .filter(({ field }) => field === 'sites')
      .map(({ fate, reason }) => `${fate}: ${reason}`);
    expect(told[0]).toBe('told: one line for 5 sites that moved together');
    expect(new Set(told.slice(1))).toEqual(new Set(['folded: moved together with the whole trial']));
    const turned = compare(
      { ...before, sites: before.sites.toReversed() },
      { sites: after.sites.toReversed() },
    );
    expect(turned.changes[1]).toEqual(changes[1]);
  });
});

describe('C3: silent edits of a site, with their reasons', () => {
  it.each<[string, Partial<Site>]>([
    ['the site was renamed or respelled', { facility: 'ANNA HOSPITAL', city: 'SEOUL' }],
    ['its place was respelled', { city: 'SEOUL' }],
    ['its place was respelled', { zip: '05-505' }],
    ['its place was respelled', { state: 'Gyeonggi' }],
    ['its place was respelled', { country: 'Korea, Republic of' }],
    ['only its coordinates moved', { lat: 37.6 }],
    ['contact details of a site changed', { contacts: ['x'] }],
  ])('%s', (reason, change) => {
    const { edits, changes } = compare({ sites: [someSite()] }, { sites: [someSite(change)] });
    expect(edits).toMatchObject([{ field: 'sites', fate: 'silent', reason, change: null }]);
    expect(changes).toEqual([]);
  });

  it('a site that is new or gone says where it is', () => {
    const where = {
      ref: expect.any(Number),
      facility: 'Anna Hospital',
      city: 'Seoul',
      state: '',
      country: 'South Korea',
      lat: 37.566,
      lon: 126.978,
    };
    const { edits } = compare({}, { sites: [someSite()] });
    expect(edits).toMatchObject([
      { fate: 'told', reason: 'a new site', change: { kind: 'site-added', site: where } },
    ]);
    expect(compare({ sites: [someSite()] }, {}).edits).toMatchObject([
      {
        fate: 'told',
        reason: 'a site is gone',
        change: { kind: 'site-removed', before: 'RECRUITING', site: where },
      },
    ]);
  });

  it('C15: sites read for the first time get their numbers; those not read keep theirs', () => {
    const first = compare({ unread: ['sites'] }, { sites: [someSite()] });
    expect(first.after.sites[0]?.ref).toEqual(expect.any(Number));
    expect(first.edits[0]?.after).toEqual(first.after.sites[0]);
    const unread = compare({ sites: [someSite()] }, { sites: [], unread: ['sites'] });
    expect(unread.after.sites[0]?.ref).toBe(first.after.sites[0]?.ref);
    const sex = compare({ sex: 'ALL', unread: ['sex'], sites: [someSite()] }, { sites: [someSite()] });
    expect(sex.edits.map(({ field }) => field)).toEqual(['sex']);
    expect(applyEdits(someTrial({ unread: ['sex', 'title'] }), sex.edits).unread).toEqual(['title']);
  });
});

describe('results and their tables', () => {
  const reasons = (before: Partial<Trial>, after: Partial<Trial>) =>
    compare(before, after).edits.map(({ field, fate, reason }) => `${field} ${fate}: ${reason}`);
  const posted = { resultsPostedOn: '2026-02-01' };

  it('tables that come or go with the posting are said by it', () => {
    const tables = 'resultsHash folded: comes with the posting';
    expect(reasons({ resultsHash: 'a' }, { ...posted, resultsHash: 'b' })[1]).toBe(tables);
    expect(reasons({ ...posted, resultsHash: 'a' }, { resultsHash: 'b' })[1]).toBe(tables);
    expect(reasons({ ...posted, resultsHash: null }, { ...posted, resultsHash: 'b' })).toEqual([
      'resultsHash silent: the tables were not in both records',
    ]);
  });

  it('a submission after a posting is under review again', () => {
    expect(reasons(posted, { ...posted, resultsSubmittedOn: '2026-03-01' })).toEqual([
      'resultsSubmittedOn told: results were submitted and are under review',
    ]);
  });

  it('D2: the weightier of two changes stands first, whatever the order of the record', () => {
    const startDate = { date: '2025-06-10', precision: 'day', type: 'ACTUAL' } as const;
    const { changes } = compare({}, { startDate, ...posted });
    expect(changes.map(({ kind }) => kind)).toEqual(['results-posted', 'start-date']);
    expect(changes[1]).not.toHaveProperty('implausible');
  });
});
