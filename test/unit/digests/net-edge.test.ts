import { describe, expect, it } from 'vitest';
import type { Change, Json } from '../../../src/core/change.ts';
import { isOvertaken, netChanges } from '../../../src/core/digests/net.ts';
import { makeSite } from '../../support/trial-samples.ts';

const of = (facet: Change['facet'], kind: string, before: Json = null, after: Json = null): Change => ({
  facet,
  kind,
  before,
  after,
});
const status = (before: string, after: string, whyStopped?: string): Change => ({
  ...of('status', 'status', before, after),
  ...(whyStopped ? { whyStopped } : {}),
});
const why = (before: string | null, after: string | null) => of('status', 'why-stopped', before, after);
const site = (ref: number | null, kind: string, over = {}, before: Json = null, after: Json = null) => ({
  ...of('sites', kind, before, after),
  site: makeSite({ ref, ...over }),
});

describe('a status that was or became unknown', () => {
  const silent = { lastKnownStatus: 'NOT_YET_RECRUITING', verifiedOn: '2020-11' } as const;
  const unknown = { ...status('NOT_YET_RECRUITING', 'UNKNOWN'), ...silent };
  const back = { ...status('UNKNOWN', 'RECRUITING'), ...silent };

  it('keeps the last known status if the net change begins or ends there, and drops it otherwise', () => {
    expect(netChanges([back, status('RECRUITING', 'SUSPENDED', 'money')])).toEqual([
      { ...status('UNKNOWN', 'SUSPENDED', 'money'), ...silent },
    ]);
    expect(netChanges([status('RECRUITING', 'NOT_YET_RECRUITING'), unknown])).toEqual([
      { ...status('RECRUITING', 'UNKNOWN'), ...silent },
    ]);
    expect(netChanges([unknown, back])).toEqual([status('NOT_YET_RECRUITING', 'RECRUITING')]);
    expect(netChanges([back, status('RECRUITING', 'UNKNOWN')])).toEqual([]);
  });
});

describe('net effect of changes that do not fit together', () => {
  it('C3: a site gone in one city and one new in another stay two, with the name of one and without numbers', () => {
    const gone = site(null, 'site-removed', { city: 'Leipzig' });
    const added = site(null, 'site-added', { city: 'Dresden' });
    expect(netChanges([gone, added])).toEqual([gone, added]);
    expect(netChanges([gone, site(null, 'site-added', { city: 'Leipzig' })])).toEqual([]);
  });

  it.each<[Change['facet'], string, Json, Json, Json, Json]>([
    ['dates', 'start-date', '2026-01', '2026-02', '2026-05', '2026-06'],
    ['enrollment', 'enrollment', 10, 20, 50, 60],
    ['expanded-access', 'expanded-access', 'AVAILABLE', false, true, 'NO_LONGER_AVAILABLE'],
  ])(
    'D1: %s, with a step missing in between, are told from the first to the last value',
    (facet, kind, ...at) => {
      const [a, b, c, d] = at;
      expect(netChanges([of(facet, kind, a, b), of(facet, kind, c, d)])).toEqual([of(facet, kind, a, d)]);
    },
  );

  it('D1: a list that returned to its former state is silent, and so are two separate lists', () => {
    const added = of('conditions', 'conditions', ['A'], ['A', 'B']);
    const dropped = of('conditions', 'conditions', ['A', 'B'], ['A']);
    expect(netChanges([added, dropped])).toEqual([]);
    expect(netChanges([added, of('conditions', 'keywords', ['A', 'B'], ['A'])])).toHaveLength(2);
  });

  it('changes without values beside such with values are told: whether they cancel cannot be known', () => {
    const contacts = (before: Json, after: Json) => of('contacts', 'contacts', before, after);
    expect(netChanges([contacts('x', 'x'), contacts('x', 'y'), contacts('y', 'x')])).toEqual([
      contacts('x', 'x'),
    ]);
  });

  it('D1: a pause that ended is silent, a reason that changed with it is told from its first to its last words', () => {
    const [pause, resume] = [status('RECRUITING', 'SUSPENDED', 'a'), status('SUSPENDED', 'RECRUITING')];
    expect(netChanges([pause, resume, why('a', 'b')])).toEqual([why('a', 'b')]);
    expect(netChanges([why('a', 'b'), pause, resume, why('b', 'a')])).toEqual([]);
    expect(netChanges([why('a', 'b'), pause, resume, why('b', 'c')])).toEqual([why('a', 'c')]);
    expect(netChanges([pause, why('a', 'b'), resume])).toEqual([why('a', 'b')]);
  });

  it('a reason that was taken away again is not quoted with the status', () => {
    expect(netChanges([status('RECRUITING', 'TERMINATED', 'money'), why('money', null)])).toEqual([
      status('RECRUITING', 'TERMINATED'),
    ]);
  });

  it('results posted and taken away again are silent; an update says more than a submission', () => {
    const posted = of('results', 'results-posted', null, '2026-11-10');
    const withdrawn = of('results', 'results-posted', '2026-11-10', null);
    const submitted = of('results', 'results-submitted', null, '2026-11-01');
    const updated = of('results', 'results-updated', 'x', 'y');
    expect(netChanges([posted, withdrawn])).toEqual([]);
    expect(netChanges([submitted, updated])).toEqual([updated]);
    expect(netChanges([submitted, of('results', 'results-submitted', '2026-11-01', null)])).toEqual([]);
  });

  it('a record that came back after it was gone before the first mail is told as back', () => {
    const returned = of('registration', 'returned', null, 'RECRUITING');
    expect(
      netChanges([of('registration', 'returned'), of('registration', 'removed'), returned]),
    ).toHaveLength(1);
    expect(netChanges([of('registration', 'returned'), of('registration', 'removed')])).toEqual([]);
  });

  it('C6: a site that is new and then changes is a new site with its last status', () => {
    const added = site(1, 'site-added', {}, null, 'NOT_YET_RECRUITING');
    const opened = site(1, 'site-status', {}, 'NOT_YET_RECRUITING', 'RECRUITING');
    expect(netChanges([added, opened])).toEqual([site(1, 'site-added', {}, null, 'RECRUITING')]);
    const gone = site(1, 'site-removed', {}, 'RECRUITING', null);
    expect(netChanges([opened, gone])).toEqual([site(1, 'site-removed', {}, 'NOT_YET_RECRUITING', null)]);
    expect(netChanges([added, opened, gone])).toEqual([]);
    expect(netChanges([gone, site(1, 'site-added', {}, null, 'COMPLETED')])).toEqual([
      site(1, 'site-status', {}, 'RECRUITING', 'COMPLETED'),
    ]);
  });
});

