import type { Passage } from './sink-log.ts';

/** The ledger's row of one reader's digest at the end. */
export type LedgerEntry = {
  to: string;
  phase: string;
  wasAmbiguous: boolean;
  messageId: string | null;
  /** What the ledger says besides, for whoever looks for a reason. */
  story: string;
};

/**
 * A sender process that was killed, stopped for a while (until `untilAt`), lost its database connections, or was cut off
 * with its host.
 */
export type Blow = {
  kind: 'kill' | 'pause' | 'cut' | 'parting';
  client: string;
  at: number;
  untilAt: number;
};

/** The evidence for judging one run. `owed` are the readers, each owed one digest. */
export type Evidence = { owed: string[]; ledger: LedgerEntry[]; passages: Passage[]; blows: Blow[] };

/** Why a delivery is ambiguous, as the mail server's log places it. */
export type Cause =
  | 'killed between first byte and committed reply'
  | 'killed between 354 and first byte'
  | 'paused in the body'
  | 'server dropped or silent in the body or after it'
  | 'database connection cut in the body'
  | 'host cut off in the body'
  | 'nothing';

/** The figures of a run, and the promises it broke, each in a sentence. */
export type Verdict = {
  sent: number;
  lost: number;
  doubled: number;
  /** Of those, under the same Message-ID, byte for byte. */
  doubledAlike: number;
  ambiguous: number;
  causes: Record<Cause, number>;
  breaches: string[];
};

/** A reply may have been written so long before a blow that kept it from being committed, in milliseconds. */
const commitWithinMs = 5_000;

/** Judges a run by the promises of R1: none lost; a double only where it was ambiguous, and then the same; no doubt without a cause. */
export function judge({ owed, ledger, passages, blows }: Evidence): Verdict {
  const entries = Map.groupBy(ledger, ({ to }) => to);
  const ways = Map.groupBy(passages, ({ to }) => to);
  const struck = Map.groupBy(blows, ({ client }) => client);
  const breaches: string[] = [];
  const verdict: Verdict = {
    sent: 0,
    lost: 0,
    doubled: 0,
    doubledAlike: 0,
    ambiguous: 0,
    causes: {
      'killed between first byte and committed reply': 0,
      'killed between 354 and first byte': 0,
      'paused in the body': 0,
      'server dropped or silent in the body or after it': 0,
      'database connection cut in the body': 0,
      'host cut off in the body': 0,
      nothing: 0,
    },
    breaches,
  };
  for (const to of owed) {
    const digests = entries.get(to) ?? [];
    const [entry] = digests;
    const mine = ways.get(to) ?? [];
    const kept = mine.filter(({ keptAt }) => keptAt !== null);
    if (entry?.phase === 'sent') verdict.sent += 1;
    if (entry?.phase !== 'sent' || kept.length === 0) {
      verdict.lost += 1;
      const story = entry ? `${entry.phase} (${entry.story})` : 'never promised';
      breaches.push(`${to}: ${story}, received ${kept.length} times; ${JSON.stringify(mine)}`);
    }
    if (digests.length > 1) breaches.push(`${to}: promised ${digests.length} times`);
    if (kept.length > 1) {
      verdict.doubled += 1;
      const alike = new Set(kept.map(({ messageId, hash }) => `${messageId} ${hash}`)).size === 1;
      if (alike) verdict.doubledAlike += 1;
      else breaches.push(`${to}: its copies differ`);
      if (!entry?.wasAmbiguous) breaches.push(`${to}: received ${kept.length} times, and never ambiguous`);
    }
    if (kept.some(({ messageId }) => messageId !== entry?.messageId))
      breaches.push(`${to}: received under another Message-ID than the ledger's`);
    if (!entry?.wasAmbiguous) continue;
    verdict.ambiguous += 1;
    const cause = findCause(mine, struck);
    verdict.causes[cause] += 1;
    if (cause !== 'nothing') continue;
    const met = Object.fromEntries(mine.map(({ client }) => [client, struck.get(client) ?? []]));
    breaches.push(`${to}: ambiguous for no reason; ${JSON.stringify(mine)}; ${JSON.stringify(met)}`);
  }
  const known = new Set(owed);
  for (const to of new Set([...entries.keys(), ...ways.keys()])) {
    if (!known.has(to)) breaches.push(`${to}: nobody owed it anything`);
  }
  return verdict;
}

/** Judges people who were promised several digests: each mail of the ledger like a reader of its own. */
export function judgeEachMail(
  { ledger, passages, blows }: Omit<Evidence, 'owed'>,
  isTheirs: (address: string) => boolean,
): Verdict {
  const mails = ledger.filter(({ to, phase }) => isTheirs(to) && phase !== 'cancelled');
  const nameOf = (to: string, messageId: string | null) => `${to} ${messageId}`;
  return judge({
    owed: mails.map(({ to, messageId }) => nameOf(to, messageId)),
    ledger: mails.map((entry) => ({ ...entry, to: nameOf(entry.to, entry.messageId) })),
    // A conversation that ended before the Message-ID may have been about each of their mails.
    passages: passages
      .filter(({ to }) => isTheirs(to))
      .flatMap((passage) => {
        const about = mails.filter(
          ({ to, messageId }) => to === passage.to && (passage.messageId ?? messageId) === messageId,
        );
        const whole = about.length > 0 ? about : [{ to: passage.to, messageId: passage.messageId }];
        return whole.map(({ to, messageId }) => ({ ...passage, to: nameOf(to, messageId) }));
      }),
    blows,
  });
}

function findCause(passages: Passage[], struck: Map<string, Blow[]>): Cause {
  const causes = passages.flatMap((passage) => causesOf(passage, struck.get(passage.client) ?? []));
  const order: Cause[] = [
    'server dropped or silent in the body or after it',
    'killed between first byte and committed reply',
    'paused in the body',
    'database connection cut in the body',
    'host cut off in the body',
    'killed between 354 and first byte',
  ];
  return order.find((cause) => causes.includes(cause)) ?? 'nothing';
}

function causesOf(passage: Passage, blows: Blow[]): Cause[] {
  const { goAheadAt, firstByteAt, endedAt, fault } = passage;
  if (goAheadAt === null) return [];
  const causes: Cause[] = [];
  if (fault !== null && /^(body|dot|reply) (drop|silence)/.test(fault))
    causes.push('server dropped or silent in the body or after it');
  const until = endedAt === null ? Number.POSITIVE_INFINITY : endedAt + commitWithinMs;
  for (const { kind, at, untilAt } of blows) {
    if (untilAt < goAheadAt || at > until) continue;
    if (kind === 'pause') causes.push('paused in the body');
    else if (kind === 'cut') causes.push('database connection cut in the body');
    else if (kind === 'parting') causes.push('host cut off in the body');
    else if (firstByteAt === null) causes.push('killed between 354 and first byte');
    else causes.push('killed between first byte and committed reply');
  }
  return causes;
}

/** The maximum number of messages that one domain was sent within any period of this many seconds. */
export function busiestSeconds(passages: Passage[], domain: string, seconds: number): number {
  const times = passages
    .filter(({ to }) => to.endsWith(`@${domain}`))
    .flatMap(({ goAheadAt }) => goAheadAt ?? [])
    .sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [n, at] of times.entries()) {
    while (at - (times[first] ?? at) > seconds * 1_000) first += 1;
    most = Math.max(most, n - first + 1);
  }
  return most;
}
