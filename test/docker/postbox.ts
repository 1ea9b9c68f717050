import { execFileSync } from 'node:child_process';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { expect } from 'vitest';
import { outside } from './outside.ts';

/** A mail server that keeps what it takes. It offers STARTTLS with a certificate that nobody has signed. */
export type Postbox = {
  url: string;
  /** What was taken for an address, oldest first. */
  mails(email: string): Promise<Email[]>;
  /** Waits for the mail to an address whose text has these words, and returns it. Fails when there are two. */
  awaitMail(email: string, words: string | RegExp): Promise<Email>;
  /**
   * From now on no mail is answered before `release`: one to an address that begins with "early" stops before its text,
   * any other after it, when it is ours to keep. `seen` counts both.
   */
  hold(): { seen(): number; release(): void };
  close(): Promise<void>;
};

/** Starts a mail server that containers can reach. */
export async function startPostbox(): Promise<Postbox> {
  const taken: { to: string[]; raw: Buffer }[] = [];
  let gate: Promise<void> = Promise.resolve();
  let seen = 0;
  const pair = execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${outside}`, '-keyout', '-', '-out', '-'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const server = new SMTPServer({
    key: pair,
    cert: pair,
    authOptional: true,
    disableReverseLookup: true,
    onData(stream, session, answer) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', async () => {
        seen += 1;
        taken.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          raw: Buffer.concat(parts),
        });
        await gate;
        answer();
      });
    },
    async onRcptTo({ address }, _session, answer) {
      if (address.startsWith('early')) {
        seen += 1;
        await gate;
      }
      answer();
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, outside, resolve));
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const mails = (email: string) =>
    Promise.all(taken.filter(({ to }) => to.includes(email)).map(({ raw }) => PostalMime.parse(raw)));
  return {
    url: `smtp://${outside}:${port}`,
    mails,
    async awaitMail(email, words) {
      const find = async () =>
        (await mails(email)).filter(({ text }) => (text ?? '').replaceAll(/\s+/g, ' ').match(words));
      await expect.poll(find, { interval: 200, message: `a mail to ${email} with ${words}` }).toHaveLength(1);
      return (await find())[0] as Email;
    },
    hold() {
      const before = seen;
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return { seen: () => seen - before, release: resolve };
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
