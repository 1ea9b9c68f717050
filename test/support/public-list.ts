import { asFollowed } from '../../src/core/subscriptions/understand-condition.ts';
import { makeList } from '../../src/use-cases/lists/own-lists.ts';
import type { World } from './world.ts';

/** Makes a public list of trials of ClinicalTrials.gov for the first person of a world, and returns its path. */
export async function makePublicList({ context }: World, trials: readonly string[]): Promise<string> {
  const owner = await context.db.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
  const entries = trials.map((id) => ({ understood: asFollowed('ctgov', id, id), reason: '' }));
  const texts = { name: 'Made-up list', organization: '', isPublic: true };
  await makeList(context, owner.id, { ...texts, entries }, context.now());
  return '/lists/made-up-list';
}
