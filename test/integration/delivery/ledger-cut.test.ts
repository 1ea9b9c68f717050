import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, type Db } from '../../../src/db/connect.ts';
import { retryWrite } from '../../../src/db/delivery/retry-write.ts';
import { runRound } from '../../../src/jobs/round.ts';
import { type CountingProxy, type CrashPoint, openCountingProxy } from '../../support/counting-proxy.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';

let mail: MailWorld;
let proxy: CountingProxy | null = null;
let db: Db | null = null;
afterEach(async () => {
  await db?.destroy();
  await proxy?.close();
  await mail.close();
});

/** The program behind a proxy that cuts every connection at a statement; the mail server is reached without it. */
async function behindProxy(crash: CrashPoint) {
  const url = new URL(mail.world.databaseUrl);
  const { port } = mail.sink;
  proxy = await openCountingProxy({ databasePort: Number(url.port), smtpPort: port, crash, kill: () => {} });
  url.port = `${proxy.databasePort}`;
  db = connect(url.href, { max: 4 });
  const context = mail.world.another({ db });
  return { context, words: proxy.words };
}

describe('R1, R2: the database is cut off while the outcome of a mail is written', () => {
  const isSent = /set phase = 'sent'/;

  for (const side of ['before', 'after'] as const) {
    it(`R1: ${side} a 250 is written: it is written all the same, nothing is in doubt`, async () => {
      mail = await openMailWorld();
      const { context, words } = await behindProxy({ at: 1, of: isSent, side, how: 'cut' });
      expect(await mail.send(mail.ids[0], context)).toBe('sent');
      expect(words.filter((word) => isSent.test(word))).toHaveLength(2);
      expect(await mail.row()).toMatchObject({
        phase: 'sent',
        was_ambiguous: false,
        reply: '250 2.0.0 queued as SINK1',
      });
      expect(mail.sink.mails).toHaveLength(1);
    });

    it(`R1: ${side} a refusal after the dot is written: it is no doubt either`, async () => {
      mail = await openMailWorld();
      mail.sink.fail({ at: 'dot', how: '451 4.3.0 later' });
      const isOutcome = /^postgres: update deliveries set phase = \$1, reply/;
      const { context, words } = await behindProxy({ at: 1, of: isOutcome, side, how: 'cut' });
      await mail.send(mail.ids[0], context);
      expect(words.filter((word) => isOutcome.test(word))).toHaveLength(2);
      expect(await mail.row()).toMatchObject({ phase: 'retry', attempts: 1, was_ambiguous: false });
    });
  }

  it('R1: of several mails under way at once, whose answers share a statement', async () => {
    const people = Array.from({ length: 8 }, (_, n) => `reader${n}@example.net`);
    mail = await openMailWorld({ people });
    const { context } = await behindProxy({ at: 2, of: isSent, side: 'before', how: 'cut' });
    const { result } = await runRound({ ...context, holder: 'a round' }, []);
    // One that had not begun its body by then was cut off from the ledger, and waits: nothing of it went out.
    expect(result.digests).toMatchObject({ ambiguous: 0, failed: 0 });
    expect((await mail.ledger()).filter(({ phase }) => phase === 'sent')).toHaveLength(
      mail.sink.mails.length,
    );
    expect(result.digests.sent).toBe(mail.sink.mails.length);
    mail.wait(10);
    await runRound({ ...mail.world.context, holder: 'the next round' }, []);
    expect((await mail.ledger()).map(({ phase, was_ambiguous }) => [phase, was_ambiguous])).toEqual(
      people.map(() => ['sent', false]),
    );
    expect(mail.sink.mails).toHaveLength(people.length);
  });

  it('a process that is told to stop, and a fault of the statement itself, are not waited for', async () => {
    mail = await openMailWorld();
    let tries = 0;
    const failing = async () => {
      tries += 1;
      throw new Error('Connection terminated unexpectedly');
    };
    const stopped = { forMs: 60_000, signal: AbortSignal.abort() };
    await expect(retryWrite(failing, stopped)).rejects.toThrow('Connection terminated');
    expect(tries).toBe(1);
    const wrong = async () => {
      tries += 1;
      await sql`select no_such_column from deliveries`.execute(mail.world.context.db);
    };
    await expect(retryWrite(wrong, { forMs: 60_000 })).rejects.toThrow('no_such_column');
    expect(tries).toBe(2);
  });
});
