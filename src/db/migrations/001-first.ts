import { type Kysely, sql } from 'kysely';

/** Trials and their history, changes and their topics, people and what they follow, digests and the ledger. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table settings (name text primary key, value text not null)`,

  `create table counters (name text primary key, value bigint not null)`,
  `insert into counters values ('position', 0)`,

  `create table leases (
    name text primary key,
    holder text not null,
    fence bigint not null,
    expires_at timestamptz not null
  )`,

  `create table registries (
    id text primary key,
    data_timestamp text,
    watermark_on date,
    checked_at timestamptz,
    completed_at timestamptz
  )`,

  `create table runs (
    id bigint generated always as identity primary key,
    registry text not null,
    kind text not null check (kind in ('poll', 'import', 'follow', 'sweep')),
    outcome text check (outcome in ('completed', 'held', 'partial', 'failed')),
    started_at timestamptz not null,
    finished_at timestamptz,
    data_timestamp text,
    resume_at text,
    seen integer not null default 0,
    new integer not null default 0,
    adopted integer not null default 0,
    changed integer not null default 0,
    changes integer not null default 0,
    held integer not null default 0,
    quarantined integer not null default 0,
    removed integer not null default 0,
    reason text
  )`,
  `create index runs_by_registry on runs (registry, id desc)`,

  `create table trials (
    id bigint generated always as identity primary key,
    registry text not null,
    registry_id text not null,
    version integer not null,
    hash text not null,
    projection integer not null,
    status text not null,
    title text not null,
    first_posted_on date,
    last_update_posted_on date,
    verified_on text,
    topics text[] not null,
    contacts jsonb not null,
    raw bytea not null,
    raw_fields text[],
    watched_since timestamptz not null,
    read_at timestamptz not null,
    changed_at timestamptz,
    change_count integer not null default 0,
    missing_count integer not null default 0,
    missing_at text,
    removed_at timestamptz,
    unique (registry, registry_id)
  )`,
  `create index trials_by_last_update on trials (registry, last_update_posted_on)`,
  `create index trials_by_topics on trials using gin (topics)`,
  `create index trials_by_read on trials (registry, read_at)`,
  `create index trials_missing on trials (registry) where missing_count > 0`,

  `create table trial_aliases (
    registry text not null,
    alias text not null,
    trial_id bigint not null references trials on delete cascade,
    primary key (registry, alias)
  )`,

  `create table trial_versions (
    trial_id bigint not null references trials on delete cascade,
    version integer not null,
    hash text not null,
    projection integer not null,
    trial jsonb not null,
    read_at timestamptz not null,
    run_id bigint not null references runs,
    primary key (trial_id, version)
  )`,

  `create table changes (
    id bigint generated always as identity primary key,
    trial_id bigint not null references trials on delete cascade,
    version integer not null,
    run_id bigint not null references runs,
    facet text not null,
    kind text not null,
    change jsonb not null,
    weight integer not null,
    topics text[] not null,
    other_topics text[],
    silent boolean not null default false,
    emptied boolean not null default false,
    by_calendar boolean not null default false,
    held_by bigint references runs,
    state text not null default 'pending' check (state in ('pending', 'held', 'released', 'discarded')),
    position bigint unique,
    detected_at timestamptz not null,
    released_at timestamptz,
    check ((state = 'released') = (position is not null)),
    check (state <> 'held' or held_by is not null)
  )`,
  `create index changes_by_trial on changes (trial_id, version)`,
  `create index changes_waiting on changes (run_id) where state in ('pending', 'held')`,

  `create index changes_held on changes (held_by, facet, trial_id) where state = 'held'`,

  `create table run_facets (
    run_id bigint not null references runs on delete cascade,
    facet text not null,
    trials integer not null,
    silent integer not null,
    emptied integer not null,
    held_because text,
    primary key (run_id, facet)
  )`,

  `create table topic_changes (
    topic text not null,
    position bigint not null references changes (position) on delete cascade,
    primary key (topic, position)
  )`,
  `create index topic_changes_by_position on topic_changes (position)`,

  `create table edits (
    trial_id bigint not null,
    version integer not null,
    edits jsonb not null,
    primary key (trial_id, version),
    foreign key (trial_id, version) references trial_versions on delete cascade
  )`,

  `create table quarantine (
    id bigint generated always as identity primary key,
    registry text not null,
    registry_id text not null,
    reason text not null,
    raw bytea not null,
    times integer not null default 1,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    healed_at timestamptz
  )`,
  `create unique index quarantine_open on quarantine (registry, registry_id) where healed_at is null`,
  `create index quarantine_waiting on quarantine (id) where healed_at is null`,
  `create index quarantine_healed on quarantine (id) where healed_at is not null`,

  `create table audits (
    registry text not null,
    concept_id text not null,
    term text not null,
    audited_at timestamptz not null,
    both_count integer not null,
    registry_only integer not null,
    ours_only integer not null,
    samples text[] not null,
    primary key (registry, concept_id)
  )`,
  `create index audits_by_weight on audits ((registry_only + ours_only), concept_id, registry)`,

  `create table concepts (
    id text primary key,
    term text not null
  )`,

  `create table places (
    country text not null,
    city text not null,
    state text not null,
    folded text not null,
    lat double precision not null,
    lon double precision not null,
    primary key (country, city, lat, lon)
  )`,
  `create index places_by_name on places (folded)`,

  `create table subscribers (
    id bigint generated always as identity primary key,
    address bytea not null,
    address_hash bytea not null unique,
    domain_hash bytea,
    language text not null,
    timezone text not null,
    hour smallint not null check (hour between 0 and 23),
    subject text not null default 'neutral' check (subject in ('neutral', 'plain', 'discreet')),
    feed_generation integer not null default 1,
    next_due_at timestamptz,
    last_digest_at timestamptz,
    quiet_notes boolean not null default true,
    quiet_from timestamptz,
    quiet_note_at timestamptz,
    yearly_from timestamptz,
    notes_due_at timestamptz,
    link_generation integer not null default 1,
    created_at timestamptz not null
  )`,
  `create index subscribers_due on subscribers (next_due_at, id) where next_due_at is not null`,
  `create index subscribers_notes_due on subscribers (notes_due_at, id) where notes_due_at is not null`,

  `create table subscriptions (
    id bigint generated always as identity primary key,
    subscriber_id bigint not null references subscribers on delete cascade,
    state text not null check (state in ('pending', 'active', 'paused', 'ended')),
    kind text not null check (kind in ('trial', 'condition')),
    registry text,
    registry_id text,
    words text not null,
    concept_id text,
    concept_term text,
    phrases text[] not null default '{}',
    topics text[] not null,
    filters jsonb not null default '{}',
    facets text[] not null,
    frequency text not null check (frequency in ('immediate', 'daily', 'weekly')),
    weekday smallint not null default 1 check (weekday between 1 and 7),
    position bigint,
    watching_since timestamptz,
    next_due_at timestamptz,
    created_at timestamptz not null,
    active_at timestamptz,
    ended_at timestamptz,
    paused_until timestamptz,
    state_before text,
    halted_by text not null default 'reader' check (halted_by in ('reader', 'admin')),
    note bytea,
    note_in_mails boolean not null default false,
    list_name bytea,
    welcome_due boolean not null default false,
    added_by text not null default 'reader' check (added_by in ('reader', 'admin')),
    check ((position is null) = (watching_since is null))
  ) with (fillfactor = 90)`,
  `create index subscriptions_by_subscriber on subscriptions (subscriber_id)`,
  `create index subscriptions_by_topic on subscriptions using gin (topics) where state in ('active', 'paused')`,
  `create index subscriptions_pending on subscriptions (created_at) where state = 'pending'`,
  `create index subscriptions_ended on subscriptions (ended_at) where state = 'ended'`,
  `create index subscriptions_unwatched on subscriptions (id) where watching_since is null and state = 'active'`,

  `create table consents (
    id bigint generated always as identity primary key,
    subscription_id bigint not null references subscriptions on delete cascade,
    wording_version text not null,
    wording_hash text not null,
    way text not null,
    min_age smallint not null,
    given_at timestamptz not null
  )`,
  `create index consents_by_subscription on consents (subscription_id)`,

  `create table tokens (
    hash bytea primary key,
    purpose text not null,
    subscriber_id bigint not null references subscribers on delete cascade,
    params bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    consumed_at timestamptz
  )`,

  `create table suppressions (
    address_hash bytea primary key,
    reason text not null,
    since timestamptz not null
  )`,

  `create table lifts (
    reason text not null,
    since timestamptz not null,
    lifted_at timestamptz not null,
    why text not null
  )`,

  `create table digests (
    id bigint generated always as identity primary key,
    subscriber_id bigint not null references subscribers on delete cascade,
    horizon bigint not null,
    content jsonb not null,
    due_at timestamptz not null,
    planned_at timestamptz not null
  ) with (toast_tuple_target = 8160)`,
  `create index digests_by_subscriber on digests (subscriber_id, id desc)`,
  `create index digests_by_age on digests (planned_at)`,

  `create table digest_items (
    subscriber_id bigint not null references subscribers on delete cascade,
    change_id bigint not null references changes on delete cascade,
    subscription_id bigint not null,
    digest_id bigint,
    kind text not null check (kind in ('told', 'entered', 'left')),
    primary key (subscriber_id, change_id)
  )`,
  `create index digest_items_by_digest on digest_items (digest_id)`,

  `create table deliveries (
    id bigint generated always as identity primary key,
    kind text not null check (kind in
      ('digest', 'confirmation', 'alert', 'manage', 'address', 'welcome', 'quiet', 'yearly', 'admin')),
    subscriber_id bigint references subscribers on delete cascade,
    digest_id bigint unique references digests on delete cascade,
    address bytea,
    params bytea,
    phase text not null default 'planned' check (phase in
      ('planned', 'claimed', 'body', 'sent', 'retry', 'failed', 'ambiguous', 'cancelled', 'suppressed')),
    fence bigint not null default 0,
    holder text,
    lease_until timestamptz,
    attempts integer not null default 0,
    due_at timestamptz not null,
    paced_until timestamptz,
    blocked_at timestamptz,
    message_id text,
    message_date timestamptz,
    planned_at timestamptz not null,
    body_at timestamptz,
    finished_at timestamptz,
    was_ambiguous boolean not null default false,
    settled boolean not null default false,
    reply text,
    check (subscriber_id is not null or address is not null)
  )`,
  `create index deliveries_due on deliveries (due_at) where phase in ('planned', 'retry')`,
  `create index deliveries_leased on deliveries (lease_until) where phase in ('claimed', 'body')`,
  `create index deliveries_by_subscriber on deliveries (subscriber_id)`,
  `create index deliveries_by_message_id on deliveries using hash (message_id)`,
  `create index deliveries_by_age on deliveries (coalesce(finished_at, body_at)) where digest_id is null`,
  // For the mails of a day, counted without looking at their rows.
  `create index deliveries_ended on deliveries (phase, finished_at) where phase in ('sent', 'failed')`,
  `create index deliveries_in_doubt on deliveries (body_at) where was_ambiguous`,
  `create index deliveries_promised on deliveries (planned_at) where digest_id is null`,
  `create index deliveries_in_trouble on deliveries (id) where phase in ('ambiguous', 'failed')`,

  `create table bounces (
    delivery_id bigint not null references deliveries on delete cascade,
    kind text not null check (kind in ('hard', 'soft', 'policy', 'message', 'complaint')),
    subscriber_id bigint references subscribers on delete cascade,
    bounced_at timestamptz not null,
    primary key (delivery_id, kind)
  )`,
  `create index bounces_by_subscriber on bounces (subscriber_id)`,
  `create index bounces_by_time on bounces (bounced_at)`,

  // Planned once a session: as part of a statement it would cost more to plan than to run.
  `create function told_since(subscriber bigint, digest bigint) returns bigint[] language plpgsql stable as $$
    begin
      if not exists (select from digests g where g.subscriber_id = subscriber and g.id > digest) then
        return '{}';
      end if;
      return array(
        select distinct l.digest_id from digests g join deliveries t on t.digest_id = g.id
        join digest_items l on l.digest_id = g.id join changes n on n.id = l.change_id
        join digest_items i on i.digest_id = digest join changes c on c.id = i.change_id
        where g.subscriber_id = subscriber and g.id > digest and (t.phase in ('body', 'sent') or t.was_ambiguous)
          and n.trial_id = c.trial_id and n.facet = c.facet and n.version > c.version and n.position > c.position);
    end $$`,

  `create table lanes (
    name text primary key,
    failures integer not null default 0,
    paused_until timestamptz,
    probe_until timestamptz,
    pauses integer not null default 0,
    reason text check (reason in ('policy', 'relay')),
    reply text,
    since timestamptz,
    lifted_at timestamptz,
    check ((paused_until is null) = (reason is null))
  )`,

  `create table domain_rates (
    domain_hash bytea primary key,
    wanted integer not null,
    granted integer not null,
    busy_until timestamptz not null,
    line_until timestamptz not null
  )`,

  `create table requests (
    id bigint generated always as identity primary key,
    kind text not null,
    params bytea not null,
    attempts integer not null default 0,
    due_at timestamptz not null,
    created_at timestamptz not null
  )`,
  `create index requests_due on requests (due_at)`,

  `create table asks (
    address_hash bytea not null,
    kind text not null,
    times integer not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    by_staff boolean not null default false,
    primary key (address_hash, kind)
  )`,

  // Who works on the admins' pages: mailed links ("link") and who is signed in ("session"), as hashes of random tokens.
  `create table admin_tokens (
    id bigint generated always as identity primary key,
    hash bytea not null unique,
    purpose text not null check (purpose in ('link', 'session')),
    email text not null,
    role text check (role in ('admin', 'viewer')),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    check ((role is null) = (purpose = 'link'))
  )`,
  `create index admin_tokens_by_age on admin_tokens (expires_at)`,

  `create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    actor text not null,
    act text not null,
    subject text not null,
    reason text,
    details jsonb not null default '{}'
  )`,
  `create index audit_log_by_time on audit_log (at, id)`,
  `create index audit_log_by_actor on audit_log (actor, at, id)`,
  `create index audit_log_by_act on audit_log (act, at, id)`,
  `create index audit_log_by_subject on audit_log (subject, at, id)`,
  `create function refuse_change() returns trigger language plpgsql as $$
    begin
      raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'restrict_violation';
    end $$`,
  `create trigger audit_log_stays before update or delete on audit_log
    for each row execute function refuse_change()`,
  // An empty table may be emptied: a restore does so with every table before it fills them.
  `create function refuse_emptying() returns trigger language plpgsql as $$
    begin
      if exists (select from audit_log) then
        raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'restrict_violation';
      end if;
      return null;
    end $$`,
  `create trigger audit_log_is_not_emptied before truncate on audit_log
    for each statement execute function refuse_emptying()`,

  // API keys, as hashes; their scopes limit their use. The uses of the current hour are counted here.
  `create table api_keys (
    id bigint generated always as identity primary key,
    name text not null,
    hash bytea not null unique,
    scopes text[] not null,
    hourly integer not null check (hourly > 0),
    window_at timestamptz,
    used integer not null default 0,
    created_at timestamptz not null,
    last_used_at timestamptz,
    ended_at timestamptz
  )`,

  `create table webhooks (
    id bigint generated always as identity primary key,
    url bytea not null,
    host text not null,
    secret bytea not null,
    old_secret bytea,
    old_secret_until timestamptz,
    language text not null,
    words text[] not null default '{}',
    topics text[] not null default '{}',
    facets text[] not null default '{}',
    private_ok boolean not null default false,
    position bigint not null,
    created_at timestamptz not null,
    failing_since timestamptz,
    ended_at timestamptz,
    ended_because text,
    check ((old_secret is null) = (old_secret_until is null))
  )`,

  `create table webhook_deliveries (
    id bigint generated always as identity primary key,
    webhook_id bigint not null references webhooks on delete cascade,
    message_id text not null unique,
    body text not null,
    changes integer not null,
    phase text not null default 'planned' check (phase in
      ('planned', 'claimed', 'retry', 'sent', 'failed', 'cancelled')),
    fence bigint not null default 0,
    holder text,
    lease_until timestamptz,
    attempts integer not null default 0,
    due_at timestamptz not null,
    planned_at timestamptz not null,
    tried_at timestamptz,
    finished_at timestamptz,
    answer integer,
    reply text
  )`,
  `create index webhook_deliveries_open on webhook_deliveries (webhook_id, id)
    where phase in ('planned', 'claimed', 'retry')`,
  `create index webhook_deliveries_by_age on webhook_deliveries (finished_at)`,

  // Lists of people whom admins add or stop at once. The contents are encrypted, part by part.
  `create table bulks (
    id bigint generated always as identity primary key,
    act text not null check (act in ('add', 'stop')),
    made_by text not null,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    figures jsonb not null,
    parts integer not null default 0,
    parts_done integer not null default 0,
    people_done integer not null default 0,
    results jsonb not null default '{}',
    started_by text,
    started_at timestamptz,
    finished_at timestamptz,
    check ((started_by is null) = (started_at is null))
  )`,
  `create index bulks_by_age on bulks (expires_at)`,
  `create table bulk_parts (
    id bigint generated always as identity primary key,
    bulk_id bigint not null references bulks on delete cascade,
    kind text not null check (kind in ('work', 'lines', 'shown')),
    n integer not null,
    sealed bytea not null,
    unique (bulk_id, kind, n)
  )`,

  `create table alerts (
    name text primary key,
    message text not null,
    since timestamptz not null,
    mailed_at timestamptz
  )`,
];
