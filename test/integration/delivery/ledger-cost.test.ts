import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../../src/db/connect.ts';
import { claimDeliveries } from '../../../src/db/delivery/claims.ts';
import { beginBodies, markAllSent } from '../../../src/db/delivery/hand-over.ts';
import { ledgerOf } from '../../../src/db/delivery/ledger.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { openSharedBlocks } from '../../../src/mail/shared-blocks.ts';
import { openSmtpMailer } from '../../../src/mail/smtp-mailer.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { seeStatements } from '../../support/statements-seen.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const readers = (count: number) => Array.from({ length: count }, (_, n) => `reader${n}@d${n % 7}.example`);

describe('what mails cost the database', () => {
  it('R3: fifty at once are claimed by one statement, which is one commit', async () => {
    mail = await openMailWorld({ people: readers(50), extensions: ['PIPELINING', '8BITMIME'] });
    const mailer = openSmtpMailer(mail.sink.url);
    try {
      const { context, take } = seeStatements({
        ...mail.world.context,
        mailer,
        sharedBlocks: openSharedBlocks(),
      });
      await Promise.all(mail.ids.map((id) => sendDelivery(context, id)));
      const statements = take();
      // The former keys are read once by each mail that finds them unread.
      const others = statements.filter((one) => !one.includes('set phase =') && !one.includes('"settings"'));
      expect(mail.sink.mails).toHaveLength(50);
      expect(statements.filter((one) => one.includes("set phase = 'claimed'"))).toHaveLength(1);
      expect(others).toEqual([]);
      expect(mail.sink.connections()).toBeLessThanOrEqual(16);
    } finally {
      mailer.close();
    }
  });

  it('R3: bodies and acceptances that come together share a statement', async () => {
    mail = await openMailWorld({ people: readers(50) });
    const { context, take } = seeStatements(mail.world.context);
    const ledger = ledgerOf(context.db);
    const now = context.now();
    const how = { holder: 'a', leaseMs: 60_000, now };
    const answers = await Promise.all(mail.ids.map((id) => ledger.claim(id, how)));
    const claims = answers.flatMap(({ claim }) => claim ?? []);
    const begun = claims.map(({ id, fence }) => ledger.beginBody({ id, fence, messageId: `<${id}@b>`, now }));
    expect(await Promise.all(begun)).toEqual(Array(50).fill(true));
    const sent = claims.map(({ id, fence }) => ledger.markSent({ id, fence, reply: '250 ok', now }));
    expect(await Promise.all(sent)).toEqual(Array(50).fill(true));
    expect(take().map((one) => /set phase = '\w+'/.exec(one)?.[0])).toEqual(
      ['claimed', 'body', 'sent'].map((phase) => `set phase = '${phase}'`),
    );
  });

  it('what every mail asks for is planned once for each connection, however few mails share it', async () => {
    mail = await openMailWorld({ people: readers(3) });
    const [id = -1] = mail.ids;
    const db = connect(mail.world.databaseUrl, { max: 1 });
    try {
      const asked = { id, fence: -1, now: mail.world.context.now() };
      for (let times = 0; times < 20; times += 1) {
        await claimDeliveries(db, [-1], { holder: 'a', leaseMs: 60_000, now: asked.now });
        await beginBodies(db, [{ ...asked, messageId: '<a@b>' }]);
        await markAllSent(db, [{ ...asked, reply: '250 ok' }]);
      }
      // PostgreSQL makes five plans for the values it sees before it makes one for all.
      const { rows } = await sql`select generic_plans, custom_plans from pg_prepared_statements`.execute(db);
      expect(rows).toEqual(Array(3).fill({ generic_plans: 15, custom_plans: 5 }));
    } finally {
      await db.destroy();
    }
  });

  it('a claim reads no delivery but its own, however many are due', async () => {
    mail = await openMailWorld({ people: readers(1) });
    const { db, now } = mail.world.context;
    // A burst, of which the planner has no figures yet.
    await sql`insert into deliveries (kind, address, params, due_at, planned_at)
      select 'alert', '\\x00', '\\x00', ${now()}, ${now()} from generate_series(1, 20000)`.execute(db);
    const [id = -1] = mail.ids;
    const how = { holder: 'a', leaseMs: 60_000, now: now() };
    await db.transaction().execute(async (tx) => {
      const countRead = async () => {
        const { rows } = await sql<{ read: number }>`select seq_tup_read + idx_tup_fetch as read
          from pg_stat_xact_user_tables where relname = 'deliveries'`.execute(tx);
        return rows[0]?.read ?? 0;
      };
      const nobodys = Array.from({ length: 40 }, (_, n) => -1 - n);
      // After a few times a connection keeps one plan for all claims.
      for (let times = 0; times < 10; times += 1) await claimDeliveries(tx, nobodys, how);
      const before = await countRead();
      expect((await claimDeliveries(tx, [id], how))[0]?.claim?.id).toBe(id);
      const read = (await countRead()) - before;
      expect(read).toBeGreaterThan(0);
      expect(read).toBeLessThan(10);
    });
  });
});
