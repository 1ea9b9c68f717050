import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBounce } from '../../../src/mail/bounces/bounce.ts';
import type { BounceKind } from '../../../src/mail/bounces/kinds.ts';

const folder = new URL('../../fixtures/bounces/', import.meta.url);
const ours = '<0123456789abcdef0123456789abcdef01234567@bell.example.org>';
const sample = (name: string) => readFileSync(new URL(`${name}.eml`, folder));

/** The meaning of each sample, and a word of the server's that must be kept. */
const table: [name: string, kind: BounceKind, said: string][] = [
  ['postfix-unknown-user', 'hard', 'User unknown'],
  ['postfix-null-mx', 'hard', 'nullMX'],
  ['postfix-yahoo-no-account', 'hard', "doesn't have a yahoo.com account"],
  ['exim-unknown-user', 'hard', 'No such user here'],
  ['exchange-not-found', 'hard', 'RecipientNotFound'],
  ['gmail-unknown-user', 'hard', 'does not exist'],
  ['gmail-disabled', 'hard', 'inactive'],
  ['sendmail-moved', 'hard', 'not local'],
  ['postfix-expired', 'soft', 'timed out'],
  ['postfix-mailbox-full', 'soft', 'quota exceeded'],
  ['exim-retry-timeout', 'soft', 'retry timeout exceeded'],
  ['exchange-quota', 'soft', 'mailbox full'],
  ['exchange-access-denied', 'soft', 'Access denied'],
  ['gmail-over-quota', 'soft', 'out of storage space'],
  ['postfix-blocklist', 'policy', 'zen.spamhaus.org'],
  ['postfix-outlook-blocked', 'policy', 'S3150'],
  ['postfix-yahoo-deferred', 'policy', 'TSS04'],
  ['exim-spam', 'policy', 'judged to be spam'],
  ['exchange-group', 'policy', 'SenderNotAuthenticatedForGroup'],
  ['gmail-unauthenticated', 'policy', 'unauthenticated'],
  ['postfix-too-large', 'message', 'exceeds fixed limit'],
  ['postfix-delayed', 'delayed', 'refused'],
  ['postfix-relayed', 'information', '250 2.0.0 OK'],
  ['yahoo-complaint', 'complaint', 'abuse (Yahoo!-Mail-Feedback/2.0)'],
  ['fastmail-complaint', 'complaint', 'abuse (ReturnPathFBL/2.0)'],
  ['arf-not-spam', 'information', 'not-spam'],
];

type Classify = (raw: Buffer) => Promise<BounceKind | null>;
const ofOurs: Classify = async (raw) => (await readBounce(raw)).kind;

async function wrong(classify: Classify): Promise<string[]> {
  const found = await Promise.all(table.map(async ([name]) => [name, await classify(sample(name))] as const));
  return found.flatMap(([name, kind], n) => (kind === table[n]?.[1] ? [] : `${name}: ${kind}`));
}

