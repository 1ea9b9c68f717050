import { type Kysely, sql } from 'kysely';

/** Counts consecutive refused mails; stores the cause of a suppression in words. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table suppressions add column because text`.execute(db);
  await sql`create table refused_mails (
    subscriber_id bigint not null references subscribers on delete cascade,
    delivery_id bigint not null,
    is_doubtful boolean not null,
    written_at timestamptz not null,
    primary key (subscriber_id, delivery_id)
  )`.execute(db);
  await sql`insert into refused_mails (subscriber_id, delivery_id, is_doubtful, written_at)
    select b.subscriber_id, b.delivery_id, false, coalesce(d.message_date, b.bounced_at)
    from bounces b join deliveries d on d.id = b.delivery_id
    where b.kind = 'soft' and b.subscriber_id is not null`.execute(db);
}
