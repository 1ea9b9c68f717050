import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { languages } from '../../../src/languages.ts';
import { buildMessage, listIdFor, messageIdFor } from '../../../src/mail/message.ts';
import { renderMail } from '../../../src/mail/render.ts';
import { context, samples } from '../../support/mail-samples.ts';
import { findProgram } from '../../support/servers.ts';

const program = findProgram('spamassassin');
/** A mail counts as spam from 5 on. */
const below = 2;
const longBytes = 40_000;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const dkim = {
  domain: 'example.org',
  selector: 'bell2026',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};

/** A mail as a mailbox provider gets it from our mail server. */
async function receive(name: string, message: Buffer): Promise<Buffer> {
  const received =
    'Received: from mail.example.org (mail.example.org [93.184.215.14])\r\n\tby mx.example.net with ESMTPS for <reader@example.net>;\r\n\tSat, 21 Nov 2026 08:00:01 +0000\r\n';
  return Buffer.concat([Buffer.from(`${received}X-Sample: ${name}\r\n`), message]);
}

/** Every mail of the preview; the shorter ones in every language. */
async function mailsOf(): Promise<Map<string, Buffer>> {
  const mails = new Map<string, Buffer>();
  for (const [state, sample] of Object.entries(samples)) {
    const own = sample.context ?? context;
    // Admins are written to in English.
    const spoken = 'kind' in sample.data && sample.data.kind === 'admin' ? [] : languages;
    for (const language of new Set([own.language, ...spoken])) {
      const list =
        sample.name === 'digest'
          ? {
              listId: listIdFor('bell.example.org'),
              listUnsubscribe: { url: `https://bell.example.org/unsubscribe/${'c3RvcC1pdA'.repeat(5)}` },
            }
          : {};
      const message = await buildMessage({
        ...renderMail(sample.name, sample.data, { ...own, language }),
        ...list,
        to: 'reader@example.net',
        from: 'Trialbell <bell@example.org>',
        messageId: messageIdFor(`${state} ${language}`, 'bell.example.org'),
        date: '2026-11-21T08:00:00.000Z',
        dkim,
      });
      // Its rules are slow, and the words of a long mail are those of a short one.
      if (language !== own.language && message.length > longBytes) continue;
      const name = `${state}/${language}`;
      mails.set(name, await receive(name, message));
    }
  }
  return mails;
}

type Score = { score: number; rules: string };

/** What spamassassin finds with its local tests alone: nothing is asked of any network, nothing is learned. */
async function judge(mails: Map<string, Buffer>): Promise<Map<string, Score>> {
  const folder = mkdtempSync(join(tmpdir(), 'trialbell-spam-'));
  try {
    const files = [...mails.values()].map((mail, n) => {
      const file = join(folder, `${n}.eml`);
      writeFileSync(file, mail);
      return file;
    });
    const settings = ['use_bayes 0', 'fold_headers 0', 'add_header all Found _SCORE_ _TESTSSCORES(,)_'];
    const how = ['--local', '--nocreate-prefs', ...settings.map((line) => `--cf=${line}`)];
    const { stdout } = await promisify(execFile)(program ?? '', [...how, ...files], {
      env: { PATH: '/usr/bin:/bin', HOME: folder, LANG: 'C.UTF-8' },
      cwd: folder,
      maxBuffer: 100_000_000,
    });
    const scores = new Map<string, Score>();
    const found = /^X-Spam-Found: (\S+) (.*)$[\s\S]*?^X-Sample: (.*)$/gm;
    for (const [, score, rules = '', name = ''] of stdout.replace(/\r\n/g, '\n').matchAll(found))
      scores.set(name, { score: Number(score), rules });
    return scores;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Left out with the network: whether DKIM and SPF hold, block lists of addresses and links; and what is learned (Bayes,
 * senders known before). END_FUTURE_EMAILS (a link that says “Stop all emails (unsubscribe)”) hits for that reason alone: it spares
 * mails whose signature was seen, and DKIM is not looked at locally.
 */
describe.skipIf(program === null)('what spamassassin says of our mails', () => {
  it(`every mail of the preview scores below ${below}`, async () => {
    const mails = await mailsOf();
    const scores = await judge(mails);
    const lines = [...scores].map(
      ([name, { score, rules }]) => `${score.toFixed(1).padStart(5)}  ${name}  ${rules}`,
    );
    console.log(`spamassassin, local tests:\n${lines.join('\n')}`);
    expect([...scores.keys()].sort()).toEqual([...mails.keys()].sort());
    expect([...scores].filter(([, { score }]) => !(score < below))).toEqual([]);
  });

  it('would say so of a mail that looks like spam', async () => {
    const spam = await buildMessage({
      subject: 'VIAGRA FREE!!! ACT NOW',
      text: 'Dear friend, click here: 100% free money, no risk, Viagra and Cialis. XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X',
      html: '<p>XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X</p>',
      to: 'reader@example.net',
      from: 'Trialbell <bell@example.org>',
      messageId: messageIdFor('spam', 'bell.example.org'),
      date: '2026-11-21T08:00:00.000Z',
    });
    const scores = await judge(new Map([['spam', await receive('spam', spam)]]));
    expect(scores.get('spam')?.score).toBeGreaterThanOrEqual(below);
  });
});
