import { setTimeout as sleep } from 'node:timers/promises';
import type { Passage } from '../torture/sink-log.ts';
import type { Stage } from '../torture/strike.ts';
import { type Blow, type Evidence, judgeEachMail, type Verdict } from '../torture/verdict.ts';
import { isNewcomer } from './newcomers.ts';

/** The mails that asked people for their confirmation, and how many each host sent after it was back. */
export type HostsVerdict = { signedUp: number; mails: Verdict; sentAfterwards: number[]; breaches: string[] };

/** Judges what came of people who were told that a mail is coming: each has it, twice only where the ledger says why. */
export function judgeHosts(evidence: Omit<Evidence, 'owed'>, signedUp: string[]): HostsVerdict {
  const { passages, blows } = evidence;
  const mails = judgeEachMail(evidence, isNewcomer);
  const mailed = new Set(passages.filter(({ keptAt }) => keptAt !== null).map(({ to }) => to));
  const missed = signedUp.filter((to) => !mailed.has(to)).map((to) => `${to}: signed up, and no mail came`);
  const sentAfterwards = blows
    .filter(({ kind }) => kind === 'parting')
    .map((blow) => countAfter(blow, passages));
  return { signedUp: signedUp.length, mails, sentAfterwards, breaches: [...mails.breaches, ...missed] };
}

/** Waits until each process that was cut off has sent a mail again, or for so long, in milliseconds. */
export async function untilSentAgain({ blows, sink, troupe }: Stage, forMs: number): Promise<void> {
  const deadline = Date.now() + forMs;
  const isAlive = ({ client }: Blow) => troupe.workers.some(({ name }) => name === client);
  for (; Date.now() < deadline; await sleep(500)) {
    const { passages } = await sink.report();
    const parted = blows.filter((blow) => blow.kind === 'parting' && isAlive(blow));
    if (parted.every((blow) => countAfter(blow, passages) > 0)) return;
  }
}

function countAfter({ client, untilAt }: Blow, passages: Passage[]): number {
  return passages.filter(
    (one) => one.client === client && one.answeredAt !== null && (one.goAheadAt ?? 0) > untilAt,
  ).length;
}
