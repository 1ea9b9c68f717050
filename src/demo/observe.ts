import type { Change, Edit } from '../core/change.ts';
import { cardOf } from '../core/digests/card.ts';
import type { Digest } from '../core/digests/digest.ts';
import { openContent } from '../core/digests/stored-digest.ts';
import type { Instant, Trial } from '../core/trial.ts';
import { listCandidates } from '../db/digests/digests.ts';
import { readHorizon } from '../db/ingest/changes.ts';
import { storedContent } from '../db/stored-content.ts';
import { trialIn } from '../db/stored-trial.ts';
import type { Context } from '../jobs/context.ts';

/** The news of one poll about one trial. */
export type TrialNews = {
  id: string;
  trial: Trial;
  /** Its topics; a subscription to one of them matches the trial. */
  topics: string[];
  told: Change[];
  /** Edits that are only in the history or folded into a more important change, with their reasons. */
  quiet: Edit[];
};

/** A subscription with the changes that wait for its next digest. */
export type Waiting = {
  email: string;
  subscriptionId: number;
  words: string;
  frequency: string;
  topics: string[];
  facets: string[];
  nextDueAt: Instant | null;
  trials: Map<string, Change[]>;
  /** Numbers of trials that it matches too, but that another subscription of the person has already reported. */
  toldElsewhere: string[];
};

/** The number of records that the polls of an instant saw, and their news: trials with changes first. */
export async function readPolls(context: Context, at: Instant): Promise<{ seen: number; news: TrialNews[] }> {
  const { db } = context;
  const runs = await db
    .selectFrom('runs')
    .select(['id', 'seen'])
    .where('kind', '=', 'poll')
    .where('started_at', '=', at)
    .execute();
  const ids = runs.map(({ id }) => id);
  const versions = await db
    .selectFrom('trial_versions as v')
    .innerJoin('trials as t', 't.id', 'v.trial_id')
    .leftJoin('edits as e', (join) =>
      join.onRef('e.trial_id', '=', 'v.trial_id').onRef('e.version', '=', 'v.version'),
    )
    .leftJoin('trial_versions as b', (join) =>
      join.onRef('b.trial_id', '=', 'v.trial_id').onRef('b.version', '=', 'v.base'),
    )
    .select(['t.id', 't.registry_id', 't.topics', 'v.trial', 'v.packed', 'b.packed as base', 'e.edits'])
    .where('v.run_id', 'in', ids)
    .orderBy('t.registry_id')
    .execute();
  const changes = await db
    .selectFrom('changes')
    .select(['trial_id', 'change'])
    .where('run_id', 'in', ids)
    .orderBy('weight', 'desc')
    .orderBy('id')
    .execute();
  const news = versions.map((version) => ({
    id: version.registry_id,
    trial: trialIn(version),
    topics: version.topics,
    told: changes.filter((one) => one.trial_id === version.id).map((one) => one.change),
    quiet: (version.edits ?? []).filter((edit) => edit.fate !== 'told'),
  }));
  return {
    seen: runs.reduce((sum, run) => sum + run.seen, 0),
    news: news.toSorted((a, b) => Number(b.told.length > 0) - Number(a.told.length > 0)),
  };
}

/** Every active subscription with its waiting changes. */
export async function readWaiting(context: Context): Promise<Waiting[]> {
  const { db, keys } = context;
  const subscriptions = await db
    .selectFrom('subscriptions as s')
    .innerJoin('subscribers as p', 'p.id', 's.subscriber_id')
    .select(['s.id', 's.subscriber_id', 's.words', 's.frequency', 's.topics', 's.facets', 's.position'])
    .select(['s.next_due_at', 'p.address'])
    .where('s.state', '=', 'active')
    .orderBy('s.id')
    .execute();
  const candidates = await db.transaction().execute(async (tx) =>
    listCandidates(
      tx,
      subscriptions.map(({ id }) => id),
      await readHorizon(tx),
    ),
  );
  const told = await db
    .selectFrom('digest_items as i')
    .innerJoin('changes as c', 'c.id', 'i.change_id')
    .innerJoin('trials as t', 't.id', 'c.trial_id')
    .select(['i.subscriber_id', 'i.subscription_id', 'c.topics', 'c.position', 'c.facet', 't.registry_id'])
    .where('i.digest_id', 'is not', null)
    .execute();
  const ids = new Map(
    (await db.selectFrom('trials').select(['id', 'registry_id']).execute()).map((row) => [
      row.id,
      row.registry_id,
    ]),
  );
  return subscriptions.map((subscription) => {
    const mine = candidates.filter(({ subscriptionId }) => subscriptionId === subscription.id);
    const elsewhere = told.filter(
      (item) =>
        item.subscriber_id === subscription.subscriber_id &&
        item.subscription_id !== subscription.id &&
        (item.position ?? 0) > (subscription.position ?? 0) &&
        subscription.facets.some((facet) => facet === item.facet) &&
        item.topics.some((topic) => subscription.topics.includes(topic)),
    );
    const byTrial = Map.groupBy(mine, ({ trialId }) => ids.get(trialId) ?? '');
    return {
      email: keys.decrypt(subscription.address),
      subscriptionId: subscription.id,
      words: subscription.words,
      frequency: subscription.frequency,
      topics: subscription.topics,
      facets: subscription.facets,
      nextDueAt: subscription.next_due_at,
      trials: new Map([...byTrial].map(([id, ones]) => [id, ones.map(({ change }) => change)])),
      toldElsewhere: [...new Set(elsewhere.map((item) => item.registry_id))],
    };
  });
}

/** When the next person is due. */
export async function readNextDue(context: Context): Promise<Instant | null> {
  const row = await context.db
    .selectFrom('subscribers')
    .select('next_due_at')
    .where('next_due_at', 'is not', null)
    .orderBy('next_due_at')
    .limit(1)
    .executeTakeFirst();
  return row?.next_due_at ?? null;
}

/** The sent digests with their recipients, oldest first, without the first `skipped`. */
export async function readDigests(
  context: Context,
  skipped: number,
): Promise<{ email: string; digest: Digest }[]> {
  const rows = await context.db
    .selectFrom('deliveries as d')
    .innerJoin('digests as g', 'g.id', 'd.digest_id')
    .innerJoin('subscribers as p', 'p.id', 'd.subscriber_id')
    .select(['p.address', storedContent.as('content')])
    .where('d.phase', '=', 'sent')
    .orderBy('d.id')
    .offset(skipped)
    .execute();
  return rows.flatMap(({ address, content }) =>
    content ? { email: context.keys.decrypt(address), digest: openContent(content) } : [],
  );
}

/** How many trials are stored. */
export async function countStoredTrials(context: Context): Promise<number> {
  return (await context.db.selectFrom('trials').select('id').execute()).length;
}

/** The cards of the stored trials, by number. */
export async function readCards(context: Context): Promise<Map<string, ReturnType<typeof cardOf>>> {
  const rows = await context.db
    .selectFrom('trials as t')
    .innerJoin('trial_versions as v', (join) =>
      join.onRef('v.trial_id', '=', 't.id').onRef('v.version', '=', 't.version'),
    )
    .leftJoin('trial_versions as b', (join) =>
      join.onRef('b.trial_id', '=', 'v.trial_id').onRef('b.version', '=', 'v.base'),
    )
    .select(['t.registry_id', 'v.trial', 'v.packed', 'b.packed as base'])
    .execute();
  return new Map(rows.map((row) => [row.registry_id, cardOf(trialIn(row))]));
}
