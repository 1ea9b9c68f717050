import { sql } from 'kysely';
import type { Topic } from '../../core/matching/topics.ts';
import type { Trial } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import { openVersion, type StoredVersion, storedVersion } from '../stored-trial.ts';

/** A stored trial for matching. */
export type MatchedTrial = { trialId: number; topics: Topic[]; trial: Trial };

/** A condition that is followed or stands on a list: the parts that matching derives. */
export type MatchedCondition = {
  id: number;
  words: string;
  conceptId: string | null;
  conceptTerm: string | null;
  phrases: string[];
  topics: Topic[];
};

/** A registry's stored trials after an id, in the order of their ids. */
export async function listMatchedTrials(
  db: Db | Tx,
  registry: string,
  after: number,
  atMost: number,
): Promise<MatchedTrial[]> {
  const { rows } = await sql<Omit<MatchedTrial, 'trial'> & StoredVersion>`
    select t.id as "trialId", t.topics, ${storedVersion}
    from trials t join trial_versions v on v.trial_id = t.id and v.version = t.version
    where t.registry = ${registry} and t.id > ${after} order by t.id limit ${atMost}`.execute(db);
  return rows.map(openVersion);
}

/** Replaces the topics of stored trials, without notifying anyone. */
export async function writeTopics(tx: Tx, trials: { trialId: number; topics: Topic[] }[]): Promise<void> {
  if (trials.length === 0) return;
  await sql`
    update trials t set topics = string_to_array(n.topics, E'\n')
    from unnest(${trials.map((one) => one.trialId)}::bigint[], ${trials.map((one) => one.topics.join('\n'))}::text[])
      as n (id, topics) where t.id = n.id`.execute(tx);
}

/** Where conditions are stored, and which of them are still matched. */
const conditionsIn = {
  subscriptions: sql`state <> 'ended'`,
  list_entries: sql`true`,
} as const;
/** A table with conditions. */
export type ConditionTable = keyof typeof conditionsIn;

/** Conditions of a table that are still matched, after an id, in the order of their ids. */
export async function listMatchedConditions(
  db: Db | Tx,
  table: ConditionTable,
  after: number,
  atMost: number,
): Promise<MatchedCondition[]> {
  const { rows } = await sql<MatchedCondition>`
    select id, words, concept_id as "conceptId", concept_term as "conceptTerm", phrases, topics from ${sql.table(table)}
    where kind = 'condition' and ${conditionsIn[table]} and id > ${after} order by id limit ${atMost} for update`.execute(
    db,
  );
  return rows;
}

/** Replaces the phrases and topics of a stored condition. */
export async function writeCondition(
  tx: Tx,
  table: ConditionTable,
  id: number,
  { phrases, topics }: { phrases: string[]; topics: Topic[] },
): Promise<void> {
  await sql`update ${sql.table(table)} set phrases = ${phrases}::text[], topics = ${topics}::text[]
    where id = ${id}`.execute(tx);
}
