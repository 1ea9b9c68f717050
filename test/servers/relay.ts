import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { findSuppression } from '../../src/db/subscribers/subscribers.ts';
import type { Context } from '../../src/jobs/context.ts';
import { settleDoubts } from '../../src/jobs/sweep.ts';
import { dkimRecord } from '../../src/mail/dkim.ts';
import { openBounceWorld } from '../support/bounce-world.ts';
import { type ImapServer, startImapServer } from '../support/imap-server.ts';
import { type MailWorld, openMailWorld } from '../support/mail-world.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { type MailServer, startMailServer, waitFor } from './mail-server.ts';
import type { MailServerName } from './packages.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const dkim = {
  domain: 'example.org',
  selector: 'bell2026',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};
const sender = 'bell@example.org';
const patience = { connectMs: 5_000, greetingMs: 10_000, commandMs: 10_000, replyMs: 10_000 };
/** The servers give up after seconds here; they try again every second or two. */
const giveUpMs = 150_000;

/** What the next hop answers, by the name of the recipient. */
const answers: Record<string, `${4 | 5}${string}`> = {
  dead: '550 5.1.1 <dead@example.net>: Recipient address rejected: User unknown in virtual mailbox table',
  full: '552 5.2.2 <full@example.net>: The mailbox is over quota',
  busy: '450 4.2.1 <busy@example.net>: The user is receiving mail too quickly, try again later',
  blocked: '550 5.7.1 Service unavailable; client host [192.0.2.7] blocked using zen.example.org',
};

/**
 * Tests of a mail server as the way out: digests go through it to a scripted next hop, and what comes back is read from a
 * mailbox. `saidOfCutMail` is what a server logs that throws away a mail whose connection ended after the final dot; others deliver it.
 */
