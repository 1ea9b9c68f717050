import { type Kysely, sql } from 'kysely';

/**
 * Lists that one person makes and others follow. Each edit of a list has a number, its revision: by it, a follow knows
 * which trials and conditions it has taken over, and which it has been told of.
 *
 * Also what a registry's own history says of a record before its first reading, kept apart from versions and changes; and
 * the contents of digests as plain JSON.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table lists (
    id bigint generated always as identity primary key,
    subscriber_id bigint references subscribers on delete set null,
    slug text unique,
    former_slugs text[] not null default '{}',
    token_hash bytea unique,
    name text not null,
    organization text not null,
    revision integer not null default 0,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    ended_at timestamptz,
    ended_by text check (ended_by in ('owner', 'admin')),
    check (num_nonnulls(slug, token_hash) = 1)
  )`,
  'create index lists_by_owner on lists (subscriber_id)',
  `create table list_entries (
    id bigint generated always as identity primary key,
    list_id bigint not null references lists on delete cascade,
    kind text not null check (kind in ('trial', 'condition')),
    registry text not null,
    registry_id text,
    words text not null,
    concept_id text,
    concept_term text,
    phrases text[] not null,
    topics text[] not null,
    weekly_only boolean not null,
    reason text not null,
    added_in integer not null,
    added_at timestamptz not null,
    removed_in integer,
    removed_at timestamptz,
    check ((removed_in is null) = (removed_at is null))
  )`,
  'create index list_entries_by_list on list_entries (list_id)',
  `create table list_follows (
    id bigint generated always as identity primary key,
    list_id bigint not null references lists on delete cascade,
    subscriber_id bigint not null references subscribers on delete cascade,
    frequency text check (frequency in ('immediate', 'daily', 'weekly')),
    synced_in integer not null default 0,
    told_in integer not null default 0,
    told_at timestamptz,
    wording_version text,
    wording_hash text,
    way text,
    min_age smallint,
    wants_reports boolean not null default false,
    created_at timestamptz not null,
    confirmed_at timestamptz,
    ended_at timestamptz,
    check (confirmed_at is null or num_nonnulls(wording_version, wording_hash, way, min_age) = 4)
  )`,
  'create unique index list_follows_living on list_follows (list_id, subscriber_id) where ended_at is null',
  'create index list_follows_by_person on list_follows (subscriber_id)',
  'alter table subscriptions add column list_follow_id bigint references list_follows on delete set null',
  `create index subscriptions_by_list_follow on subscriptions (list_follow_id) where list_follow_id is not null`,
  `create table list_reports (
    id bigint generated always as identity primary key,
    list_id bigint not null references lists on delete cascade,
    content jsonb,
    ordered_at timestamptz not null,
    due_at timestamptz not null,
    promised_to bigint not null default 0,
    promised_at timestamptz,
    cancelled_at timestamptz,
    cancelled_by text check (cancelled_by in ('owner', 'admin')),
    check ((cancelled_at is null) = (cancelled_by is null)),
    check (content is not null or num_nonnulls(promised_at, cancelled_at) > 0)
  )`,
  'create index list_reports_by_list on list_reports (list_id)',
  `create index list_reports_open on list_reports (due_at) where promised_at is null and cancelled_at is null`,
  'alter table deliveries add column list_report_id bigint references list_reports on delete set null',
  `create unique index deliveries_once_by_report on deliveries (list_report_id, subscriber_id)
    where list_report_id is not null`,
  // The note that tells followers what came to a list and what left it, and a report of its owner.
  'alter table deliveries drop constraint deliveries_kind_check',
  `alter table deliveries add constraint deliveries_kind_check check (kind in
    ('digest', 'confirmation', 'alert', 'manage', 'address', 'welcome', 'no-news', 'yearly', 'list', 'report',
      'admin'))`,
  // A content is written once and read whole: PostgreSQL need not take it apart.
  'alter table digest_contents alter column content type json using content::json',
  // Without versions, the history was asked for and could not be read.
  `create table registry_histories (
    trial_id bigint primary key references trials on delete cascade,
    asked_at timestamptz not null,
    versions jsonb
  )`,
];
