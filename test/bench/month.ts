import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { listDueDeliveries } from '../../src/db/delivery/deliveries.ts';
import { sendDelivery } from '../../src/jobs/delivery/send.ts';
import { planTurn } from '../../src/jobs/digests/plan-turn.ts';
import { queues } from '../../src/queue/table.ts';
import { withBenchApp } from './app.ts';
import { fillDuePeople } from './due-people.ts';
import { startMailSink } from './mail-sink.ts';
import { countServer } from './processor.ts';
import { changes } from './readers.ts';

/** What readers cost in a month, per thousand of them. */
export type MonthResult = {
  readers: number;
  /** Mails per reader. */
  mails: number;
  sink: string;
  /** Seconds of processor time of the program, and of the database's server. */
  program: number;
  database: number;
  /** What the month added to the tables about readers, and what they held before it, in bytes with indexes. */
  bytesOfMonth: number;
  bytesOfReaders: number;
};

const days = 30;
const begins = Date.parse('2026-11-20T15:00:00.000Z');
const hourMs = 3_600_000;
/** A thirtieth of the registry: trials, conditions that people follow, and trials that change on a working day. */
const scale = { trials: 20_000, conditions: 65 };
const changedADay = 130;
const atOnce = queues.send.concurrency;
const ofReaders = ['subscribers', 'subscriptions', 'consents'];
const ofMonth = ['digests', 'digest_contents', 'digest_items', 'deliveries'];

/** A month of `readers` people, hour by hour: on working days trials change, whoever is due is planned, and all mails are sent. */
export async function benchMonth(readers: number): Promise<MonthResult> {
  const sink = await startMailSink();
  let now = begins;
  const variables = {
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
    SECRET_KEY: 'a key of the bench alone, which is long enough',
    MAIL_RATE_PER_DOMAIN: '0',
  };
  try {
    return await withBenchApp(
      variables,
      () => new Date(now).toISOString(),
      async (app) => {
        await fillDuePeople(app, readers, new Date(now).toISOString(), scale);
        await sealAddresses(app, readers);
        // The week that everybody is due for at first is no part of the month.
        await planAndSend(app);
        const bytesBefore = await sizeOf(app, ofMonth);
        const mailsBefore = await countMails(app);
        const readServer = await countServer(app.context.db);
        const begun = process.cpuUsage();
        for (let hour = 1; hour <= days * 24; hour += 1) {
          now = begins + hour * hourMs;
          const weekday = new Date(now).getUTCDay();
          if (new Date(now).getUTCHours() === 14 && weekday % 6 !== 0) await addChanges(app, now, hour);
          await planAndSend(app);
        }
        const { user, system } = process.cpuUsage(begun);
        const per = 1_000 / readers;
        return {
          readers,
          mails: ((await countMails(app)) - mailsBefore) / readers,
          sink: sink.name,
          program: ((user + system) / 1e6) * per,
          database: readServer() * per,
          bytesOfMonth: ((await sizeOf(app, ofMonth)) - bytesBefore) * per,
          bytesOfReaders: (await sizeOf(app, ofReaders)) * per,
        };
      },
    );
  } finally {
    await sink.close();
  }
}

/** Plans whoever is due, and sends what is planned, as many mails at once as a worker. */
export async function planAndSend({ context }: App): Promise<void> {
  await planTurn(context);
  for (;;) {
    const due = (await listDueDeliveries(context.db, context.now(), 5_000)).values();
    let tried = 0;
    const sender = async () => {
      for (const { id } of due) {
        tried += 1;
        await sendDelivery(context, id);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, sender));
    if (tried === 0) return;
  }
}

/** Some trials change, others each day, each on its own topic and two conditions. */
async function addChanges({ context: { db } }: App, at: number, hour: number): Promise<void> {
  const now = new Date(at).toISOString();
  await sql`with next as (
      update counters set value = value + ${changedADay} where name = 'position' returning value - ${changedADay} as base
    ), turned as (
      insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
      select id, 2, 1, c ->> 'facet', c ->> 'kind', c, 1, array['trial:' || id - 1,
          'condition:' || (id * 31) % ${scale.conditions}, 'condition:' || (id * 31 + 1 + id % 7) % ${scale.conditions}],
        'released', base + n, ${now}, ${now}
      from next, generate_series(1, ${changedADay}) n, lateral (select 1 + (n * 149 + ${hour} * 7) % ${scale.trials} as id) t,
        lateral (select ${JSON.stringify(changes)}::jsonb -> ((n + ${hour}) % 3)::int as c) one
      returning topics, position
    )
    insert into topic_changes (topic, position) select distinct t, position from turned, unnest(topics) t`.execute(
    db,
  );
  await sql`update registries set completed_at = ${now}, checked_at = ${now}`.execute(db);
}

/** Gives each of so many people an address of their own, sealed. */
export async function sealAddresses({ context: { db, keys } }: App, readers: number): Promise<void> {
  for (let from = 0; from < readers; from += 5_000) {
    const ids = Array.from({ length: Math.min(5_000, readers - from) }, (_, n) => from + n + 1);
    const emails = ids.map((id) => `reader${id}@d${id % 500}.example`);
    await sql`update subscribers p set address = a.address, address_hash = a.hash, domain_hash = a.domain
      from unnest(${ids}::bigint[], ${emails.map((email) => keys.encrypt(email))}::bytea[],
        ${emails.map((email) => keys.hashAddress(email))}::bytea[], ${emails.map((email) => keys.hashDomain(email))}::bytea[])
        as a (id, address, hash, domain) where p.id = a.id`.execute(db);
  }
  await sql`vacuum full subscribers`.execute(db);
}

async function sizeOf({ context: { db } }: App, tables: string[]): Promise<number> {
  const { rows } = await sql<{ size: number }>`
    select sum(pg_total_relation_size(to_regclass(t)))::float8 as size from unnest(${tables}::text[]) t`.execute(
    db,
  );
  return rows[0]?.size ?? 0;
}

async function countMails({ context: { db } }: App): Promise<number> {
  const { rows } = await sql<{ sent: number }>`
    select count(*)::int as sent from deliveries where phase = 'sent'`.execute(db);
  return rows[0]?.sent ?? 0;
}
