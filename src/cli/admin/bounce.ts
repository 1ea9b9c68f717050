import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { messageOf, reportError, TrialbellError } from '../../errors.ts';
import { mostReportBytes, type TakenBounce, takeBounce } from '../../jobs/delivery/record-bounce.ts';
import { readBounce } from '../../mail/bounces/bounce.ts';
import { type BounceKind, reportOf } from '../../mail/bounces/kinds.ts';
import { withApp } from '../options.ts';
import { printJson, say } from '../output.ts';

const meanings: Record<TakenBounce['kind'], string> = {
  hard: 'the mailbox does not exist',
  soft: 'the mailbox could not take the email',
  policy: 'it was refused because of its sender, not its recipient; the admins are alerted',
  message: 'it was refused because of its content; no action is taken',
  complaint: 'the reader reported it as spam',
  delayed: 'delivery is still being attempted; no action is taken',
  information: 'nothing went wrong',
  repeated: 'this was already known; no action is taken',
  foreign: 'The report names no email that was sent from here. It is counted and ignored.',
  oversized: 'This is too large to be a report. It is counted and ignored.',
  none: 'This is not a report from a mail server. It is counted and ignored.',
};

/** `bounce`: the hook for bounced mails, and an offline check of how a mail would be classified. */
export function addBounceVerb(program: Command): void {
  program
    .command('bounce')
    .description('record a bounce: a delivery status or feedback report, from a file or standard input')
    .argument('[FILE...]', 'the raw message; standard input when not given')
    .option('--judge', 'only say how each FILE would be classified; offline, nothing is stored')
    .option('--json', 'with --judge: print one JSON value')
    .addHelpText(
      'after',
      '\nFor a mail server, in /etc/aliases: bounces: "|/path/to/trialbell bounce || exit 75"\n(On 75 the mail server keeps the report and tries again later.) It needs the environment of the other processes. A report counts only if it names an email that was sent from here.',
    )
    .action((files: string[], { judge = false, json = false }: { judge?: boolean; json?: boolean }) => {
      if (judge) return judgeFiles(files, json);
      if (json) throw usage('--json belongs to --judge.');
      if (files.length > 1) throw usage('Give one FILE, or --judge for several.');
      return take(files[0]);
    });
}

async function take(file: string | undefined): Promise<void> {
  const raw = await readAll(file);
  const { kind, deliveryId, suppressed } = await withApp(({ context }) => takeBounce(context, raw));
  if (deliveryId === null) return say(meanings[kind]);
  say(`Email ${deliveryId}: ${meanings[kind]}.${suppressed ? ' Its address gets no more email.' : ''}`);
}

type Judgement = { file: string; kind: BounceKind; reason: string; messageId: string | null };

async function judgeFiles(files: string[], json: boolean): Promise<void> {
  if (files.length === 0) throw usage('--judge needs one or more FILEs.');
  const judgements: Judgement[] = [];
  for (const file of files) {
    let raw: Buffer | null;
    try {
      raw = await readAll(file);
    } catch (error) {
      // The others are judged all the same.
      reportError(error);
      continue;
    }
    const { kind, reason, messageIds } = raw ? await readBounce(raw) : tooLarge;
    judgements.push({ file, kind, reason, messageId: messageIds[0] ?? null });
  }
  if (json) return printJson(judgements);
  for (const { file, kind, reason } of judgements) say(`${file}: ${kind}. ${reason}`);
}

const tooLarge = { ...reportOf('none', 'This is too large to be a report.'), messageIds: [], tokens: [] };
const usage = (message: string) => new TrialbellError(message, { exitCode: 2 });

/** The message; null if it is too large to be a report. */
async function readAll(file: string | undefined): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of file === undefined ? process.stdin : createReadStream(file)) {
      bytes += chunk.length;
      // Read and discard the rest: a mail server that writes into a closed pipe would try again.
      if (bytes <= mostReportBytes) chunks.push(Buffer.from(chunk));
    }
  } catch (cause) {
    const which = file === undefined ? 'The message' : `The message in ${file}`;
    throw new TrialbellError(`${which} cannot be read: ${messageOf(cause)}`, { cause });
  }
  return bytes > mostReportBytes ? null : Buffer.concat(chunks);
}