describe('E6: delivery-status and feedback reports', () => {
  it('E6: every sample is in the table, and classified rightly', async () => {
    const samples = readdirSync(folder).map((name) => name.replace('.eml', ''));
    expect(table.map(([name]) => name).sort()).toEqual(samples.sort());
    expect(table.length).toBeGreaterThanOrEqual(20);
    expect(await wrong(ofOurs)).toEqual([]);
  });

  it('E6: a reader that looks at the first digit of the status alone gets many of them wrong', async () => {
    const naive: Classify = async (raw) =>
      /^Status: 5/m.test(raw.toString()) ? 'hard' : /^Status: 4/m.test(raw.toString()) ? 'soft' : 'complaint';
    expect((await wrong(naive)).length).toBeGreaterThan(8);
  });

  it.each(table)('E6: %s (%s) names our mail, and keeps what was said', async (name, _kind, said) => {
    const bounce = await readBounce(sample(name));
    expect(bounce.messageIds).toEqual([ours]);
    expect(bounce.said).toContain(said);
  });

  it('E6: reads the same with the line ends of the wire', async () => {
    for (const [name, kind] of table) {
      const wire = sample(name).toString().replaceAll('\n', '\r\n');
      expect([name, (await readBounce(wire)).kind]).toEqual([name, kind]);
    }
  });

  it('E6, B3: a code with a 7 in its middle is never the recipient’s fault, unless clear words say so', async () => {
    const text = sample('postfix-unknown-user').toString();
    const statuses = fc.tuple(fc.constantFrom(4, 5), fc.integer({ min: 30, max: 99 }));
    const words = fc.constantFrom('no', 'not now', 'denied', 'no such luck', 'come back with a mailbox');
    const holds = (classify: Classify) =>
      fc.assert(
        fc.asyncProperty(statuses, words, async ([first, last], said) => {
          const changed = (told: string) =>
            Buffer.from(
              text
                .replace(/(Code: smtp; )550 5\.1\.1 <[\s\S]*?table\n/, `$1${told}\n`)
                .replace(/ said: 550[\s\S]*?command\)/, ''),
            );
          const code = `${first}.7.${last}`;
          expect(await classify(changed(`${first}50 ${code} ${said}`))).toBe('policy');
          expect(await classify(changed(`550 ${code} User unknown`))).toBe(first === 4 ? 'soft' : 'hard');
        }),
      );
    await holds(ofOurs);
    const byCodeAlone: Classify = async (raw) =>
      /smtp; \d+ [45]\.7\./.test(raw.toString()) ? 'policy' : 'hard';
    await expect(holds(byCodeAlone)).rejects.toThrow('Property failed');
  });

  it('E6: digits inside an address or a version are not a code', async () => {
    const text = sample('exim-retry-timeout').toString();
    const timedOut = 'Diagnostic-Code: smtp; 451 4.5.0 timeout from 5.1.1.7 (Exim 5.1.10)';
    const changed = text.replace('Status: 5.0.0', `Status: 4.0.0\n${timedOut}`);
    expect((await readBounce(changed)).kind).toBe('soft');
  });

  it('E6: words of a dead mailbox count for good only in a refusal for good', async () => {
    const exim = sample('exim-unknown-user').toString();
    const later = exim.replaceAll('550 No', '450 No');
    expect(later).not.toBe(exim);
    expect(await readBounce(later)).toMatchObject({ kind: 'soft', limit: 'three' });
  });

  it('E6: an address that leads to several mailboxes is dead only when all of them are', async () => {
    const text = sample('postfix-unknown-user').toString();
    const second = (action: string, status: string) =>
      text.replace(
        '\n\n--4Tb2Kq0W3Rz9sX.1762246821/mail.example.org\nContent-Description: Undelivered',
        (end) => `\n\nFinal-Recipient: rfc822; bob@example.net\nAction: ${action}\nStatus: ${status}\n${end}`,
      );
    expect(second('failed', '5.1.1')).not.toBe(text);
    const kindOf = async (changed: string) => (await readBounce(changed)).kind;
    expect(await kindOf(second('failed', '5.1.1'))).toBe('hard');
    expect(await kindOf(second('failed', '4.2.2'))).toBe('soft');
    expect(await kindOf(second('relayed', '2.0.0'))).toBe('soft');
    expect(await kindOf(second('failed', '5.7.1'))).toBe('policy');
  });

  it('C16: whatever the bytes, it neither throws nor takes long words along', async () => {
    const text = sample('postfix-unknown-user').toString();
    const nested = `${'Content-Type: multipart/mixed; boundary=a\n\n--a\n'.repeat(300)}${text}`;
    expect((await readBounce(nested)).kind).toBe('none');
    const long = await readBounce(text.replace('User unknown', `User ${'x'.repeat(200_000)} unknown`));
    expect(long.said.length).toBeLessThanOrEqual(1_000);
    const many = text.replace(
      'Return-Path: <>',
      `References: ${'<a@b> '.repeat(3)}${Array.from({ length: 500 }, (_, n) => `<${n}@x>`).join(' ')}`,
    );
    expect((await readBounce(many)).messageIds.length).toBeLessThanOrEqual(10);
    expect((await readBounce(many)).messageIds).toContain(ours);
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length), fc.string({ maxLength: 40 }), async (at, noise) => {
        await readBounce(text.slice(0, at) + noise + text.slice(at + noise.length));
      }),
    );
  });
});
