import { afterEach, describe, expect, it } from 'vitest';
import { sendJob } from '../../../src/jobs/delivery/send-job.ts';
import { openSmtpMailer } from '../../../src/mail/smtp-mailer.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';

let mail: MailWorld;
afterEach(() => mail.close());

const readers = (count: number) => Array.from({ length: count }, (_, n) => `reader${n}@example.net`);
const phases = async () => (await mail.ledger()).map(({ phase }) => phase);
const open = new AbortController().signal;

describe('a job that sends', () => {
  it('sends what is due between two deliveries, and nothing else', async () => {
    mail = await openMailWorld({ people: readers(6) });
    const { context } = mail.world;
    const [deliveryId = 0, put] = mail.ids;
    await mail.send(deliveryId);
    mail.sink.fail({ at: 'rcpt', how: '451 later', times: 1 });
    await mail.send(put);
    await sendJob(context, { deliveryId, through: mail.ids[4] }, open);
    expect(await phases()).toEqual(['sent', 'retry', 'sent', 'sent', 'sent', 'planned']);
    await sendJob(context, { deliveryId, through: mail.ids[4] }, open);
    await sendJob(context, { deliveryId: mail.ids[5] ?? 0 }, open);
    expect(mail.sink.mails).toHaveLength(5);
  });

  it('R7: begins none after its worker closes, and finishes those in work', async () => {
    mail = await openMailWorld({ people: readers(60) });
    const mailer = openSmtpMailer(mail.sink.url);
    const closing = new AbortController();
    const [deliveryId = 0] = mail.ids;
    const sending = sendJob(
      { ...mail.world.context, mailer },
      { deliveryId, through: mail.ids.at(-1) },
      closing.signal,
    );
    await expect.poll(() => mail.sink.mails.length, { interval: 1 }).toBeGreaterThan(0);
    closing.abort(new Error('the worker is closing'));
    await expect(sending).rejects.toThrow('the worker is closing');
    const ended = await phases();
    expect(new Set(ended)).toEqual(new Set(['sent', 'planned']));
    expect(ended.filter((one) => one === 'sent')).toHaveLength(mail.sink.mails.length);
    mailer.close();
  });
});
