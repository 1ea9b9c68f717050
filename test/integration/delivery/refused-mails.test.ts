import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { planDelivery } from '../../../src/db/delivery/deliveries.ts';
import { expireRows } from '../../../src/db/maintenance/retention.ts';
import { liftSuppression, readSuppression } from '../../../src/db/subscribers/suppressions.ts';
import { takeBounce } from '../../../src/jobs/delivery/record-bounce.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const context = () => mail.world.context;
const db = () => context().db;
const email = 'ann@example.net';
const dayMinutes = 24 * 60;

type Outcome = 'taken' | 'refused' | 'trouble' | 'refused-later' | 'trouble-later' | 'ours';

/** The server's answer to RCPT, or a report some days after it accepted the mail. */
const answers: Partial<Record<Outcome, `5${string}`>> = {
  refused: '550 no',
  trouble: '552 5.2.2 mailbox full',
  ours: '550 5.7.1 blocked',
};
const told: Partial<Record<Outcome, string>> = {
  'refused-later': '5.0.0\nDiagnostic-Code: smtp; 550 no',
  'trouble-later': '4.2.2\nDiagnostic-Code: smtp; 452 4.2.2 mailbox full',
};

const report = (status: string, messageId: string | null) =>
  Buffer.from(`From: MAILER-DAEMON@relay.example.net
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example.net

Final-Recipient: rfc822; ${email}
Action: failed
Status: ${status}

--b
Content-Type: text/rfc822-headers

Message-ID: ${messageId}

--b--
`);

/** A mail is written, sent, and reported on after some days where its outcome says so. Says whether mail stops then. */
async function mailOnce(outcome: Outcome): Promise<boolean> {
  const { keys, now } = context();
  const { id: subscriberId } = await db().selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
  const params = keys.encrypt(JSON.stringify({ token: 'x'.repeat(43) }));
  const id = await planDelivery(db(), { kind: 'manage', subscriberId, address: null, params, now: now() });
  const answer = answers[outcome];
  if (answer) mail.sink.fail({ at: 'rcpt', how: answer, times: 1 });
  await mail.send(id);
  await db().deleteFrom('smtp_circuits').execute();
  const status = told[outcome];
  if (status) {
    mail.wait(5 * dayMinutes);
    await takeBounce(context(), report(status, (await mail.row(id)).message_id));
    mail.wait(-5 * dayMinutes);
  }
  return (await readSuppression(db(), keys, email)) !== null;
}

/** Mails at an interval, with the sweep of each; the number of the one that stopped mail, null when none did. */
async function mailAtInterval(everyDays: number, outcomes: Outcome[]): Promise<number | null> {
  for (const [n, outcome] of outcomes.entries()) {
    if (await mailOnce(outcome)) return n + 1;
    mail.wait(everyDays * dayMinutes);
    await expireRows(db(), context().now());
  }
  return null;
}

const times = (count: number, ...outcomes: Outcome[]) =>
  Array.from({ length: count }, (_, n) => outcomes[n % outcomes.length] as Outcome);

describe('B3: refused mails in a row', () => {
  it.each<[reader: string, everyDays: number, outcomes: Outcome[], stops: number | null]>([
    ['a daily reader whose mailbox is full', 1, times(20, 'trouble'), 15],
    ['a daily one, told by reports days later', 1, times(20, 'trouble-later'), 15],
    ['a weekly one', 7, times(10, 'trouble', 'trouble-later'), 5],
    ['a monthly one', 30, times(12, 'trouble-later'), 3],
    ['a yearly one', 365, times(4, 'trouble-later'), 3],
    ['a daily reader whom the server refuses', 1, times(5, 'refused'), 3],
    ['a weekly one, told by reports', 7, times(5, 'refused-later'), 3],
    ['a yearly one', 365, times(4, 'refused', 'refused-later'), 3],
    [
      'a weekly one who takes a mail now and then',
      7,
      times(40, 'trouble', 'trouble-later', 'trouble', 'taken'),
      null,
    ],
    ['a monthly one who takes every third', 30, times(12, 'refused', 'refused-later', 'taken'), null],
    ['a yearly one who took one in between', 365, ['refused', 'refused-later', 'taken', 'refused'], null],
    ['one whose server lists us for a year', 30, times(12, 'ours'), null],
  ])(
    'B3: %s, every %i days',
    async (_reader, everyDays, outcomes, stops) => {
      mail = await openMailWorld();
      await sql`delete from deliveries`.execute(db());
      expect(await mailAtInterval(everyDays, outcomes)).toBe(stops);
      if (stops === null) return;
      expect(await readSuppression(db(), context().keys, email)).toMatchObject({
        reason: 'soft-bounces',
        because: expect.stringMatching(
          new RegExp(`^${stops} emails in a row were refused, written from 20.* The last one: .*\\.$`),
        ),
      });
    },
    120_000,
  );

  it('a mail counts once, in the conversation and in reports of it', async () => {
    mail = await openMailWorld();
    await sql`delete from deliveries`.execute(db());
    await mailOnce('trouble-later');
    const { message_id: id } = await mail.row((await mail.ledger()).at(-1)?.id);
    for (const status of ['4.2.2', '4.4.1', '4.4.7', '5.0.0'])
      expect(await takeBounce(context(), report(status, id))).toMatchObject({ kind: 'repeated' });
    expect(await db().selectFrom('refused_mails').selectAll().execute()).toHaveLength(1);
  });

  it('earlier refusals no longer count after lifting, nor at a new address', async () => {
    mail = await openMailWorld();
    await sql`delete from deliveries`.execute(db());
    expect(await mailAtInterval(1, times(3, 'refused'))).toBe(3);
    const { keys, now } = context();
    await db()
      .transaction()
      .execute((tx) => liftSuppression(tx, keys, email, { why: 'room again', now: now() }));
    expect(await db().selectFrom('refused_mails').selectAll().execute()).toEqual([]);
    expect(await mailAtInterval(1, times(2, 'refused'))).toBeNull();
  });

  it('refusals of an unconfirmed new address do not count against the one in use', async () => {
    mail = await openMailWorld();
    const { keys, now } = context();
    const { id: subscriberId } = await db().selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
    for (let n = 0; n < 4; n += 1) {
      const id = await planDelivery(db(), {
        kind: 'address',
        subscriberId,
        address: keys.encrypt('new@example.net'),
        params: keys.encrypt(JSON.stringify({ token: 'x'.repeat(43), side: 'new' })),
        now: now(),
      });
      mail.sink.fail({ at: 'rcpt', how: '550 no', times: 1 });
      expect(await mail.send(id)).toBe('failed');
    }
    expect(await db().selectFrom('refused_mails').selectAll().execute()).toEqual([]);
    expect(await readSuppression(db(), keys, email)).toBeNull();
  });
});
