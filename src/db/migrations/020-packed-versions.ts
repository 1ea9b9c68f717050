import { type Kysely, sql } from 'kysely';

/**
 * Versions of trials are stored packed, each against an earlier one, and answers against their version (`packing.ts`).
 * Feeds and lists no longer read fields of a whole trial: a version names its trial and status, and a trial has its card.
 * A hash of its answer recognises the same answer.
 *
 * Rows keep their old form, which stays readable, until `maintenance/pack-versions.ts` comes by.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table trial_versions alter column trial drop not null, add column packed bytea, add column base integer,
    add column title text, add column acronym text, add column status text, add column first_posted_on date`,
  `alter table trial_versions add constraint trial_versions_form check (num_nonnulls(trial, packed) = 1) not valid`,
  `alter table trials add column raw_version integer, add column card bytea, add column answer_hash bytea`,
  // What is packed cannot be compressed further.
  `alter table trial_versions alter column packed set storage external`,
  `alter table trials alter column raw set storage external, alter column card set storage external`,
];
