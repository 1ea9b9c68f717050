import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { packJson } from '../../src/db/ingest/raw.ts';
import type { Queues } from '../../src/queue/open.ts';
import { study } from './study.ts';
import type { World } from './world.ts';

/**
 * Fills a world for the operational admin pages: quarantined records, a matching audit with differences, a failed job
 * and a month of mails. Returns the paths of the pages by the names of their screenshots.
 */
export async function fillWorkings(world: World, queues: Queues): Promise<Record<string, string>> {
  const { db, keys, now } = world.context;
  const at = now();
  const record = study('NCT09900777', { title: 'A_name_without_any_space_that_goes_on_and_on_'.repeat(8) });
  const reason = 'Status module, overall status: “MOSTLY_RECRUITING” is no status that is known';
  await sql`insert into quarantine (registry, registry_id, reason, raw, times, first_seen_at, last_seen_at, recovered_at)
    values ('ctgov', 'NCT09900777', ${reason}, ${packJson(record)}, 3, ${at}, ${at}, null),
      ('ctgov', '', 'The record does not say whose it is', ${packJson({})}, 1, ${at}, ${at}, null),
      ('ctgov', 'NCT09900778', ${reason}, ${packJson(null)}, 1, ${at}, ${at}, ${at})`.execute(db);
  await sql`insert into match_audits values
    ('ctgov', 'D001249', 'Asthma', ${at}, 41, 3, 1, array['NCT08000001', 'NCT08000002', 'NCT09900001', 'NCT08000003']),
    ('ctgov', 'D003920', 'Diabetes Mellitus', ${at}, 120, 0, 0, '{}')`.execute(db);
  const { rows } = await sql<{ id: number }>`
    insert into deliveries (kind, address, phase, attempts, due_at, planned_at, body_at, finished_at, reply, was_ambiguous, settled)
    select case n % 9 when 0 then 'alert' else 'admin' end, ${keys.encrypt('somebody@example.net')},
      case when n % 97 = 0 then 'failed' when n % 89 = 0 then 'ambiguous' else 'sent' end, 1 + n % 3, day, day, day,
      case when n % 89 > 0 then day end,
      '550 5.7.1 <somebody@example.net>: Message rejected, see https://mail.example.net/why?code=aLongCodeWithoutAnySpace',
      n % 89 = 0, true
    from (select n, ${at}::timestamptz - (n % 13 * n % 30) * interval '1 day' - n * interval '1 second' as day
      from generate_series(1, 3000) n) d
    returning id`.execute(db);
  await sql`insert into bounces select id, 'hard', null, ${at}::timestamptz - id % 12 * interval '1 day' from deliveries
    where id = any(${rows.map(({ id }) => id)}::bigint[]) and id % 41 = 0`.execute(db);
  const worker = queues.work('sweep', async () => {
    throw new Error('The disk of the database is full: could not extend file "base/16384/24576"');
  });
  await queues.enqueue('sweep', {});
  for (let tries = 0; (await queues.counts()).sweep.failed === 0 && tries < 300; tries += 1) await sleep(100);
  await worker.close();
  return {
    'admin-quarantine': '/admin/quarantine',
    'admin-quarantine-recovered': '/admin/quarantine?show=recovered',
    'admin-record': '/admin/quarantine/1',
    'admin-record-nameless': '/admin/quarantine/2',
    'admin-disagreements': '/admin/disagreements',
    'admin-queues': '/admin/queues',
    'admin-queue': '/admin/queues/sweep',
    'admin-queue-none': '/admin/queues/poll',
    'admin-mail': '/admin/mail',
    'admin-mail-month': '/admin/mail?days=30',
  };
}
