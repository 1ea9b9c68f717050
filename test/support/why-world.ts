import { sql } from 'kysely';
import type { Change, Facet } from '../../src/core/change.ts';
import type { Digest } from '../../src/core/digests/digest.ts';
import type { SubscriptionFilters } from '../../src/core/subscriptions/filters.ts';
import { explainChanges } from '../../src/core/why/explain.ts';
import type { Explanation, WhyFacts } from '../../src/core/why/facts.ts';
import { releaseChanges, writeChanges } from '../../src/db/ingest/changes.ts';
import { openRun } from '../../src/db/ingest/runs.ts';
import { readWhyFacts } from '../../src/use-cases/admin/why-facts.ts';
import { readDigests } from './digest-contents.ts';
import type { Wish, World } from './world.ts';

/** One person and one trial in a world of many, and their events. */
export type Stage = {
  email: string;
  /** The trial and its made-up illness. */
  trial: string;
  illness: string;
  /** Follows something, by default the trial. */
  follow(wish?: Wish, more?: Partial<Columns>): Promise<void>;
  /** Adds a change as a run finds it, released unless held or left pending; each in a later version. */
  detect(
    change: Partial<Change>,
    how?: { state?: 'pending' | 'held'; otherTopics?: boolean },
  ): Promise<number>;
  set(columns: Partial<Columns>): Promise<void>;
  /** Actions for after everybody is set up. */
  last: () => Promise<void>;
  world: World;
};
type Columns = {
  state: string;
  filters: SubscriptionFilters;
  facets: Facet[];
};

/** Sets up a person and a trial, which must be in the world's registry. */
export function openStage(world: World, n: number): Stage {
  const { db } = world.context;
  const email = `reader${n}@example.net`;
  const trial = trialNumber(n);
  let version = 1;
  const set = async (columns: Partial<Columns>) => {
    for (const [name, value] of Object.entries(columns)) {
      const given = name === 'filters' ? sql`${JSON.stringify(value)}::jsonb` : sql`${value}`;
      await sql`update subscriptions set ${sql.ref(name)} = ${given}
        where id = (select max(id) from subscriptions where subscriber_id = ${subscriberOf(world, email)})`.execute(
        db,
      );
    }
  };
  return {
    email,
    trial,
    illness: illnessOf(n),
    world,
    set,
    last: async () => {},
    async follow(wish = { trials: [trial] }, more = {}) {
      await world.subscribe(email, wish);
      await set(more);
    },
    async detect(change, { state, otherTopics = false } = {}) {
      version += 1;
      const now = new Date(Date.parse(world.context.now()) + 60_000).toISOString();
      world.setNow(now);
      const runId = await openRun(db, {
        registry: 'ctgov',
        kind: 'poll',
        startedAt: now,
        dataTimestamp: null,
      });
      const stored = await db
        .selectFrom('trials')
        .select(['id', 'topics'])
        .where('registry_id', '=', trial)
        .executeTakeFirstOrThrow();
      const { rows } = await sql<{ topic: string }>`select distinct t.topic from subscriptions s
        cross join lateral unnest(s.topics) as t (topic) where (s.kind = 'condition' or s.registry_id = ${trial})
          and s.subscriber_id = ${subscriberOf(world, email)}`.execute(db);
      const topics = [...new Set([...stored.topics, ...rows.map((row) => row.topic)])];
      const whole: Change = {
        facet: 'status',
        kind: 'status',
        before: 'RECRUITING',
        after: 'SUSPENDED',
        ...change,
      };
      const detected = {
        ...{
          trialId: stored.id,
          version,
          change: whole,
          weight: 1,
          topics,
          otherTopics: otherTopics ? topics : null,
        },
        ...{ silent: false, emptied: false, byCalendar: false, otherTrial: false },
      };
      await db.transaction().execute(async (tx) => {
        await writeChanges(tx, [detected], { runId, detectedAt: now });
        if (state === 'held')
          await sql`update changes set state = 'held', held_by = run_id where run_id = ${runId}`.execute(tx);
        else if (state !== 'pending') await releaseChanges(tx, 'ctgov', now);
      });
      const row = await db
        .selectFrom('changes')
        .select('id')
        .where('run_id', '=', runId)
        .executeTakeFirstOrThrow();
      return row.id;
    },
  };
}

const subscriberOf = ({ context }: World, email: string) =>
  sql`(select id from subscribers where address_hash = ${context.keys.hashAddress(email)})`;

/** The number of a stage's trial. */
export const trialNumber = (n: number) => `NCT${String(9_700_000 + n).padStart(8, '0')}`;
/** A made-up illness of this trial only. */
export const illnessOf = (n: number) =>
  `${'bcdfghjklm'[Math.floor(n / 10)]}${'aeiou'[n % 5]}${'lrnst'[Math.floor((n % 10) / 5)]}ovosis`;

/** The facts about a stage's person and trial, or null. */
export async function readStage({
  world,
  email,
  trial,
}: Pick<Stage, 'world' | 'email' | 'trial'>): Promise<WhyFacts | null> {
  const { db, keys, config, now } = world.context;
  const { rows } = await sql<{ subscriberId: number; trialId: number }>`
    select p.id as "subscriberId", t.id as "trialId" from subscribers p, trials t
    where p.address_hash = ${keys.hashAddress(email)} and t.registry_id = ${trial}`.execute(db);
  const asked = rows[0];
  if (!asked) return null;
  return readWhyFacts({ db, keys, config }, { ...asked, changeId: null, changesAtMost: 20 }, now());
}

/** The explanations of all changes of a stage's trial, by change. */
export async function explainStage(
  stage: Pick<Stage, 'world' | 'email' | 'trial'>,
): Promise<Map<number, Explanation>> {
  const facts = await readStage(stage);
  return facts ? explainChanges(facts) : new Map();
}

/** A person's digest about a trial: when it was planned, and its content. */
export type ToldDigest = { id: number; plannedAt: string; content: Digest };

/** Every digest of a stage's person. */
export async function listDigestsOf({ world, email }: Pick<Stage, 'world' | 'email'>): Promise<ToldDigest[]> {
  return readDigests(world.context.db, sql`subscriber_id = ${subscriberOf(world, email)}`);
}

/** Whether a digest reports a change: in a line for its facet and site, folded, or with a trial reported as new. */
export function tells({ content }: ToldDigest, trial: string, change: Change): boolean {
  const found = content.trials.find(({ card }) => card.id === trial);
  if (!found) return false;
  if (found.changes.some(({ kind }) => kind === 'registered' || kind === 'entered')) return true;
  return [...found.changes, ...found.folded].some(
    (line) =>
      line.facet === change.facet &&
      (!('site' in line) || line.site?.facility === change.site?.facility) &&
      (change.facet !== 'registration' || line.kind === change.kind),
  );
}
