import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { expireRows } from '../../../src/db/maintenance/retention.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { runRound } from '../../../src/jobs/round.ts';
import { sweep } from '../../../src/jobs/sweep.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import type { Wish } from '../../support/world.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const dayMinutes = 24 * 60;
const both: Wish = { trials: ['NCT09900001'], conditions: ['asthma'], frequency: 'daily' };
const db = () => mail.world.context.db;

async function count(table: string, where = 'true'): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*) as n from ${sql.table(table)} where ${sql.raw(where)}`.execute(db());
  return rows[0]?.n ?? 0;
}

/** Lets this many days pass, then sweeps. */
async function pass(days: number, minutes = 0): Promise<void> {
  mail.wait(days * dayMinutes + minutes);
  await sweep(mail.world.context);
}

describe('P4: every kind of row has its time', () => {
  it('P4: a digest and its mail stay 90 days, as its page does', async () => {
    mail = await openMailWorld();
    await mail.send();
    await pass(90);
    expect([await count('digests'), await count('deliveries')]).toEqual([1, 1]);
    await pass(0, 1);
    expect([await count('digests'), await count('deliveries')]).toEqual([0, 0]);
    expect(await count('subscriptions')).toBe(1);
  });

  it('P4: a digest that is still owed stays, whatever its age', async () => {
    mail = await openMailWorld();
    await pass(200);
    expect(await mail.send()).toBe('sent');
    await pass(0);
    expect(await count('digests')).toBe(0);
  });

  it('P4: other mails stay 30 days from their end', async () => {
    mail = await openMailWorld();
    await mail.world.subscribe('ann@example.net', { conditions: ['asthma'], consent: null });
    const confirmation = (await mail.ledger()).find(({ kind }) => kind === 'confirmation')?.id ?? -1;
    await mail.send(confirmation);
    await pass(30);
    expect(await count('deliveries', "kind = 'confirmation'")).toBe(1);
    await pass(0, 1);
    expect(await count('deliveries', "kind = 'confirmation'")).toBe(0);
  });

  it('P4: a stop can be undone for 28 days; with the last one the person is deleted', async () => {
    mail = await openMailWorld({ wish: both });
    await mail.send();
    const stop = (kind: string) =>
      sql`update subscriptions set state = 'ended', ended_at = ${mail.world.context.now()} where kind = ${kind}`.execute(
        db(),
      );
    await stop('trial');
    await pass(28);
    expect(await count('subscriptions')).toBe(2);
    await pass(0, 1);
    expect([await count('subscriptions'), await count('consents')]).toEqual([1, 1]);
    await stop('condition');
    await pass(28, 1);
    for (const table of ['subscribers', 'subscriptions', 'consents', 'digests', 'digest_items', 'deliveries'])
      expect([table, await count(table)]).toEqual([table, 0]);
  });

  it('P4: tokens, requests, counters, healed records, audits, alarms and old mail servers have a last day too', async () => {
    mail = await openMailWorld();
    const now = mail.world.context.now();
    const rows: [string, number, ReturnType<typeof sql>][] = [
      [
        'tokens',
        1,
        sql`insert into tokens (hash, purpose, subscriber_id, created_at, expires_at)
          select '\\x01', 'confirm', id, ${now}, ${now}::timestamptz + interval '1 day' from subscribers`,
      ],
      [
        'admin_tokens',
        1,
        sql`insert into admin_tokens (hash, purpose, email, created_at, expires_at)
          values ('\\x01', 'link', 'admin@example.org', ${now}, ${now}::timestamptz + interval '1 day')`,
      ],
      [
        'bulk_jobs',
        1,
        sql`insert into bulk_jobs (act, made_by, made_at, expires_at, figures)
          values ('add', 'admin@example.org', ${now}, ${now}::timestamptz + interval '1 day', '{}')`,
      ],
      [
        'bulk_parts',
        1,
        sql`insert into bulk_parts (bulk_job_id, kind, n, sealed) select id, 'work', 0, '' from bulk_jobs`,
      ],
      [
        'requests',
        7,
        sql`insert into requests (kind, params, due_at, created_at) values ('x', '', 'infinity', ${now})`,
      ],
      ['bounces', 90, sql`insert into bounces select id, 'soft', subscriber_id, ${now} from deliveries`],
      [
        'rate_limits',
        30,
        sql`insert into rate_limits (address_hash, kind, times, first_at, last_at) values ('\\x01', 'confirmation', 1, ${now}, ${now})`,
      ],
      [
        'quarantine',
        30,
        sql`insert into quarantine (registry, registry_id, reason, raw, first_seen_at, last_seen_at, recovered_at)
          values ('ctgov', 'x', 'x', '', ${now}, ${now}, ${now})`,
      ],
      [
        'lifted_suppressions',
        365,
        sql`insert into lifted_suppressions values ('hard-bounce', ${now}, ${now}, 'typing')`,
      ],
      [
        'match_audits',
        90,
        sql`insert into match_audits (registry, concept_id, term, audited_at, both_count, registry_only, local_only, samples)
          values ('ctgov', 'x', 'x', ${now}, 0, 0, 0, '{}')`,
      ],
      [
        'webhooks',
        90,
        sql`insert into webhooks (url, host, secret, language, position, created_at, ended_at, ended_because)
          values ('', 'example.org', '', 'en', 0, ${now}, ${now}::timestamptz + interval '60 days', 'x')`,
      ],
      [
        'webhook_deliveries',
        30,
        sql`insert into webhook_deliveries (webhook_id, message_id, body, changes, phase, due_at, planned_at, finished_at)
          select id, 'msg_old', '{}', 1, 'sent', ${now}, ${now}, ${now} from webhooks`,
      ],
      [
        'api_keys',
        30,
        sql`insert into api_keys (name, hash, scopes, hourly, created_at, ended_at)
          values ('x', '\\x01', '{}', 1, ${now}, ${now})`,
      ],
      ['smtp_circuits', 30, sql`insert into smtp_circuits (name, failures, since) values ('old', 2, ${now})`],
      [
        'alerts',
        2,
        sql`insert into alerts (name, message, since, mailed_at) values ('x', 'x', ${now}, ${now})`,
      ],
    ];
    for (const [, , insert] of rows) await insert.execute(db());
    const left = async (at: string) => {
      await expireRows(db(), at);
      return Promise.all(rows.map(([table]) => count(table)));
    };
    let days = 0;
    const at = (minutes: number) =>
      new Date(Date.parse(now) + days * 86_400_000 + minutes * 60_000).toISOString();
    for (days of [1, 2, 7, 14, 30, 90, 365]) {
      expect(await left(at(0))).toEqual(rows.map(([, last]) => (last >= days ? 1 : 0)));
      expect(await left(at(1))).toEqual(rows.map(([, last]) => (last > days ? 1 : 0)));
    }
  });

  it('P4: deletes in small batches, and the next sweep continues', async () => {
    mail = await openMailWorld();
    await sql`insert into tokens (hash, purpose, subscriber_id, created_at, expires_at)
      select int4send(n), 'confirm', p.id, '2026-01-01', '2026-01-02'
      from subscribers p, generate_series(1, 1500) n`.execute(db());
    await pass(0);
    expect(await count('tokens')).toBe(500);
    await pass(0);
    expect(await count('tokens')).toBe(0);
  });

  it('P4: a round without workers lets nothing go', async () => {
    mail = await openMailWorld();
    await mail.send();
    mail.wait(100 * dayMinutes);
    await runRound(mail.world.context, []);
    expect(await count('digests')).toBe(1);
  });
});

describe('D1: told changes are remembered as long as they could be told again', () => {
  /** The condition's subscription comes back from a long pause. */
  async function resume(): Promise<number> {
    const due = mail.world.context.now();
    await sql`update subscriptions set state = 'active', next_due_at = ${due} where kind = 'condition'`.execute(
      db(),
    );
    await sql`update subscribers set next_due_at = ${due}`.execute(db());
    return (await planDigests(mail.world.context)).deliveryIds.length;
  }
  const pauseBefore = () =>
    sql`update subscriptions set state = 'paused', position = 0 where kind = 'condition'`.execute(db());

  it('D1: a subscription that was paused for half a year tells nothing that another told; then it is forgotten', async () => {
    mail = await openMailWorld({ wish: both });
    await pauseBefore();
    expect(await mail.send()).toBe('sent');
    await pass(180);
    expect([await count('digests'), await count('digest_items')]).toEqual([0, 1]);
    expect(await resume()).toBe(0);
    await pass(1);
    expect(await count('digest_items')).toBe(0);
  });

  it('D1: nor an older value, when what another told is of a mail long gone', async () => {
    mail = await openMailWorld({ wish: both });
    await pauseBefore();
    expect(await mail.send()).toBe('sent');
    // An earlier change that only the paused one reaches: it waited to be released.
    await sql`delete from topic_changes`.execute(db());
    await sql`update changes set position = position + 1`.execute(db());
    await sql`update counters set value = value + 1 where name = 'position'`.execute(db());
    await sql`insert into changes (trial_id, version, run_id, facet, kind, change, weight, topics, state, position, detected_at, released_at)
      select trial_id, 1, run_id, facet, kind, jsonb_set(change, '{after}', '"TERMINATED"'), weight, topics, state, position - 1, detected_at, released_at
      from changes`.execute(db());
    await sql`insert into topic_changes select t, position from changes, unnest(topics) t`.execute(db());
    await sql`update subscriptions set position = 2 where kind = 'trial'`.execute(db());
    await pass(180);
    expect(await count('digests')).toBe(0);
    expect(await resume()).toBe(0);
  });
});
