import { sql } from 'kysely';
import type { Facet } from '../../core/change.ts';
import type { MailKind } from '../../core/digests/mail-kinds.ts';
import type { Topic } from '../../core/matching/topics.ts';
import type { Frequency } from '../../core/schedule.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import type { SubjectStyle } from '../../core/subscriptions/subject-styles.ts';
import type { Instant } from '../../core/trial.ts';
import type { Db, Tx } from '../connect.ts';
import type { Actor, Phase } from '../schema.ts';

/** A person's number and subscription counts, without address or private texts. */
export type PersonCounts = { id: number; active: number; paused: number; pending: number };

/** People, newest first; with `before`, only older ones. */
export async function listPeople(
  db: Db,
  page: { before: number | null; limit: number },
): Promise<PersonCounts[]> {
  const { rows } = await sql<PersonCounts>`
    select p.id, c.active, c.paused, c.pending from (
      select id from subscribers where ${page.before}::bigint is null or id < ${page.before}
      order by id desc limit ${page.limit}) p
    cross join lateral (select count(*) filter (where s.state = 'active') as active,
      count(*) filter (where s.state = 'paused') as paused, count(*) filter (where s.state = 'pending') as pending
      from subscriptions s where s.subscriber_id = p.id) c order by p.id desc`.execute(db);
  return rows;
}

/** The number of people. */
export async function countPeople(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from subscribers`.execute(db);
  return rows[0]?.count ?? 0;
}

const follows = (topics: readonly Topic[]) =>
  sql`s.topics && ${[...topics]}::text[] and s.state in ('active', 'paused')`;

/**
 * The people who follow one of these topics, including paused subscriptions, by number; with `after`, only
 * higher numbers.
 */
export async function listFollowers(
  db: Db,
  topics: readonly Topic[],
  page: { after: number | null; limit: number },
): Promise<PersonCounts[]> {
  const { rows } = await sql<PersonCounts>`
    select s.subscriber_id as id, count(*) filter (where s.state = 'active') as active,
      count(*) filter (where s.state = 'paused') as paused, 0 as pending
    from subscriptions s where ${follows(topics)} and s.subscriber_id > ${page.after ?? 0}
    group by s.subscriber_id order by s.subscriber_id limit ${page.limit}`.execute(db);
  return rows;
}

/** The number of people who follow one of these topics. */
export async function countFollowers(db: Db, topics: readonly Topic[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct s.subscriber_id) as count from subscriptions s where ${follows(topics)}`.execute(
    db,
  );
  return rows[0]?.count ?? 0;
}

/** A person as admins see them. The address is encrypted, and decrypted only for authorised staff. */
export type Person = {
  id: number;
  address: Buffer;
  language: string;
  timezone: string;
  hour: number;
  subject: SubjectStyle;
  noNewsNotes: boolean;
  nextDueAt: Instant | null;
  lastDigestAt: Instant | null;
  createdAt: Instant;
};

/** A person by number; null if there is none. */
export async function readPerson(db: Db | Tx, id: number): Promise<Person | null> {
  const { rows } = await sql<Person>`
    select id, address, language, timezone, hour, subject, no_news_notes as "noNewsNotes", next_due_at as "nextDueAt",
      last_digest_at as "lastDigestAt", created_at as "createdAt" from subscribers where id = ${id}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** A subscription as admins see it. Its note and list name are not read at all (P12). */
export type PersonSubscription = {
  id: number;
  state: 'pending' | 'active' | 'paused' | 'ended';
  kind: 'trial' | 'condition';
  registryId: string | null;
  title: string | null;
  words: string;
  conceptTerm: string | null;
  filters: SubscriptionFilters;
  facets: Facet[];
  frequency: Frequency;
  weekday: number;
  isWatched: boolean;
  nextDueAt: Instant | null;
  createdAt: Instant;
  endedAt: Instant | null;
  pausedUntil: Instant | null;
  addedBy: Actor;
  haltedBy: Actor;
  consents: { way: string; wordingVersion: string; minAge: number; givenAt: Instant }[];
};

/** A person's active, pending and recently stopped subscriptions, oldest first, with their consents (P4). */
export async function listPersonSubscriptions(db: Db, subscriberId: number): Promise<PersonSubscription[]> {
  const { rows } = await sql<Omit<PersonSubscription, 'consents'>>`
    select s.id, s.state, s.kind, s.registry_id as "registryId", t.title, s.words, s.concept_term as "conceptTerm",
      s.filters, s.facets, s.frequency, s.weekday, s.watching_since is not null as "isWatched",
      s.next_due_at as "nextDueAt", s.created_at as "createdAt", s.ended_at as "endedAt",
      s.paused_until as "pausedUntil", s.added_by as "addedBy", s.halted_by as "haltedBy"
    from subscriptions s left join trials t on t.registry = s.registry and t.registry_id = s.registry_id
    where s.subscriber_id = ${subscriberId} order by s.id`.execute(db);
  const { rows: consents } = await sql<PersonSubscription['consents'][number] & { subscriptionId: number }>`
    select k.subscription_id as "subscriptionId", k.way, k.wording_version as "wordingVersion", k.min_age as "minAge",
      k.given_at as "givenAt"
    from subscriptions s join consents k on k.subscription_id = s.id
    where s.subscriber_id = ${subscriberId} order by k.id`.execute(db);
  const given = Map.groupBy(consents, ({ subscriptionId }) => subscriptionId);
  return rows.map((row) => ({ ...row, consents: given.get(row.id) ?? [] }));
}

/** A mail of the ledger, without address and content. */
export type PersonMail = {
  id: number;
  kind: MailKind;
  phase: Phase;
  dueAt: Instant;
  finishedAt: Instant | null;
  attempts: number;
  wasAmbiguous: boolean;
  reply: string | null;
};

/** A person's latest mails, newest first. */
export async function listPersonMails(db: Db, subscriberId: number, limit: number): Promise<PersonMail[]> {
  const { rows } = await sql<PersonMail>`
    select id, kind, phase, due_at as "dueAt", finished_at as "finishedAt", attempts, was_ambiguous as "wasAmbiguous", reply
    from deliveries where subscriber_id = ${subscriberId} order by id desc limit ${limit}`.execute(db);
  return rows;
}

/** Selects a locked person's subscriptions in one of these states, with who last paused or ended each. */
export async function pickSubscriptions(
  tx: Tx,
  subscriberId: number,
  which: number | 'all',
  states: readonly PersonSubscription['state'][],
): Promise<{ id: number; haltedBy: Actor }[]> {
  const { rows } = await sql<{ id: number; haltedBy: Actor }>`
    select id, halted_by as "haltedBy" from subscriptions where subscriber_id = ${subscriberId} and state = any(${[...states]}::text[])
      and (${which === 'all'} or id = ${which === 'all' ? null : which}::bigint) order by id`.execute(tx);
  return rows;
}

/** Whether a kind of mail was planned for a person after an instant. */
export async function wasMailedSince(
  tx: Tx,
  subscriberId: number,
  kind: MailKind,
  since: Instant,
): Promise<boolean> {
  const { rows } = await sql`select from deliveries
    where subscriber_id = ${subscriberId} and kind = ${kind} and planned_at > ${since} limit 1`.execute(tx);
  return rows.length > 0;
}
