import type { ImapFlow } from 'imapflow';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readReportCounts } from '../../src/db/delivery/bounces.ts';
import { readMailboxProgress, readMailboxState } from '../../src/jobs/delivery/bounce-alarms.ts';
import { checkMailbox } from '../../src/mail/mailbox/read-mailbox.ts';
import { type BounceWorld, openBounceWorld } from '../support/bounce-world.ts';
import { type MailboxTools, mailboxTools, withImap } from '../support/imap-server.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import type { MailServerName } from './packages.ts';

/** A message that is no report. */
export const answer = 'From: ann@example.net\r\nTo: bell@example.org\r\n\r\nThank you for this.\r\n';
const login = { user: 'bell', pass: 'secret' };
const taken = '$TrialbellTaken';

/** A mailbox of Debian's server and a world whose returned mail comes into it. */
export type MailboxStage = {
  server: MailServer;
  mailbox: MailboxTools;
  /** Works with a connection of its own, with INBOX open. */
  use(work: (client: ImapFlow) => Promise<unknown>): Promise<void>;
  open(people?: string[]): Promise<BounceWorld>;
};

/**
 * Tests of an IMAP server as the home of the bounce mailbox. `keepsMarks` says whether it stores marks of a client's own;
 * `more` adds what only this server does.
 */
export function testMailbox(
  name: MailServerName,
  { keepsMarks }: { keepsMarks: boolean },
  more: (stage: MailboxStage) => void,
): void {
  describe(`the bounce mailbox on Debian's ${name}`, () => {
    const stage = {} as MailboxStage;
    let url = '';
    let world: BounceWorld | null = null;

    beforeAll(async () => {
      stage.server = await startMailServer(name);
      const { port } = stage.server;
      url = `imap://bell:secret@127.0.0.1:${port}/INBOX`;
      stage.mailbox = mailboxTools(port, login);
      stage.use = (work) =>
        withImap(port, login, async (client) => {
          await client.mailboxOpen('INBOX');
          await work(client);
        });
      stage.open = async (people) => {
        world = await openBounceWorld({ empty: stage.mailbox.empty, url: () => url }, people);
        return world;
      };
    });
    afterEach(() => world?.mail.close());
    afterAll(() => stage.server?.close());

    it('E6: each message is taken once, opened or not; an answer stays unseen', async () => {
      const { report, read, reasons, db } = await stage.open(['ann@example.net', 'bob@example.net']);
      await stage.mailbox.append(await report('gmail-disabled'));
      await stage.mailbox.see();
      await stage.mailbox.append(answer, await report('yahoo-complaint', 1));
      expect(await read()).toEqual({ taken: 3, failed: 0 });
      expect(await reasons()).toEqual(['complaint', 'hard-bounce']);
      expect(await read()).toEqual({ taken: 0, failed: 0 });
      expect(await readReportCounts(db)).toEqual({ complaint: 1, hard: 1, none: 1 });
      const mark = keepsMarks ? [taken] : [];
      expect(await stage.mailbox.flags()).toEqual([[...mark, '\\Seen'], mark, [...mark, '\\Seen']]);
      const progress = await readMailboxProgress(db);
      expect(progress?.unmarked === null).toBe(keepsMarks);
      expect(await checkMailbox(url, progress)).toEqual({ messages: 3, waiting: 0 });
      expect(await readMailboxState(db)).toMatchObject({ failingSince: null });
    });

    more(stage);
  });
}
