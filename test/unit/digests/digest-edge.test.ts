import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import {
  composeDigest,
  type DigestInput,
  type DigestItem,
  type Reason,
} from '../../../src/core/digests/digest.ts';
import {
  makeCard,
  makeItems,
  makeSite,
  reasonCondition,
  reasonTrial,
  statusChange,
} from '../../support/trial-samples.ts';

type Part = { id?: string; items: DigestItem[]; reasons?: Reason[] };
const compose = (parts: Part[], over: Partial<DigestInput> = {}) =>
  composeDigest({
    trials: parts.map(({ id, items, reasons }) => ({
      card: makeCard(id ? { id } : {}),
      items,
      reasons: reasons ?? [reasonTrial],
    })),
    dataDay: '2026-11-20',
    readAt: '2026-11-20T14:30:00.000Z',
    now: '2026-11-21T08:00:00.000Z',
    timezone: 'UTC',
    ...over,
  });
const only = (part: Part) => compose([part])?.trials[0];
const registration = (kind: string): Change => ({ facet: 'registration', kind, before: null, after: null });
const member = (kind: 'entered' | 'left') => makeItems([registration(kind)], { kind, subscriptionId: 2 });
const told = (change: Change, subscriptionId: number) => makeItems([change], { subscriptionId });
const plain = (facet: Change['facet'], kind: string = facet): Change => ({
  facet,
  kind,
  before: 'a',
  after: 'b',
});
const site = (ref: number, place: Partial<NonNullable<Change['site']>>): Change => ({
  facet: 'sites',
  kind: 'site-added',
  before: null,
  after: 'RECRUITING',
  site: makeSite({ ref, ...place }),
});

describe('a digest’s words about one trial', () => {
  it('C12: that changes are held back is in the digest, and only then', () => {
    const items = makeItems([statusChange]);
    expect(compose([{ items }], { checking: true })?.checking).toBe(true);
    expect(compose([{ items }])).not.toHaveProperty('checking');
  });

  it('D1: a trial somebody follows by number is not called new when it comes to match a condition', () => {
    const items = [...member('entered'), ...told(statusChange, 2)];
    const reasons = [reasonCondition, reasonTrial];
    expect(only({ items, reasons })).toMatchObject({ kind: 'told', changes: [statusChange] });
  });

  it('D1: nor one that reached the reader by another subscription before', () => {
    const items = [...told(statusChange, 2), ...told(plain('title'), 9), ...member('entered')];
    expect(only({ items, reasons: [reasonCondition] })).toMatchObject({
      kind: 'told',
      changes: [statusChange, plain('title')],
    });
  });

  it('D1: a trial that entered and was then removed from the registry is not told as new', () => {
    const items = [...member('entered'), ...told(statusChange, 2), ...told(registration('removed'), 2)];
    expect(compose([{ items, reasons: [reasonCondition] }])).toBeNull();
  });

  it('D1: a followed trial that comes to match with nothing else to say is told as entered', () => {
    expect(only({ items: member('entered'), reasons: [reasonTrial, reasonCondition] })).toMatchObject({
      kind: 'entered',
      changes: [registration('entered')],
    });
  });

  it('M3: a trial that no longer matches keeps what changed, that it left standing last', () => {
    const items = [...told(plain('title'), 1), ...member('left')];
    expect(only({ items, reasons: [reasonTrial, reasonCondition] })).toMatchObject({
      kind: 'left',
      changes: [plain('title'), registration('left')],
    });
  });

  it('a change alone makes the trial one that is told', () => {
    expect(only({ items: makeItems([statusChange]) })?.kind).toBe('told');
  });

  it('D2: weighty changes do not count as minor ones, nor as sites', () => {
    const weighty = [
      statusChange,
      plain('results', 'results-posted'),
      plain('dates', 'primary-completion-date'),
      plain('dates', 'completion-date'),
      plain('dates', 'start-date'),
      plain('expanded-access'),
    ];
    const changes = [...weighty, site(1, {}), plain('enrollment'), plain('title'), plain('sponsor')];
    const trial = only({ items: makeItems(changes) });
    expect(trial?.folded).toEqual([]);
    expect(trial?.changes).toHaveLength(changes.length);
  });

  it('D2: minor changes are folded by facet, sites by kind and country', () => {
    const minor = [plain('title'), plain('title', 'acronym'), plain('sponsor')];
    expect(only({ items: makeItems(minor) })?.folded).toEqual([
      { facet: 'title', kind: 'title', count: 2 },
      { facet: 'sponsor', kind: 'sponsor', count: 1 },
    ]);
  });
});

describe('the order of a digest', () => {
  it('D2: that a trial no longer matches stands below every change, and above UNKNOWN', () => {
    const unknown: Change = { facet: 'status', kind: 'status', before: 'RECRUITING', after: 'UNKNOWN' };
    const digest = compose([
      { id: 'NCT1', items: makeItems([unknown]) },
      { id: 'NCT2', items: member('left'), reasons: [reasonCondition] },
      { id: 'NCT3', items: makeItems([plain('description')]) },
    ]);
    expect(digest?.trials.map(({ card }) => card.id)).toEqual(['NCT3', 'NCT2', 'NCT1']);
  });

  it.each([[['NCT1', 'NCT2', 'NCT3']], [['NCT3', 'NCT2', 'NCT1']], [['NCT2', 'NCT3', 'NCT1']]])(
    'trials of one weight given as %j stand newest number first',
    (ids) => {
      const digest = compose(ids.map((id) => ({ id, items: makeItems([statusChange]) })));
      expect(digest?.trials.map(({ card }) => card.id)).toEqual(['NCT3', 'NCT2', 'NCT1']);
    },
  );

  it('sites stand by country, then city, then name', () => {
    const sites = [
      site(1, { country: 'Italy', city: 'Bari', facility: 'A' }),
      site(2, { country: 'France', city: 'Paris', facility: 'B' }),
      site(3, { country: 'France', city: 'Lyon', facility: 'C' }),
      site(4, { country: 'France', city: 'Paris', facility: 'A' }),
    ];
    expect(only({ items: makeItems(sites) })?.changes.map(({ site }) => site?.ref)).toEqual([3, 4, 2, 1]);
  });
});
