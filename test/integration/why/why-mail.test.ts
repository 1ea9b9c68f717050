import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Explanation } from '../../../src/core/why/facts.ts';
import { sayStep, sayVerdict } from '../../../src/core/why/say.ts';
import { closeAmbiguous } from '../../../src/db/delivery/deliveries.ts';
import { lockSubscriber } from '../../../src/db/subscribers/subscription-state.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { pauseSubscriptions, stopSubscriptions } from '../../../src/use-cases/subscriptions/change-state.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { explainStage } from '../../support/why-world.ts';

let mail: MailWorld;
beforeEach(async () => {
  mail = await openMailWorld();
});
afterEach(() => mail.close());

const person = { email: 'ann@example.net', trial: 'NCT09900001' };
const wording = createWording('en');

async function explain(): Promise<Explanation> {
  const [found] = [...(await explainStage({ ...person, world: mail.world })).values()];
  if (!found) throw new Error('no change');
  return found;
}

/** The end of the chain, and its last sentences as an admin reads them. */
async function read(): Promise<{ kind: string; because: string | null; text: string }> {
  const { verdict, steps } = await explain();
  const text = [...steps.map((step) => sayStep(wording, step, 'UTC')), sayVerdict(wording, verdict, 'UTC')];
  return {
    kind: verdict.kind,
    because: verdict.kind === 'not' ? verdict.because : null,
    text: text.join('\n'),
  };
}

async function choose(act: typeof stopSubscriptions | typeof pauseSubscriptions): Promise<void> {
  const { db, now } = mail.world.context;
  await db.transaction().execute(async (tx) => {
    const { id } = await tx.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
    const chooser = await lockSubscriber(tx, id);
    if (!chooser) throw new Error('nobody');
    await act(tx, chooser, 'all', now());
  });
}

