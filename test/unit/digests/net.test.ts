import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change, Json } from '../../../src/core/change.ts';
import { netChanges } from '../../../src/core/digests/net.ts';
import { sameValue } from '../../../src/core/digests/net-places.ts';
import { trialStatuses } from '../../../src/core/trial.ts';
import { makeSite } from '../../support/trial-samples.ts';

const status = (before: string, after: string, whyStopped?: string): Change => ({
  facet: 'status',
  kind: 'status',
  before,
  after,
  ...(whyStopped ? { whyStopped } : {}),
});
const why = (before: string | null, after: string | null): Change => ({
  facet: 'status',
  kind: 'why-stopped',
  before,
  after,
});

/** What a walk through states comes to, told by looking at its two ends only. */
type Walk = {
  states: Json[];
  changesOf: (before: Json, after: Json) => Change;
  netOf: (before: Json, after: Json) => Change;
};

const scalar = (facet: Change['facet'], kind: string): Pick<Walk, 'changesOf' | 'netOf'> => {
  const make = (before: Json, after: Json): Change => ({ facet, kind, before, after });
  return { changesOf: make, netOf: make };
};

/** `absent` is no site; null is a site without a status. */
const siteChange =
  (ref: number) =>
  (before: Json, after: Json): Change => ({
    facet: 'sites',
    kind: before === 'absent' ? 'site-added' : after === 'absent' ? 'site-removed' : 'site-status',
    before: before === 'absent' ? null : before,
    after: after === 'absent' ? null : after,
    site: makeSite({ ref }),
  });

const date = fc.record({
  date: fc.constantFrom('2026', '2026-07', '2026-07-31', '2027-01'),
  precision: fc.constant('day'),
  type: fc.constantFrom('ACTUAL', 'ESTIMATED', null),
});
const walks = fc.oneof(
  fc
    .array(fc.constantFrom<Json>(...trialStatuses.slice(0, 4)), { minLength: 2, maxLength: 7 })
    .map((states) => ({
      states,
      ...scalar('status', 'status'),
    })),
  fc.array(fc.option(date), { minLength: 2, maxLength: 6 }).map((states) => ({
    states: states as Json[],
    ...scalar('dates', 'completion-date'),
  })),
  fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.constantFrom<Json>('absent', null, 'RECRUITING', 'COMPLETED'), {
        minLength: 2,
        maxLength: 7,
      }),
    )
    .map(([ref, states]) => ({ states, changesOf: siteChange(ref), netOf: siteChange(ref) })),
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 6 }).map((states) => ({
    states: states as Json[],
    ...scalar('enrollment', 'enrollment'),
  })),
);

function stepsOf({ states, changesOf }: Walk): Change[] {
  return states.flatMap((after, n) => {
    const before = states[n - 1];
    return n === 0 || before === undefined || sameValue(before, after) ? [] : [changesOf(before, after)];
  });
}

function holdsFor(net: (changes: readonly Change[]) => Change[]): fc.RunDetails<[Walk[]]> {
  return fc.check(
    fc.property(fc.uniqueArray(walks, { selector: keyOfWalk, maxLength: 4 }), (several) => {
      const steps = several.map(stepsOf);
      const longest = Math.max(0, ...steps.map((list) => list.length));
      // Interleaved: what happens to one value has no bearing on another.
      const mixed = Array.from({ length: longest }, (_, n) => steps.flatMap((list) => list[n] ?? [])).flat();
      const wanted = several.flatMap(({ states, netOf }) => {
        const before = states[0] ?? null;
        const after = states.at(-1) ?? null;
        return sameValue(before, after) ? [] : [netOf(before, after)];
      });
      const byKey = (list: Change[]) => list.map((change) => JSON.stringify(sorted(change))).toSorted();
      expect(byKey(net(mixed))).toEqual(byKey(wanted));
    }),
    { numRuns: 2_000, endOnFailure: true },
  );
}

