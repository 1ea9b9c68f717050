import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/core/change.ts';
import {
  composeDigest,
  type DigestInput,
  type DigestItem,
  type Reason,
  type TrialCard,
} from '../../../src/core/digests/digest.ts';
import {
  everyChange,
  makeCard,
  makeItems,
  makeSite,
  reasonCondition,
  reasonTrial,
  statusChange,
} from '../../support/trial-samples.ts';

const compose = (
  ...trials: { card?: TrialCard; items: DigestItem[]; reasons?: Reason[] }[]
): ReturnType<typeof composeDigest> => {
  const input: DigestInput = {
    trials: trials.map(({ card, items, reasons }) => ({
      card: card ?? makeCard(),
      items,
      reasons: reasons ?? [reasonTrial],
    })),
    dataDay: '2026-11-20',
    readAt: '2026-11-20T14:30:00.000Z',
    now: '2026-11-21T08:00:00.000Z',
    timezone: 'UTC',
  };
  return composeDigest(input);
};

const status = (before: string, after: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
});
const registration = (kind: string): Change => ({ facet: 'registration', kind, before: null, after: null });
const member = (kind: 'entered' | 'left') => makeItems([registration(kind)], { kind, subscriptionId: 2 });
const onlyCondition = [reasonCondition];

describe('composing a digest', () => {
  it('D1: nothing left after netting means no digest', () => {
    const items = makeItems([status('RECRUITING', 'SUSPENDED'), status('SUSPENDED', 'RECRUITING')]);
    expect(compose({ items })).toBeNull();
    expect(compose()).toBeNull();
    expect(compose({ items }, { items: makeItems([statusChange]) })?.trials).toHaveLength(1);
  });

  it('D8: what three days brought is one digest in the right order, whatever order it is given in', () => {
    const days = makeItems([
      status('NOT_YET_RECRUITING', 'RECRUITING'),
      status('RECRUITING', 'SUSPENDED'),
      status('SUSPENDED', 'TERMINATED'),
    ]);
    const digest = compose({ items: days.toReversed() });
    expect(digest?.trials[0]?.changes).toEqual([status('NOT_YET_RECRUITING', 'TERMINATED')]);
  });

  it('D1: a registration includes later changes of the same trial, and a trial that was removed again is silent', () => {
    const later = [status('NOT_YET_RECRUITING', 'RECRUITING'), ...everyChange.slice(3, 6)];
    const digest = compose({ items: makeItems([registration('registered'), ...later]) });
    expect(digest?.trials[0]).toMatchObject({
      kind: 'told',
      changes: [registration('registered')],
      folded: [],
    });
    expect(
      compose({ items: makeItems([registration('registered'), ...later, registration('removed')]) }),
    ).toBeNull();
  });

  it('D1: entering includes later changes; entered and left again is silent; left and entered again tells the rest', () => {
    const told = makeItems([statusChange], { subscriptionId: 2 });
    expect(
      compose({ items: [...member('entered'), ...told], reasons: onlyCondition })?.trials[0],
    ).toMatchObject({
      kind: 'entered',
      changes: [registration('entered')],
    });
    expect(
      compose({ items: [...member('entered'), ...told, ...member('left')], reasons: onlyCondition }),
    ).toBeNull();
    expect(compose({ items: member('left'), reasons: onlyCondition })?.trials[0]).toMatchObject({
      kind: 'left',
    });
    expect(compose({ items: [...member('left'), ...member('entered')], reasons: onlyCondition })).toBeNull();
    const both = compose({
      items: [...member('left'), ...told, ...member('entered')],
      reasons: onlyCondition,
    });
    expect(both?.trials[0]).toMatchObject({ kind: 'told', changes: [statusChange] });
  });

  it('L7, D1: somebody who follows the trial itself still hears its changes when it also enters a condition', () => {
    const items = [...member('entered'), ...makeItems([statusChange])];
    const direct = compose({ items, reasons: [reasonTrial, reasonCondition] });
    expect(direct?.trials[0]).toMatchObject({ kind: 'told', changes: [statusChange] });
    const other = compose({
      items: [...makeItems([statusChange], { subscriptionId: 9 }), ...member('entered')],
      reasons: onlyCondition,
    });
    expect(other?.trials[0]).toMatchObject({ kind: 'told', changes: [statusChange] });
  });

  it('D2: trials and changes stand weightiest first, UNKNOWN last, sites by country', () => {
    const titles: [string, Change[]][] = [
      ['unknown', [status('RECRUITING', 'UNKNOWN')]],
      ['finished', [status('RECRUITING', 'COMPLETED')]],
      ['sites', [everyChange[7] ?? statusChange]],
      ['paused', [everyChange[3] ?? statusChange, status('RECRUITING', 'SUSPENDED')]],
      ['dates', [everyChange[3] ?? statusChange]],
      ['closed', [status('RECRUITING', 'ACTIVE_NOT_RECRUITING')]],
      ['enrollment', [everyChange[10] ?? statusChange]],
      ['stopped', [status('RECRUITING', 'TERMINATED')]],
      ['opened', [statusChange]],
      ['results', [everyChange[2] ?? statusChange]],
    ];
    const digest = compose(
      ...titles.map(([title, changes], n) => ({
        card: makeCard({ title, id: `NCT0000000${n}` }),
        items: makeItems(changes),
      })),
    );
    expect(digest?.trials.map(({ card }) => card.title)).toEqual([
      'opened',
      'paused',
      'stopped',
      'closed',
      'results',
      'finished',
      'dates',
      'sites',
      'enrollment',
      'unknown',
    ]);
    expect(digest?.trials[1]?.changes.map(({ facet }) => facet)).toEqual(['status', 'dates']);
  });

  it('D2: sites beyond the first few are counted by kind and country, nothing lost', () => {
    const sites = Array.from(
      { length: 40 },
      (_, n): Change => ({
        facet: 'sites',
        kind: 'site-added',
        before: null,
        after: 'RECRUITING',
        site: makeSite({ ref: n, country: n % 4 === 0 ? 'France' : 'Germany' }),
      }),
    );
    const trial = compose({ items: makeItems(sites) })?.trials[0];
    expect(trial?.changes).toHaveLength(6);
    expect(trial?.changes.map(({ site }) => site?.country)).toEqual(Array(6).fill('France'));
    expect(trial?.folded).toEqual([
      { facet: 'sites', kind: 'site-added', count: 4, country: 'France' },
      { facet: 'sites', kind: 'site-added', count: 30, country: 'Germany' },
    ]);
  });

  it('D2: many minor changes become one line, a few are told', () => {
    const minor = everyChange.slice(11);
    const few = compose({ items: makeItems(minor.slice(0, 2)) })?.trials[0];
    expect([few?.changes.length, few?.folded.length]).toEqual([2, 0]);
    const many = compose({ items: makeItems([statusChange, ...minor]) })?.trials[0];
    expect(many?.changes).toEqual([statusChange]);
    expect(many?.folded.map(({ facet }) => facet).toSorted()).toEqual(
      [...new Set(minor.map(({ facet }) => facet))].toSorted(),
    );
    expect(many?.folded.reduce((sum, { count }) => sum + count, 0)).toBe(minor.length);
  });

  it('L6, D10: an error while composing is thrown, and there is no digest', () => {
    const broken = { ...statusChange } as Change;
    Object.defineProperty(broken, 'facet', {
      get: () => {
        throw new Error('a broken change');
      },
    });
    expect(() => compose({ items: makeItems([broken]) })).toThrow('a broken change');
  });

  it('composing leaves its input as it was, and gives the same for the same', () => {
    const items = makeItems(everyChange);
    const copy = structuredClone(items);
    const first = compose({ items });
    expect(compose({ items })).toEqual(first);
    expect(items).toEqual(copy);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  });
});
