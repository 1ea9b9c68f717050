import { sql } from 'kysely';
import type { RecordedDay, RecordedRegistry } from '../../src/demo/recorded-registry.ts';
import type { Context } from '../../src/jobs/context.ts';
import { pollRegistry } from '../../src/jobs/ingest/poll.ts';
import { subscribe } from '../../src/jobs/subscribers/subscribe.ts';
import { openRegistries } from '../../src/registries/registry.ts';
import { study } from '../support/study.ts';

/** Where a third of all readers have their mailbox. */
export const busyDomain = 'busy.example.net';

/** The address of the n-th reader. */
export function readerAddress(n: number): string {
  return n % 3 === 0 ? `reader${n}@${busyDomain}` : `reader${n}@d${n % 20}.example.net`;
}

/** The trial that every reader follows. */
export const promisedTrial = 'NCT09900001';
/** It, once it changed. */
export const suspended = { status: 'SUSPENDED', whyStopped: 'Drug supply', updatedOn: '2026-11-03' };

/** The registry's two days that make a promise; `more` are records besides, the same on both. */
export function promisingDays(more: unknown[] = []): RecordedDay[] {
  return [
    { timestamp: '2026-11-02T09:00:04', studies: [study(promisedTrial), ...more] },
    { timestamp: '2026-11-03T09:00:04', studies: [study(promisedTrial, suspended), ...more] },
  ];
}

/**
 * Makes readers of one trial that changed: each is owed one digest, and due at no time yet. The first reader signs up by the
 * program's own way, the others' rows are copies of theirs. `others` adds people who follow something else.
 */
export async function promiseDigests(
  context: Context,
  count: number,
  recorded: RecordedRegistry,
  setNow: (now: string) => void,
  others: (context: Context) => Promise<void> = async () => {},
): Promise<void> {
  const registries = openRegistries(
    { ctgov: { url: recorded.url, paceMs: 0 } },
    { userAgent: 'Trialbell/0 (+mailto:bell@example.org)', now: context.now, sleep: async () => {} },
  );
  const reading = { ...context, registries };
  setNow('2026-11-02T12:00:00.000Z');
  await subscribe(reading, {
    email: readerAddress(0),
    trials: [promisedTrial],
    conditions: [],
    frequency: 'daily',
    hour: 9,
    timezone: 'UTC',
    facets: null,
    consent: 'on paper, November 2, 2026',
  });
  await copyReader(context, count);
  await others(reading);
  recorded.setDay(1);
  setNow('2026-11-03T12:00:00.000Z');
  const registry = registries.get('ctgov');
  const polled = registry && (await pollRegistry(reading, registry));
  await sql`update subscribers set next_due_at = null`.execute(context.db);
  if (polled?.outcome !== 'completed') throw new Error(`the registry was not read: ${polled?.reason}`);
}

/** Makes the readers due, in their order, at these instants. */
export async function setDueTimes({ db }: Pick<Context, 'db'>, dueAts: string[]): Promise<void> {
  await sql`
    with due as (
      update subscriptions s set next_due_at = d.due_at::timestamptz
      from unnest(${dueAts}::text[]) with ordinality as d (due_at, n)
      join (select id, row_number() over (order by id) as n from subscribers) p on p.n = d.n
      where s.subscriber_id = p.id
      returning s.subscriber_id, s.next_due_at
    )
    update subscribers p set next_due_at = due.next_due_at from due where due.subscriber_id = p.id`.execute(
    db,
  );
}

async function copyReader({ db, keys }: Context, count: number): Promise<void> {
  const addresses = Array.from({ length: count - 1 }, (_, n) => readerAddress(n + 1));
  const of = (table: string, own: string[]) => listColumns({ db }, table, ['id', ...own]);
  const person = await of('subscribers', ['address', 'address_hash', 'domain_hash']);
  await sql`
    insert into subscribers (address, address_hash, domain_hash, ${person})
    select a.address, a.hash, a.domain, ${person} from subscribers,
      unnest(${addresses.map(keys.encrypt)}::bytea[], ${addresses.map(keys.hashAddress)}::bytea[],
        ${addresses.map(keys.hashDomain)}::bytea[]) with ordinality as a (address, hash, domain, n)
    order by a.n`.execute(db);
  const subscription = await of('subscriptions', ['subscriber_id']);
  await sql`
    insert into subscriptions (subscriber_id, ${subscription})
    select p.id, ${subscription} from subscriptions cross join (select id from subscribers offset 1) p
    order by p.id`.execute(db);
  const consent = await of('consents', ['subscription_id']);
  await sql`
    insert into consents (subscription_id, ${consent})
    select s.id, ${consent} from consents cross join (select id from subscriptions order by id offset 1) s`.execute(
    db,
  );
}

/** A table's columns but for these, for both sides of a copy. */
async function listColumns({ db }: Pick<Context, 'db'>, table: string, but: string[]) {
  const { rows } = await sql<{ name: string }>`
    select column_name as name from information_schema.columns
    where table_schema = 'public' and table_name = ${table} and not column_name = any(${but}::text[])`.execute(
    db,
  );
  return sql.join(rows.map(({ name }) => sql.ref(`${name}`)));
}