describe('Why, from the promise to the mailbox', () => {
  it('waits: when it was due and promised, and since when it waits', async () => {
    const { kind, text } = await read();
    expect(kind).toBe('promised');
    expect(text).toContain(
      'Digest 1 was due on November 3, 2026 at 9:00 AM UTC and promised on November 4, 2026 at 9:00 AM UTC',
    );
    expect(text).toContain('waits to be sent, since November 4, 2026');
  });

  it('sent: the server’s reply and the Message-ID', async () => {
    expect(await mail.send()).toBe('sent');
    const { kind, text } = await read();
    expect(kind).toBe('sent');
    expect(text).toContain('The mail server answered: 250 2.0.0 queued as SINK1');
    expect(text).toContain(`Its Message-ID: ${(await mail.row()).message_id}`);
    expect(text).toContain(mail.sink.mails[0]?.messageId ?? 'none');
  });

  it('refused for now: how often it was tried, the answer, and when it is tried next', async () => {
    mail.sink.fail({ at: 'rcpt', how: '452 4.2.2 mailbox full' });
    expect(await mail.send()).toBe('retry');
    const { kind, text } = await read();
    expect(kind).toBe('promised');
    expect(text).toContain(
      'It was tried once. The last answer: 452 4.2.2 mailbox full. Next try: November 4, 2026 at 9:05 AM UTC',
    );
  });

  it('refused for good: stopped for the mailbox that is not there', async () => {
    mail.sink.fail({ at: 'rcpt', how: '550 5.1.1 no such user' });
    expect(await mail.send()).toBe('failed');
    const { kind, text } = await read();
    expect(kind).toBe('undelivered');
    expect(text).toContain('The last answer: 550 5.1.1 no such user');
  });

  it('refused for our standing: all mail waits, until when, and the server’s words', async () => {
    mail.sink.fail({ at: 'mail', how: '550 5.7.1 you are on a list' });
    expect(await mail.send()).toBe('retry');
    const { kind, text } = await read();
    expect(kind).toBe('promised');
    expect(text).toContain(
      'All email waits: the mail server refuses us. One is tried on November 4, 2026 at 9:15 AM UTC',
    );
    expect(text).toContain('550 5.7.1 you are on a list');
  });

  it('in doubt: handed over and not answered; tried once more, and then it stays so', async () => {
    mail.sink.fail({ at: 'dot', how: 'drop' });
    expect(await mail.send()).toBe('ambiguous');
    expect(await read()).toMatchObject({
      kind: 'in-doubt',
      text: expect.stringContaining('tried once more'),
    });
    mail.wait(60);
    await closeAmbiguous(mail.world.context.db, mail.world.context.now(), mail.world.context.now());
    expect(await read()).toMatchObject({
      kind: 'promised',
      text: expect.stringContaining('may have come twice'),
    });
    mail.sink.fail({ at: 'dot', how: 'drop' });
    expect(await mail.send()).toBe('ambiguous');
    expect(await read()).toMatchObject({
      kind: 'in-doubt',
      text: expect.stringContaining('It is not tried again'),
    });
  });

  it('stopped before it was sent: it will not go out, as it then does not', async () => {
    await choose(stopSubscriptions);
    expect(await read()).toMatchObject({ kind: 'not', because: 'taken-back' });
    expect(await mail.send()).toBe('cancelled');
    expect(mail.sink.mails).toEqual([]);
    expect(await read()).toMatchObject({ kind: 'not', because: 'ended' });
  });

  it('paused before it was sent: it waits for the end of the pause', async () => {
    await choose(pauseSubscriptions as typeof stopSubscriptions);
    expect(await read()).toMatchObject({ kind: 'not', because: 'paused' });
    expect(await mail.send()).toBe('cancelled');
    expect(await read()).toMatchObject({ kind: 'not', because: 'paused' });
  });

  it('mail to the address was stopped: since when and why, and then it is', async () => {
    const { db, keys } = mail.world.context;
    await sql`insert into suppressions values (${keys.hashAddress(person.email)}, 'complaint', '2026-11-04T08:00:00Z')`.execute(
      db,
    );
    const before = await read();
    expect(before.kind).toBe('undelivered');
    expect(before.text).toContain('was stopped on November 4, 2026 at 8:00 AM UTC: an email was called spam');
    expect(await mail.send()).toBe('suppressed');
    expect(await read()).toMatchObject({
      kind: 'undelivered',
      text: expect.stringContaining('Email to this address was stopped'),
    });
  });

  it('mail that came back after it was accepted', async () => {
    await mail.send();
    for (const kind of ['hard', 'soft', 'policy', 'message', 'complaint'])
      await sql`insert into bounces values (${mail.ids[0]}, ${kind}, 1, '2026-11-05T10:00:00Z')`.execute(
        mail.world.context.db,
      );
    const { kind, text } = await read();
    expect(kind).toBe('sent');
    expect(text.match(/came back on November 5, 2026 at 10:00 AM UTC/g)).toHaveLength(4);
    expect(text).toContain('They called it spam on November 5, 2026');
  });

  it('digests of long ago: what is still known', async () => {
    await mail.send();
    await sql`delete from digests`.execute(mail.world.context.db);
    expect(await read()).toMatchObject({
      kind: 'forgotten',
      text: expect.stringContaining('kept for 90 days'),
    });
  });

  it('a mail that is paced, and one that is being sent', async () => {
    const { db } = mail.world.context;
    await sql`update deliveries set paced_until = '2026-11-04T09:30:00Z'`.execute(db);
    expect((await read()).text).toContain('This one waits until November 4, 2026 at 9:30 AM UTC');
    await sql`update deliveries set phase = 'claimed', paced_until = null`.execute(db);
    expect(await read()).toMatchObject({
      kind: 'promised',
      text: expect.stringContaining('is being sent now'),
    });
  });

  it('leaves no trace, though it looks at what would be taken out of a digest', async () => {
    await choose(stopSubscriptions);
    const before = await mail.world.dump();
    await read();
    expect(await mail.world.dump()).toEqual(before);
  });
});