describe('old news to somebody who was told of later ones', () => {
  const paused = status('RECRUITING', 'SUSPENDED');
  const stopped = status('SUSPENDED', 'TERMINATED');
  const resumed = status('SUSPENDED', 'RECRUITING');
  const start = (before: string, after: string) => of('dates', 'start-date', before, after);
  const posted = of('results', 'results-posted', null, '2026-11-10');
  const submitted = of('results', 'results-submitted', null, '2026-11-01');
  const updated = of('results', 'results-updated', 'x', 'y');
  const [removed, returned] = [of('registration', 'removed'), of('registration', 'returned')];

  it.each<[string, Change, Change[][]]>([
    ['a status by a later status', paused, [[stopped]]],
    ['a status by one of several mails', paused, [[start('2026-01', '2026-02')], [stopped]]],
    ['a status by two mails there and back', paused, [[resumed], [paused]]],
    ['a reason by a status', why('a', 'b'), [[stopped]]],
    ['a reason by another reason', why('a', 'b'), [[why('b', 'c')]]],
    ['a date by the same date', start('2026-01', '2026-02'), [[start('2026-02', '2026-03')]]],
    ['enrollment', of('enrollment', 'enrollment', 1, 2), [[of('enrollment', 'enrollment', 2, 3)]]],
    [
      'expanded access',
      of('expanded-access', 'expanded-access', false, true),
      [[of('expanded-access', 'expanded-access', true, false)]],
    ],
    ['a submission by the posting', submitted, [[posted]]],
    ['a posting by a posting', posted, [[of('results', 'results-posted', '2026-11-10', '2026-11-12')]]],
    ['a removal by a return', removed, [[returned]]],
    ['a return by a removal', returned, [[removed]]],
    ['a site by anything of the same site', site(1, 'site-added'), [[site(1, 'site-removed')]]],
  ])('%s', (_name, change, later) => {
    expect(isOvertaken(change, later)).toBe(true);
  });

  it.each<[string, Change, Change[][]]>([
    ['a status by nothing', paused, []],
    ['a status by a mail that came to nothing', paused, [[resumed, paused]]],
    ['a status by a reason alone', paused, [[why('a', 'b')]]],
    ['a status by a date', paused, [[start('2026-01', '2026-02')]]],
    ['one date by another', start('2026-01', '2026-02'), [[of('dates', 'completion-date', 'a', 'b')]]],
    ['a posting by a submission', posted, [[submitted]]],
    ['an update by a submission', updated, [[submitted]]],
    ['a new trial by its removal', of('registration', 'registered'), [[removed]]],
    ['one site by another', site(1, 'site-added'), [[site(2, 'site-removed')]]],
    ['a site without a number', site(null, 'site-added'), [[site(null, 'site-added')]]],
    ['many sites', of('sites', 'sites-status', null, 'A'), [[of('sites', 'sites-status', 'A', 'B')]]],
    [
      'a list',
      of('conditions', 'conditions', ['A'], ['B']),
      [[of('conditions', 'conditions', ['B'], ['C'])]],
    ],
    ['a title', of('title', 'title', 'A', 'B'), [[of('title', 'title', 'B', 'C')]]],
  ])('not %s', (_name, change, later) => {
    expect(isOvertaken(change, later)).toBe(false);
  });
});
