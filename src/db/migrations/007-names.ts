import { type Kysely, sql } from 'kysely';

/**
 * Gives tables, columns and a kind of mail the words of the field. The meaning of each row stays. Indexes,
 * constraints and sequences are renamed with their tables.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const renameTable = (from: string, to: string) => [
  `alter table ${from} rename to ${to}`,
  `alter index if exists ${from}_pkey rename to ${to}_pkey`,
];
const renameColumn = (table: string, from: string, to: string) =>
  `alter table ${table} rename column ${from} to ${to}`;
const renameConstraint = (table: string, from: string, to: string) =>
  `alter table ${table} rename constraint ${from} to ${to}`;

const statements = [
  ...renameTable('lanes', 'smtp_circuits'),
  renameConstraint('smtp_circuits', 'lanes_reason_check', 'smtp_circuits_reason_check'),
  renameConstraint('smtp_circuits', 'lanes_check', 'smtp_circuits_check'),
  renameColumn('smtp_circuits', 'lifted_at', 'recovered_at'),

  ...renameTable('audits', 'match_audits'),
  'alter index audits_by_weight rename to match_audits_by_weight',
  renameColumn('match_audits', 'ours_only', 'local_only'),

  ...renameTable('asks', 'rate_limits'),
  ...renameTable('lifts', 'lifted_suppressions'),

  ...renameTable('bulks', 'bulk_jobs'),
  'alter index bulks_by_age rename to bulk_jobs_by_age',
  'alter sequence bulks_id_seq rename to bulk_jobs_id_seq',
  renameConstraint('bulk_jobs', 'bulks_act_check', 'bulk_jobs_act_check'),
  renameConstraint('bulk_jobs', 'bulks_check', 'bulk_jobs_check'),
  renameColumn('bulk_parts', 'bulk_id', 'bulk_job_id'),
  renameConstraint('bulk_parts', 'bulk_parts_bulk_id_fkey', 'bulk_parts_bulk_job_id_fkey'),
  renameConstraint('bulk_parts', 'bulk_parts_bulk_id_kind_n_key', 'bulk_parts_bulk_job_id_kind_n_key'),

  renameColumn('quarantine', 'healed_at', 'recovered_at'),
  'alter index quarantine_healed rename to quarantine_recovered',

  renameColumn('domain_rates', 'wanted', 'requested'),
  renameColumn('domain_rates', 'line_until', 'queue_until'),

  'alter function told_since(bigint, bigint) rename to newer_digests',

  renameColumn('subscribers', 'quiet_notes', 'no_news_notes'),
  renameColumn('subscribers', 'quiet_from', 'no_news_since'),
  renameColumn('subscribers', 'quiet_note_at', 'no_news_note_at'),
  'alter table deliveries drop constraint deliveries_kind_check',
  `update deliveries set kind = 'no-news' where kind = 'quiet'`,
  `alter table deliveries add constraint deliveries_kind_check check (kind in
    ('digest', 'confirmation', 'alert', 'manage', 'address', 'welcome', 'no-news', 'yearly', 'admin'))`,
];
