import type { Generated, JSONColumnType } from 'kysely';
import type { Change, Edit, Facet } from '../core/change.ts';
import type { HistoryVersion } from '../core/diff/history.ts';
import type { Digest, ItemKind } from '../core/digests/digest.ts';
import type { MailKind } from '../core/digests/mail-kinds.ts';
import type { DigestParts, SharedContent } from '../core/digests/stored-digest.ts';
import type { LinkEvidence, LinkRule } from '../core/links/same-trial.ts';
import type { Frequency } from '../core/schedule.ts';
import type { Role } from '../core/staff.ts';
import type { BulkAct } from '../core/subscriptions/bulk.ts';
import type { Exclusion } from '../core/subscriptions/exclusions.ts';
import type { SubscriptionFilters } from '../core/subscriptions/filters.ts';
import type { SubjectStyle } from '../core/subscriptions/subject-styles.ts';
import type { Contact, Day, Instant, Trial } from '../core/trial.ts';

type Json<T extends object> = JSONColumnType<T, string, string>;
type Id = Generated<number>;

/** The phases of a delivery. */
export const deliveryPhases = [
  'planned',
  'claimed',
  'body',
  'sent',
  'retry',
  'failed',
  'ambiguous',
  'cancelled',
  'suppressed',
] as const;
/** A delivery's phase in the ledger. */
export type Phase = (typeof deliveryPhases)[number];

/** Who changed a subscription: its owner, or an admin for them. */
export type Actor = 'reader' | 'admin';

/** A kind of run. */
export type RunKind = 'poll' | 'import' | 'follow' | 'sweep' | 'calendar';
/** The outcome of a run. */
export type RunOutcome = 'completed' | 'held' | 'partial' | 'failed';

/** The phase of a webhook's delivery. */
export type WebhookPhase = 'planned' | 'claimed' | 'retry' | 'sent' | 'failed' | 'cancelled';