function keyOfWalk(walk: Walk): string {
  const { facet, kind, site } = walk.netOf('absent', 'RECRUITING');
  return site ? `site ${site.ref}` : `${facet} ${kind}`;
}

function sorted(change: Change): unknown {
  return Object.entries(change).toSorted(([one], [other]) => (one < other ? -1 : 1));
}

describe('net effect', () => {
  it('D1, C6: whatever happened in between, what is told is the two ends (2,000 random walks)', () => {
    expect(holdsFor(netChanges)).toMatchObject({ failed: false });
  });

  it('D1: the same property fails for an implementation that tells only the last step', () => {
    const lastOnly = (changes: readonly Change[]) => [
      ...new Map(
        changes.map((change) => [`${change.facet} ${change.kind} ${change.site?.ref}`, change]),
      ).values(),
    ];
    expect(holdsFor(lastOnly).failed).toBe(true);
  });

  it('L1, D1: A→B→A is silent, A→B→A→B is told as A→B', () => {
    const there = status('RECRUITING', 'SUSPENDED', 'on hold');
    const back = status('SUSPENDED', 'RECRUITING');
    expect(netChanges([there, back])).toEqual([]);
    expect(netChanges([there, back, there])).toEqual([there]);
  });

  it('a reason joins its status, with the newest words', () => {
    expect(netChanges([status('RECRUITING', 'SUSPENDED', 'a'), why('a', 'b')])).toEqual([
      status('RECRUITING', 'SUSPENDED', 'b'),
    ]);
    expect(netChanges([why('a', 'b'), why('b', 'c')])).toEqual([why('a', 'c')]);
    expect(netChanges([why('a', 'b'), why('b', 'a')])).toEqual([]);
    expect(netChanges([why('a', 'b'), status('SUSPENDED', 'RECRUITING')])).toEqual([
      status('SUSPENDED', 'RECRUITING'),
    ]);
  });

  it('results submitted, then posted, then updated are posted', () => {
    const results = (kind: string, before: Json, after: Json): Change => ({
      facet: 'results',
      kind,
      before,
      after,
    });
    const submitted = results('results-submitted', null, '2026-11-01');
    const posted = results('results-posted', null, '2026-11-10');
    const updated = results('results-updated', 'x', 'y');
    expect(netChanges([submitted, posted, updated])).toEqual([posted]);
    expect(netChanges([submitted])).toEqual([submitted]);
    expect(netChanges([updated, results('results-updated', 'y', 'x')])).toEqual([]);
  });

  it('C3: two real sites in one place stay two, without numbers of their own', () => {
    const added: Change = {
      facet: 'sites',
      kind: 'site-added',
      before: null,
      after: null,
      site: makeSite({ ref: null }),
    };
    expect(netChanges([added, added])).toHaveLength(2);
    expect(netChanges([added, { ...added, kind: 'site-removed' }])).toEqual([]);
  });

  it('changes without values are told once, and never taken for a return', () => {
    const contacts: Change = { facet: 'contacts', kind: 'contacts', before: null, after: null };
    expect(netChanges([contacts])).toEqual([contacts]);
    expect(netChanges([contacts, contacts])).toEqual([contacts]);
  });

  it('list changes that do not follow from one another all stay', () => {
    const criteria = (after: string): Change => ({
      facet: 'eligibility',
      kind: 'criteria',
      before: null,
      after,
    });
    expect(netChanges([criteria('a'), criteria('b')])).toHaveLength(2);
  });

  it('removed and returned within one digest cancel', () => {
    const registration = (kind: string): Change => ({
      facet: 'registration',
      kind,
      before: null,
      after: null,
    });
    expect(netChanges([registration('removed'), registration('returned')])).toEqual([]);
    expect(netChanges([registration('removed')])).toEqual([registration('removed')]);
    expect(netChanges([registration('registered'), registration('removed')])).toEqual([]);
    expect(
      netChanges([registration('registered'), registration('removed'), registration('returned')]),
    ).toEqual([registration('registered')]);
  });
});
