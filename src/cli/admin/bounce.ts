import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { messageOf, TrialbellError } from '../../errors.ts';
import { mostReportBytes, type TakenBounce, takeBounce } from '../../jobs/delivery/record-bounce.ts';
import { withApp } from '../options.ts';
import { say } from '../output.ts';

const meanings: Record<TakenBounce['kind'], string> = {
  hard: 'its mailbox is not there',
  soft: 'its mailbox took no mail',
  policy: 'it was refused for who we are, not for whom it went to; the admins are told',
  message: 'it was refused for its own form; nothing follows from that',
  complaint: 'its reader called it spam',
  delayed: 'it is still being tried; nothing follows from that',
  information: 'nothing went wrong',
  repeated: 'that was known; nothing follows from it',
  foreign: 'The report names no mail that was sent from here. It is ignored, and counted.',
  oversized: 'This is too large to be a report. It is ignored, and counted.',
  none: 'This is no report of a mail server. It is ignored, and counted.',
};

/** `bounce`: the hook for mails that come back. */
export function addBounce(program: Command): void {
  program
    .command('bounce')
    .description(
      'take a mail that came back: a delivery status or feedback report, from a file or standard input',
    )
    .argument('[FILE]', 'the raw message; standard input when not given')
    .addHelpText(
      'after',
      '\nFor a mail server, in /etc/aliases: bounces: "|/path/to/trialbell bounce || exit 75"\n(75: it keeps the report and tries again later.) It needs the environment of the other processes. A report is believed only when it names a mail that was sent from here.',
    )
    .action(async (file?: string) => {
      const raw = await readAll(file);
      const { kind, deliveryId, suppressed } = await withApp(({ context }) => takeBounce(context, raw));
      if (deliveryId === null) return say(meanings[kind]);
      say(`Mail ${deliveryId}: ${meanings[kind]}.${suppressed ? ' Nothing more goes to its address.' : ''}`);
    });
}

/** The message; null when it is too large to be a report. */
async function readAll(file: string | undefined): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of file === undefined ? process.stdin : createReadStream(file)) {
      bytes += chunk.length;
      // The rest is read too, and let go: whoever writes into a closed pipe would try again.
      if (bytes <= mostReportBytes) chunks.push(Buffer.from(chunk));
    }
  } catch (cause) {
    throw new TrialbellError(`The message cannot be read: ${messageOf(cause)}`, { cause });
  }
  return bytes > mostReportBytes ? null : Buffer.concat(chunks);
}