/** The tables, as the migrations make them. */
export type Database = {
  settings: { name: string; value: string };
  counters: { name: string; value: number };
  leases: { name: string; holder: string; fence: number; expires_at: Instant };
  registries: {
    id: string;
    data_timestamp: string | null;
    watermark_on: Day | null;
    checked_at: Instant | null;
    completed_at: Instant | null;
  };
  runs: {
    id: Id;
    registry: string;
    kind: RunKind;
    outcome: RunOutcome | null;
    started_at: Instant;
    finished_at: Instant | null;
    data_timestamp: string | null;
    resume_at: string | null;
    seen: Generated<number>;
    new: Generated<number>;
    adopted: Generated<number>;
    changed: Generated<number>;
    changes: Generated<number>;
    held: Generated<number>;
    quarantined: Generated<number>;
    removed: Generated<number>;
    outdated: Generated<number>;
    replaced: Generated<number>;
    reason: string | null;
  };
  trials: {
    id: Id;
    registry: string;
    registry_id: string;
    version: number;
    hash: string;
    projection: number;
    status: string;
    title: string;
    first_posted_on: Day | null;
    last_update_posted_on: Day | null;
    verified_on: string | null;
    topics: string[];
    /** The keys of the other numbers in its record. */
    numbers: Generated<string[]>;
    /** What lists are filtered by (`ListFacts`). */
    marks: Generated<number[]>;
    contacts: Json<Contact[]>;
    /** The registry's answer, packed with this version of the trial, or alone. */
    raw: Buffer;
    raw_version: number | null;
    /** Of an answer that says what is stored, as this projection reads it. */
    answer_hash: Buffer | null;
    /** What pages list of it beside these columns, packed; null if an earlier release stored it. */
    card: Buffer | null;
    /** The fields that were asked for: all if there is no list. Older rows have their own. */
    field_list_id: number | null;
    raw_fields: string[] | null;
    watched_since: Instant;
    read_at: Instant;
    changed_at: Instant | null;
    change_count: Generated<number>;
    /**
     * Consecutive refreshes at which the registry answered "not found", the last of them, and when the
     * removal was told.
     */
    missing_count: Generated<number>;
    missing_at: string | null;
    removed_at: Instant | null;
    /** The day on which its own dates next change its status; the last such day, and the status before it. */
    turns_on: Day | null;
    turned_on: Day | null;
    turned_from: string | null;
  };
  match_audits: {
    registry: string;
    concept_id: string;
    term: string;
    audited_at: Instant;
    both_count: number;
    registry_only: number;
    local_only: number;
    samples: string[];
  };
  registry_rows: { registry: string; id: string; hash: string; row: Json<object>; seen_at: Instant };
  /** Registries' own histories of trials, from before their first reading; null if one could not be read. */
  registry_histories: {
    trial_id: number;
    asked_at: Instant;
    versions: JSONColumnType<HistoryVersion[] | null, string | null, string | null>;
  };
  trial_aliases: { registry: string; alias: string; trial_id: number };
  /** Records of one trial in two registries; `a` is the smaller id. */
  trial_links: {
    a: number;
    b: number;
    /** Whether they are one trial; else they are related at most. */
    same: boolean;
    rule: LinkRule;
    evidence: Json<LinkEvidence>;
    first_seen_at: Instant;
    /** When the records no longer gave a reason for it. */
    broken_at: Instant | null;
  };
  /** Lists of fields that records were requested with. */
  field_lists: { id: Id; hash: string; fields: string[] };
  /** The distinct points of the sites of the newest version. */
  trial_points: { trial_id: number; lats: number[]; lons: number[] };
  trial_versions: {
    trial_id: number;
    version: number;
    hash: string;
    projection: number;
    /** The form of earlier releases; null if it is packed. */
    trial: Json<Trial> | null;
    /** Packed with the version `base`, or with the example (`packing.ts`). */
    packed: Buffer | null;
    base: number | null;
    title: string | null;
    acronym: string | null;
    status: string | null;
    first_posted_on: Day | null;
    read_at: Instant;
    run_id: number;
  };
  edits: { trial_id: number; version: number; edits: Json<Edit[]> };
  changes: {
    id: Id;
    trial_id: number;
    version: number;
    run_id: number;
    facet: string;
    kind: string;
    change: Json<Change>;
    weight: number;
    topics: string[];
    other_topics: string[] | null;
    /** The record kept its update date. */
    silent: Generated<boolean>;
    /** The registry's calendar changed the status, without an update by the sponsor. */
    by_calendar: Generated<boolean>;
    /** The trial lost every value of the facet. */
    emptied: Generated<boolean>;
    /** The record became another trial's (N5). */
    other_trial: Generated<boolean>;
    held_by: number | null;
    state: Generated<'pending' | 'held' | 'released' | 'discarded'>;
    position: number | null;
    detected_at: Instant;
    released_at: Instant | null;
  };
  run_facets: {
    run_id: number;
    facet: string;
    trials: number;
    silent: number;
    emptied: number;
    held_because: string | null;
  };
  run_transitions: { run_id: number; facet: string; transition: string; trials: number };
  topic_changes: { topic: string; position: number };
  quarantine: {
    id: Id;
    registry: string;
    registry_id: string;
    reason: string;
    raw: Buffer;
    times: Generated<number>;
    first_seen_at: Instant;
    last_seen_at: Instant;
    recovered_at: Instant | null;
  };
  concepts: { id: string; term: string };
  /** Cities with sites and their coordinates; `folded` is the search key of a city. */
  places: { country: string; city: string; state: string; folded: string; lat: number; lon: number };
  /** Cities with sites in postal areas; `seen` has a bit for some of the trials that say so. */
  postal_areas: { code: string; country: string; city: string; lat: number; lon: number; seen: bigint };
  subscribers: {
    id: Id;
    address: Buffer;
    /** Keyed hash of the address in its common form, not in the spelling of mails. */
    address_hash: Buffer;
    /** 0; higher for others with the same address who signed up while the case of letters counted. */
    duplicate: Generated<number>;
    /** Keyed hash of the address's domain, for the rate limit. */
    domain_hash: Buffer | null;
    language: string;
    timezone: string;
    hour: number;
    subject: Generated<SubjectStyle>;
    /** Increased to give the private feed a new URL. */
    feed_generation: Generated<number>;
    /** The most digests in 7 days; null without a limit. Up to which position it made news wait. */
    weekly_cap: Generated<number | null>;
    capped_position: Generated<number | null>;
    next_due_at: Instant | null;
    last_digest_at: Instant | null;
    /**
     * Wants a note from time to time if nothing changed; since when silence counts, and the last note in it.
     */
    no_news_notes: Generated<boolean>;
    no_news_since: Generated<Instant | null>;
    no_news_note_at: Generated<Instant | null>;
    /** The first confirmation, then each yearly question. */
    yearly_from: Generated<Instant | null>;
    /** When to check again whether a note is due: never later than the first due one. */
    notes_due_at: Generated<Instant | null>;
    link_generation: Generated<number>;
    created_at: Instant;
  };
  subscriptions: {
    id: Id;
    subscriber_id: number;
    state: 'pending' | 'active' | 'paused' | 'ended';
    kind: 'trial' | 'condition';
    registry: string | null;
    registry_id: string | null;
    words: string;
    concept_id: string | null;
    concept_term: string | null;
    phrases: string[];
    topics: string[];
    filters: JSONColumnType<SubscriptionFilters, string, string>;
    /** What its reader said does not fit; null without. */
    exclusions: JSONColumnType<Exclusion[] | null, string | null | undefined, string | null>;
    facets: Facet[];
    frequency: Frequency;
    weekday: number;
    position: number | null;
    watching_since: Instant | null;
    /** The registries beside its own whose present trials of this condition are stored. */
    baselines: Generated<string[]>;
    next_due_at: Instant | null;
    created_at: Instant;
    active_at: Instant | null;
    ended_at: Instant | null;
    /** When a pause ends without the reader's doing. */
    paused_until: Generated<Instant | null>;
    /** The state of an ended subscription before its end, for undoing it. */
    state_before: Generated<string | null>;
    /** Who last paused or ended it: if its owner did, only its owner can undo that. */
    halted_by: Generated<Actor>;
    /** Encrypted, like the name of its list (P12). */
    note: Generated<Buffer | null>;
    note_in_mails: Generated<boolean>;
    list_name: Generated<Buffer | null>;
    /** Confirmed on the web, and its owner has not been welcomed yet. */
    welcome_due: Generated<boolean>;
    /** Who requested it. In either case its owner confirms. */
    added_by: Generated<Actor>;
    /** The followed list that brought it; null if its owner follows it alone. */
    list_follow_id: Generated<number | null>;
  };
  /** Lists that a person makes for others; see db/lists. */
  lists: {
    id: Id;
    /** Its owner; null once they were erased. */
    subscriber_id: number | null;
    /** The address of a public list, or the hash of a private one's link. */
    slug: string | null;
    token_hash: Buffer | null;
    /** The addresses that it had while it was public: no other list gets them. */
    former_slugs: Generated<string[]>;
    name: string;
    organization: string;
    /** The number of its last edit. */
    revision: Generated<number>;
    created_at: Instant;
    changed_at: Instant;
    ended_at: Generated<Instant | null>;
    ended_by: Generated<'owner' | 'admin' | null>;
  };
  list_entries: {
    id: Id;
    list_id: number;
    kind: 'trial' | 'condition';
    registry: string;
    registry_id: string | null;
    words: string;
    concept_id: string | null;
    concept_term: string | null;
    phrases: string[];
    topics: string[];
    weekly_only: boolean;
    /** Why it is there, in its owner's words. */
    reason: string;
    /** The edits that added and removed it. */
    added_in: number;
    added_at: Instant;
    removed_in: Generated<number | null>;
    removed_at: Generated<Instant | null>;
  };
  list_follows: {
    id: Id;
    list_id: number;
    subscriber_id: number;
    /** Null: the usual one of trials and of conditions. */
    frequency: Frequency | null;
    /** The edits up to which its subscriptions are those of the list, and up to which its reader was told. */
    synced_in: Generated<number>;
    told_in: Generated<number>;
    /** When its reader was last promised a note about it. */
    told_at: Generated<Instant | null>;
    /** The consent; null until it is confirmed. */
    wording_version: Generated<string | null>;
    wording_hash: Generated<string | null>;
    way: Generated<string | null>;
    min_age: Generated<number | null>;
    /** Its reader agreed to reports of the list, and did not turn them off. */
    wants_reports: Generated<boolean>;
    created_at: Instant;
    confirmed_at: Generated<Instant | null>;
    ended_at: Generated<Instant | null>;
  };
  /** The reports that owners have sent to followers; see db/lists/reports.ts. */
  list_reports: {
    id: Id;
    list_id: number;
    /** What it says, in no language (`ListReport`); null once that is forgotten. */
    content: Generated<unknown>;
    ordered_at: Instant;
    /** When its mails are promised. */
    due_at: Instant;
    /** The follow up to which they are. */
    promised_to: Generated<number>;
    promised_at: Generated<Instant | null>;
    cancelled_at: Generated<Instant | null>;
    cancelled_by: Generated<'owner' | 'admin' | null>;
  };
  consents: {
    id: Id;
    subscription_id: number;
    wording_version: string;
    wording_hash: string;
    way: string;
    min_age: number;
    given_at: Instant;
  };
  tokens: {
    hash: Buffer;
    purpose: string;
    subscriber_id: number;
    /** The data for its act, encrypted: the address of a change. */
    params: Generated<Buffer | null>;
    created_at: Instant;
    expires_at: Instant;
    consumed_at: Instant | null;
  };
  /** `because`: in words for admins; null if a person decided it, or if it is older than this column. */
  suppressions: { address_hash: Buffer; reason: string; since: Instant; because: string | null };
  /**
   * Refusals since the address last accepted a mail; `is_doubtful`: a living mailbox would hardly have
   * refused it.
   */
  refused_mails: {
    subscriber_id: number;
    delivery_id: number;
    is_doubtful: boolean;
    written_at: Instant;
  };
  /** Suppressions that were lifted manually, and why; the address is not kept. */
  lifted_suppressions: { reason: string; since: Instant; lifted_at: Instant; why: string };
  /** Contents that many digests share; see core/digests/stored-digest.ts. */
  digest_contents: { id: Id; content: Json<SharedContent>; made_at: Instant };
  digests: {
    id: Id;
    subscriber_id: number;
    horizon: number;
    /** Its own content, or else the shared one, or several, and what is its reader's own. */
    content: JSONColumnType<Digest | null, string | null, string | null>;
    content_id: Generated<number | null>;
    subscription_id: Generated<number | null>;
    words: Generated<string[] | null>;
    since: Generated<Instant | null>;
    timezone: Generated<string | null>;
    parts: Generated<DigestParts | null>;
    due_at: Instant;
    planned_at: Instant;
  };
  digest_items: {
    subscriber_id: number;
    change_id: number;
    subscription_id: number;
    digest_id: number | null;
    kind: ItemKind;
  };
  deliveries: {
    id: Id;
    kind: MailKind;
    subscriber_id: number | null;
    digest_id: number | null;
    /** For a report of a list. */
    list_report_id: Generated<number | null>;
    address: Buffer | null;
    params: Buffer | null;
    phase: Generated<Phase>;
    fence: Generated<number>;
    holder: string | null;
    lease_until: Instant | null;
    attempts: Generated<number>;
    due_at: Instant;
    /** When its turn comes under its domain's rate, by the database's clock. */
    paced_until: Generated<Instant | null>;
    /** When it was last refused for our reputation, which is not its own fault. */
    blocked_at: Generated<Instant | null>;
    message_id: string | null;
    message_date: Instant | null;
    planned_at: Instant;
    body_at: Instant | null;
    finished_at: Instant | null;
    was_ambiguous: Generated<boolean>;
    settled: Generated<boolean>;
    reply: string | null;
  };
  /** Reports of returned mail, without their words; see db/delivery/bounces.ts. */
  bounces: { delivery_id: number; kind: string; subscriber_id: number | null; bounced_at: Instant };
  /** The circuit of a mail server, shared by all processes; see db/delivery/smtp-circuits.ts. */
  smtp_circuits: {
    name: string;
    failures: Generated<number>;
    paused_until: Instant | null;
    probe_until: Instant | null;
    pauses: Generated<number>;
    reason: 'policy' | 'relay' | null;
    reply: string | null;
    since: Instant | null;
    recovered_at: Instant | null;
  };
  /** The rate account of a domain, by the database's clock; see db/delivery/claim-parts.ts. */
  domain_rates: {
    domain_hash: Buffer;
    requested: number;
    granted: number;
    busy_until: Instant;
    queue_until: Instant;
  };
  /** Requests from pages, encrypted; the row is deleted once the request is done. */
  requests: {
    id: Id;
    kind: string;
    params: Buffer;
    attempts: Generated<number>;
    due_at: Instant;
    created_at: Instant;
  };
  /** How often mails to an address, folded, were requested, and when (P3). */
  rate_limits: {
    address_hash: Buffer;
    kind: string;
    times: number;
    first_at: Instant;
    last_at: Instant;
    /** An admin requested the last one. */
    by_staff: Generated<boolean>;
  };
  /** Mailed links to the admin pages, and sessions there; see db/admin/admin-sessions.ts. */
  admin_tokens: {
    id: Id;
    hash: Buffer;
    purpose: 'link' | 'session';
    email: string;
    /** The role of a session, which ends if the role changes. */
    role: Role | null;
    created_at: Instant;
    expires_at: Instant;
    ended_at: Instant | null;
  };
  /** The acts of admins; the database refuses to change or remove a row. */
  audit_log: {
    id: Id;
    at: Instant;
    actor: string;
    act: string;
    subject: string;
    reason: string | null;
    details: Json<Record<string, unknown>>;
  };
  /** API keys, as hashes; see db/integrations/api-keys.ts. */
  api_keys: {
    id: Id;
    name: string;
    hash: Buffer;
    scopes: string[];
    /** Uses allowed in an hour, the beginning of the current one, and the uses in it. */
    hourly: number;
    window_at: Instant | null;
    used: Generated<number>;
    created_at: Instant;
    last_used_at: Instant | null;
    ended_at: Instant | null;
  };
  /**
   * Receivers of released changes over HTTP; URL and secrets are encrypted. See db/integrations/webhooks.ts.
   */
  webhooks: {
    id: Id;
    url: Buffer;
    host: string;
    secret: Buffer;
    old_secret: Generated<Buffer | null>;
    old_secret_until: Generated<Instant | null>;
    language: string;
    /** The subject as typed; without topics, everything. */
    words: string[];
    topics: string[];
    facets: string[];
    private_ok: boolean;
    position: number;
    created_at: Instant;
    failing_since: Generated<Instant | null>;
    ended_at: Generated<Instant | null>;
    ended_because: Generated<string | null>;
  };
  /** The outbox of webhooks; see db/integrations/webhook-deliveries.ts. */
  webhook_deliveries: {
    id: Id;
    webhook_id: number;
    message_id: string;
    body: string;
    changes: number;
    phase: Generated<WebhookPhase>;
    fence: Generated<number>;
    holder: Generated<string | null>;
    lease_until: Generated<Instant | null>;
    attempts: Generated<number>;
    due_at: Instant;
    planned_at: Instant;
    tried_at: Generated<Instant | null>;
    finished_at: Generated<Instant | null>;
    /** The HTTP status of the last answer. */
    answer: Generated<number | null>;
    reply: Generated<string | null>;
  };
  /** Lists that admins act on at once, with their progress; see db/admin/bulk-jobs.ts. */
  bulk_jobs: {
    id: Id;
    act: BulkAct;
    made_by: string;
    made_at: Instant;
    expires_at: Instant;
    figures: Json<object>;
    parts: Generated<number>;
    parts_done: Generated<number>;
    people_done: Generated<number>;
    results: Json<object>;
    started_by: string | null;
    started_at: Instant | null;
    finished_at: Instant | null;
  };
  /** The contents of such a list, encrypted; a part is deleted once it is done. */
  bulk_parts: { id: Id; bulk_job_id: number; kind: string; n: number; sealed: Buffer };
  alerts: { name: string; message: string; since: Instant; mailed_at: Instant | null };
};