export function testRelay(
  name: MailServerName,
  { saidOfCutMail = null }: { saidOfCutMail?: RegExp | null } = {},
): void {
  describe(`mail by way of Debian's ${name}`, () => {
    let hop: SmtpSink;
    let server: MailServer;
    let mailbox: ImapServer;
    let mail: MailWorld | null = null;
    const tried = new Set<string>();

    beforeAll(async () => {
      hop = await startSmtpSink({
        answerTo(recipient) {
          const who = recipient.split('@')[0] ?? '';
          const isFirst = !tried.has(recipient);
          tried.add(recipient);
          if (who === 'grey' && isFirst) return '451 4.7.1 Greylisting in action, please come back later';
          if (who === 'cut' && isFirst) return 'drop';
          return answers[who] ?? null;
        },
      });
      [server, mailbox] = await Promise.all([startMailServer(name, hop.port), startImapServer()]);
    });
    afterEach(() => mail?.close());
    afterAll(async () => {
      await server?.close();
      await mailbox?.close();
      await hop?.close();
    });

    /** Lets a world send by way of the server. */
    function direct(context: Context, port = server.port): void {
      context.config.smtpUrl = `smtp://127.0.0.1:${port}`;
      context.config.mailFrom = `Trialbell <${sender}>`;
      context.config.dkim = dkim;
      context.smtpTimeouts = patience;
    }

    const mailsTo = (email: string) => hop.mails.filter(({ to }) => to.includes(email));
    const inVain = (what: string) => () =>
      `${what}; the next hop has ${hop.mails.map(({ to }) => to).join(', ')}\n${server.log()}`;

    it('E6: the ledger and the suppressed addresses are as a good admin expects, DKIM verifies', async () => {
      const names = ['ann', 'dead', 'full', 'busy', 'blocked', 'grey', 'cut'];
      const people = names.map((who) => `${who}@example.net`);
      const world = await openBounceWorld(mailbox, people, direct);
      mail = world.mail;
      const { context, db, read, reasons } = world;
      const rows = await Promise.all(mail.ids.map((id) => world.mail.row(id)));
      // A server may tell of a delay first.
      let handed = 0;
      const findBounces = () =>
        db
          .selectFrom('bounces')
          .innerJoin('deliveries', 'deliveries.id', 'bounces.delivery_id')
          .select(['bounces.kind', 'deliveries.id'])
          .execute();
      const isOver = async () => {
        const returned = mailsTo(sender).slice(handed);
        handed += returned.length;
        if (returned.length > 0) await mailbox.append(...returned.map(({ message }) => message));
        if (returned.length > 0) expect(await read()).toEqual({ taken: returned.length, failed: 0 });
        const isThere = mailsTo('cut@example.net').length >= 2 && mailsTo('grey@example.net').length > 0;
        return isThere && (await findBounces()).length >= 4;
      };
      await waitFor(isOver, giveUpMs, inVain('not all is there'));

      expect(await reasons()).toEqual(['hard-bounce']);
      expect(await findSuppression(db, context.keys, 'dead@example.net')).toBe('hard-bounce');
      const bounces = await findBounces();
      const kinds = rows.map((row) => bounces.find(({ id }) => id === row.id)?.kind ?? null);
      expect(kinds).toEqual([null, 'hard', 'soft', 'soft', 'policy', null, null]);
      const alerts = await db.selectFrom('alerts').select('name').execute();
      expect(alerts.map((alert) => alert.name)).toEqual(['mail-blocked']);

      expect(mailsTo('ann@example.net')).toHaveLength(1);
      expect(mailsTo('grey@example.net')).toHaveLength(1);
      const copies = mailsTo('cut@example.net').map(({ messageId }) => messageId);
      expect(new Set(copies).size).toBe(1);
      for (const [n, who] of names.entries()) {
        expect(rows[n]?.phase).toBe('sent');
        for (const copy of mailsTo(`${who}@example.net`)) expect(copy.messageId).toBe(rows[n]?.message_id);
      }
      const message = mailsTo('ann@example.net')[0]?.message ?? Buffer.alloc(0);
      const { results } = await dkimVerify(message, { resolver: async () => [[dkimRecord(dkim)]] });
      expect(results.map(({ status }) => status.result)).toEqual(['pass']);
    });

    it(`R1: cut off after the final dot the server ${saidOfCutMail ? 'throws the mail away' : 'delivers the mail'}: it goes out once more under its Message-ID`, async () => {
      const cutter = await startCutter(server.port);
      mail = await openMailWorld({ people: ['doubt@example.net'] });
      const { context } = mail.world;
      direct(context, cutter.port);
      expect(await mail.send()).toBe('ambiguous');
      await cutter.close();
      direct(context);
      mail.wait(60);
      await settleDoubts(context);
      expect(await mail.send()).toBe('sent');
      const expected = saidOfCutMail ? 1 : 2;
      const isThere = () =>
        mailsTo('doubt@example.net').length >= expected &&
        (saidOfCutMail === null || saidOfCutMail.test(server.log()));
      await waitFor(isThere, giveUpMs, inVain('the mail is not there'));
      expect(mailsTo('doubt@example.net').map(({ messageId }) => messageId)).toEqual(
        Array(expected).fill((await mail.row()).message_id),
      );
    });
  });
}

/** A proxy that cuts the connection once the server has the final dot. */
async function startCutter(target: number): Promise<{ port: number; close(): Promise<void> }> {
  const cutter = createServer((inner) => {
    const outer = connect(target, '127.0.0.1');
    let tail = '';
    outer.on('error', () => {}).on('close', () => inner.destroy());
    inner.on('error', () => {}).on('close', () => outer.destroy());
    outer.on('data', (chunk) => inner.write(chunk));
    inner.on('data', (chunk) => {
      tail = (tail + chunk.toString('latin1')).slice(-5);
      if (tail === '\r\n.\r\n') outer.end(chunk, () => inner.destroy());
      else outer.write(chunk);
    });
  }).listen(0, '127.0.0.1');
  await once(cutter, 'listening');
  const address = cutter.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    async close() {
      const closed = once(cutter, 'close');
      cutter.close();
      await closed;
    },
  };
}
