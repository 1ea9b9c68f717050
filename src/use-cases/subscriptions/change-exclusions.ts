import { type Exclusion, withExclusion, withoutExclusion } from '../../core/subscriptions/exclusions.ts';
import { readExclusions, setExclusions } from '../../db/subscribers/subscription-settings.ts';
import { lockSubscriber } from '../../db/subscribers/subscription-state.ts';
import type { UseCaseContext } from '../context.ts';

/** What a person says of their subscriptions: what does not fit each, or that it does after all. */
export type ExclusionAct = {
  kind: 'exclude' | 'include';
  of: readonly { subscriptionId: number; exclusions: readonly Exclusion[] }[];
};

/**
 * Narrows a person's subscriptions by what does not fit, or takes that back; nothing else of them changes. `full`: one
 * of them leaves out as much as it can, and nothing was changed. `nothing`: it was so before, or the subscriptions were
 * stopped, or the generation of the person's link is over.
 */
export async function changeExclusions(
  { db }: Pick<UseCaseContext, 'db'>,
  person: { id: number; generation: number | null },
  { kind, of }: ExclusionAct,
): Promise<'changed' | 'nothing' | 'full'> {
  return db.transaction().execute(async (tx) => {
    const locked = await lockSubscriber(tx, person.id, person.generation);
    if (!locked) return 'nothing';
    const stored = await readExclusions(
      tx,
      locked,
      of.map(({ subscriptionId }) => subscriptionId),
    );
    const changed = new Map<number, Exclusion[]>();
    for (const { subscriptionId, exclusions } of of) {
      const before = stored.get(subscriptionId);
      if (!before) continue;
      let after: Exclusion[] | null = before;
      for (const one of exclusions)
        after = after && (kind === 'exclude' ? withExclusion(after, one) : withoutExclusion(after, one));
      if (after === null) return 'full';
      if (after.length !== before.length) changed.set(subscriptionId, after);
    }
    for (const [id, exclusions] of changed) await setExclusions(tx, locked, id, exclusions);
    return changed.size > 0 ? 'changed' : 'nothing';
  });
}
