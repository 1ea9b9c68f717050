import { type Kysely, sql } from 'kysely';

const isOfConcept = sql`topic like 'phrase:%' and split_part(topic, ':', 2) <> '-'`;
const itsConcept = sql`'concept:' || split_part(topic, ':', 2)`;

/** `topics` with the concept of each phrase that stands for one. */
const withConcepts = (topics: string) => sql`(
  select array_agg(distinct t.topic) from (
    select topic from unnest(${sql.ref(topics)}) as own (topic)
    union select ${itsConcept} from unnest(${sql.ref(topics)}) as own (topic) where ${isOfConcept}) as t)`;
const hasPhrase = (topics: string) =>
  sql`exists (select from unnest(${sql.ref(topics)}) as own (topic) where ${isOfConcept})`;

/**
 * A trial that names a condition is about the condition itself, not only about a followed phrase: trials and
 * changes found by such a phrase get the condition's topic, so that subscriptions need no other.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`update trials set topics = ${withConcepts('topics')} where ${hasPhrase('topics')}`.execute(db);
  await sql`
    update changes set topics = ${withConcepts('topics')},
      other_topics = case when other_topics is null then null else coalesce(${withConcepts('other_topics')}, '{}') end
    where ${hasPhrase('topics')} or (other_topics is not null and ${hasPhrase('other_topics')})`.execute(db);
  await sql`
    insert into topic_changes (topic, position)
    select distinct ${itsConcept}, position from topic_changes where ${isOfConcept} on conflict do nothing`.execute(
    db,
  );
}
