import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { runRound } from '../../../src/jobs/round.ts';
import { sweep } from '../../../src/jobs/sweep.ts';
import { startTicks } from '../../../src/jobs/ticks.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { deliveriesOf } from '../../support/send-jobs.ts';

let mail: MailWorld;
afterEach(() => mail.close());

/** A context that records enqueued jobs. */
function listen(answer = true) {
  const enqueued: string[] = [];
  const context = mail.world.another({
    enqueue: async (name, payloads) => {
      for (const payload of [payloads].flat()) enqueued.push(`${name} ${JSON.stringify(payload)}`);
      return answer;
    },
  });
  return { enqueued, context };
}

describe('a sweep', () => {
  it('enqueues every due delivery, and no other', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net', 'eve@example.net'] });
    const [first, second, third] = mail.ids;
    await mail.send(first);
    mail.sink.fail({ at: 'rcpt', how: '451 later' });
    await mail.send(second);
    const { enqueued, context } = listen();
    await sweep(context);
    expect(enqueued).toEqual([`send {"deliveryId":${third}}`]);
    mail.wait(5);
    await sweep(context);
    expect(enqueued.slice(1)).toEqual([`send {"deliveryId":${second},"through":${third}}`]);
  });

  it('does what fits into its time, the longest waiting first, and looks for alarms all the same; the next goes on', async () => {
    mail = await openMailWorld();
    const { db } = mail.world.context;
    const copies = 1_200;
    await sql`insert into deliveries (kind, phase, address, subscriber_id, digest_id, due_at, planned_at)
      select kind, phase, address, subscriber_id, null, due_at - interval '3 hours' - n * interval '1 second', planned_at
      from deliveries, generate_series(1, ${copies}) n`.execute(db);
    const expired = () => sql<{ n: number }>`select count(*) as n from requests`.execute(db);
    await sql`insert into requests (kind, params, created_at, due_at)
      values ('watch', '', '2026-01-01', '2027-01-01')`.execute(db);
    let nowMs = Date.parse(mail.world.context.now());
    const { enqueued, context } = listen();
    // Each look at the clock finds that 1.8 seconds have passed.
    const now = () => {
      nowMs += 1_800;
      return new Date(nowMs).toISOString();
    };
    const slow = { ...context, now };
    expect(await sweep(slow)).toEqual(['mail-overdue']);
    const asked = () => deliveriesOf(enqueued.map((one) => JSON.parse(one.replace(/^send /, ''))));
    expect(asked()).toHaveLength(500);
    expect(asked().slice(0, 16)).toContain((mail.ids[0] ?? 0) + copies);
    expect((await expired()).rows).toEqual([{ n: 1 }]);
    await sql`update deliveries set phase = 'sent', finished_at = now() where id > ${copies - 499}`.execute(
      db,
    );
    await sweep(slow);
    expect(asked()).toHaveLength(1_000);
    // Whatever is cut off goes first the next time.
    await sql`update deliveries set phase = 'sent', finished_at = now()`.execute(db);
    for (let n = 0; n < 30; n += 1) await sweep(slow);
    expect((await expired()).rows).toEqual([{ n: 0 }]);
  });

  it('P4: lets unconfirmed sign-ups go after 7 days, with the person, the tokens and the mail', async () => {
    mail = await openMailWorld();
    const { db } = mail.world.context;
    await mail.world.subscribe('eve@example.net', { trials: ['NCT09900001'], consent: null });
    const count = async () => {
      const { rows } = await sql<{ people: number; tokens: number; mails: number }>`select
        (select count(*) from subscribers) as people, (select count(*) from tokens) as tokens,
        (select count(*) from deliveries where kind = 'confirmation') as mails`.execute(db);
      return rows[0];
    };
    mail.wait(7 * 24 * 60);
    await sweep(mail.world.context);
    expect(await count()).toEqual({ people: 2, tokens: 1, mails: 1 });
    mail.wait(1);
    await sweep(mail.world.context);
    expect(await count()).toEqual({ people: 1, tokens: 0, mails: 0 });
  });
});

describe('a round without workers', () => {
  it('settles the claims of a killed round: no outcome stays unsettled (R1)', async () => {
    mail = await openMailWorld({ people: ['ann@example.net', 'bob@example.net'] });
    const { context } = mail.world;
    await sql`update deliveries set phase = case when id = ${mail.ids[0]} then 'body' else 'claimed' end, fence = 1,
      attempts = 1, body_at = ${context.now()}, lease_until = clock_timestamp() - interval '1 second'`.execute(
      context.db,
    );
    const first = await runRound(context, []);
    expect(first.result.digests).toMatchObject({ sent: 1, ambiguous: 0 });
    expect((await mail.row()).phase).toBe('ambiguous');
    mail.wait(31);
    expect((await runRound(context, [])).result.digests).toMatchObject({ sent: 1 });
    expect((await mail.row()).phase).toBe('sent');
  });

  it('counts digests alone, and refuses to go back in time', async () => {
    mail = await openMailWorld();
    const { context } = mail.world;
    await mail.world.subscribe('eve@example.net', { trials: ['NCT09900001'], consent: null });
    expect((await runRound(context, [])).result.digests).toEqual({
      planned: 0,
      sent: 1,
      deferred: 0,
      failed: 0,
      ambiguous: 0,
    });
    expect(mail.sink.mails).toHaveLength(2);
    mail.wait(-1);
    await expect(runRound(context, [])).rejects.toThrow(/cannot go back to 2026-11-04T08:59:00.000Z/);
    mail.wait(100);
    await expect(runRound(context, ['nowhere'])).rejects.toThrow(/no registry "nowhere".*ctgov/);
    mail.wait(-50);
    await runRound(context, []);
  });
});

describe('ticks', () => {
  it('R5: of several processes enqueue once', async () => {
    mail = await openMailWorld();
    const processes = [listen(), listen(), listen()];
    const stops = processes.map(({ context }) => startTicks(context));
    for (const stop of stops) await stop();
    expect(processes.flatMap(({ enqueued }) => enqueued).sort()).toEqual([
      'plan {}',
      'poll {"registry":"ctgov"}',
      'sweep {}',
    ]);
  });

  it('are enqueued again soon when the queue’s store was away', async () => {
    mail = await openMailWorld();
    const deaf = listen(false);
    await startTicks(deaf.context)();
    const hearing = listen();
    await startTicks(hearing.context)();
    expect(hearing.enqueued).toHaveLength(3);
  });
});
