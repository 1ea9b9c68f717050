import { afterEach, describe, expect, inject, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { tortureWorkerPath } from '../support/program.ts';
import { drawFaults, noAmounts } from '../torture/faults.ts';
import { tellHostileStory } from '../torture/hostile-days.ts';
import { type HostileEvidence, judgeHostile } from '../torture/hostile-verdict.ts';
import { type StoppableRedis, startStoppableRedis } from '../torture/servers.ts';
import type { Passage } from '../torture/sink-log.ts';
import { formatReport } from '../torture/table.ts';
import { runTorture, type TortureOptions } from '../torture/torture.ts';
import { type Evidence, judge, judgeEachMail } from '../torture/verdict.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A short run on this combination's servers. */
async function runShortly(options: Pick<TortureOptions, 'digests' | 'amounts' | 'duringMs'>) {
  const database = await createTestDatabase();
  closers.push(database.drop);
  const redis: StoppableRedis | null = inject('servers').redisUrl ? await startStoppableRedis() : null;
  if (redis) closers.push(redis.stop);
  const seed = Number(process.env.TORTURE_SEED ?? Date.now() % 1_000_000);
  const report = await runTorture({
    databaseUrl: database.url,
    redis,
    seed,
    patienceMs: 240_000,
    workerFile: tortureWorkerPath(),
    ...options,
  });
  return { report, told: `seed ${seed}\n${formatReport(report)}` };
}

it('R1, L8: 20 kills over 500 digests, all processes killed at once, and other faults: all processes resume', async () => {
  const { redisUrl } = inject('servers');
  const amounts = {
    ...noAmounts(),
    kills: 20,
    restarts: 1,
    pauses: 1,
    drops: 20,
    refusals: 1,
    cuts: 2,
    wipes: 1,
    stops: redisUrl ? 1 : 0,
  };
  const { report, told } = await runShortly({ digests: 500, amounts, duringMs: 25_000 });
  expect(report.breaches, told).toEqual([]);
  expect(report, told).toMatchObject({ sent: 500, lost: 0, done: amounts });
  expect(report.doubledAlike, told).toBe(report.doubled);
});

describe('R1: the judge of a run', () => {
  const passage = (parts: Partial<Passage>): Passage => ({
    client: 'w1',
    to: 'ann@example.net',
    goAheadAt: 100,
    firstByteAt: 101,
    dotAt: 102,
    keptAt: 103,
    answeredAt: 104,
    endedAt: 104,
    messageId: '<1@a>',
    hash: 'x',
    fault: null,
    ...parts,
  });
  const evidence = (parts: Partial<Evidence> = {}): Evidence => ({
    owed: ['ann@example.net'],
    ledger: [{ to: 'ann@example.net', phase: 'sent', wasAmbiguous: false, messageId: '<1@a>', story: '' }],
    passages: [passage({})],
    blows: [],
    ...parts,
  });
  const ambiguous = [
    { to: 'ann@example.net', phase: 'sent', wasAmbiguous: true, messageId: '<1@a>', story: '' },
  ];
  const again = passage({ client: 'w2', goAheadAt: 500 });
  const kill = { kind: 'kill', client: 'w1', at: 103, untilAt: 103 } as const;

  it('accepts a promise that was kept', () => {
    expect(judge(evidence()).breaches).toEqual([]);
    const cut = passage({ answeredAt: null });
    const killed = judge(evidence({ ledger: ambiguous, passages: [cut, again], blows: [kill] }));
    expect(killed).toMatchObject({ doubled: 1, doubledAlike: 1, ambiguous: 1, lost: 0, breaches: [] });
    const dropped = passage({ answeredAt: null, fault: 'reply drop' });
    expect(judge(evidence({ ledger: ambiguous, passages: [dropped, again] })).breaches).toEqual([]);
  });

  it.each<[string, Partial<Evidence>, RegExp]>([
    ['was lost', { passages: [] }, /sent .*received 0 times/],
    ['was never promised', { ledger: [] }, /never promised/],
    ['came twice without a doubt', { passages: [passage({}), again] }, /never ambiguous/],
    [
      'came twice under two names',
      { ledger: ambiguous, passages: [passage({}), { ...again, messageId: '<2@a>' }], blows: [kill] },
      /copies differ/,
    ],
    ['is in doubt for no reason', { ledger: ambiguous }, /ambiguous for no reason/],
    [
      'is in doubt long after its reply',
      { ledger: ambiguous, blows: [{ ...kill, at: 9_000, untilAt: 9_000 }] },
      /no reason/,
    ],
    [
      'is in doubt long after its connection was lost',
      {
        ledger: ambiguous,
        passages: [passage({ answeredAt: null, keptAt: null }), again],
        blows: [{ ...kill, at: 9_000, untilAt: 9_000 }],
      },
      /no reason/,
    ],
    [
      'is in doubt for what happened to another process',
      { ledger: ambiguous, blows: [{ ...kill, client: 'w9' }] },
      /no reason/,
    ],
    [
      'is in doubt for a fault before the message',
      { ledger: ambiguous, passages: [passage({ goAheadAt: null, fault: 'rcpt drop' }), passage({})] },
      /no reason/,
    ],
    ['went to a stranger', { passages: [passage({}), passage({ to: 'eve@example.net' })] }, /nobody owed/],
  ])('sees a mail that %s', (_what, parts, words) => {
    expect(judge(evidence(parts)).breaches.join('\n')).toMatch(words);
  });

  it('the faults of a seed are always the same', () => {
    const amounts = { ...noAmounts(), kills: 5, drops: 5, stops: 2 };
    expect(drawFaults(7, amounts, 1_000)).toEqual(drawFaults(7, amounts, 1_000));
    expect(drawFaults(7, amounts, 1_000)).not.toEqual(drawFaults(8, amounts, 1_000));
  });
});

describe('N1, N2, N3, N4, N5: the judge of hostile days', () => {
  const story = tellHostileStory(new Map());
  const real = story.days.flatMap((day) => day.real);
  const trialsOf = (kind: string) =>
    story.days.flatMap(({ mark }) => (mark.kind === kind && 'trials' in mark ? mark.trials : []));
  const held = trialsOf('held').map((trial) => ({ trial, kind: 'title', after: 'x', state: 'held' }));
  const evidence = (parts: Partial<HostileEvidence> = {}): HostileEvidence => ({
    story,
    read: story.days.map(({ name }) => ({ name, isRead: true, kills: 1, runs: 2, ends: [] })),
    followers: [7],
    told: real.map((one) => ({ ...one, follower: 7 })),
    changes: [...held, ...real.map((one) => ({ ...one, state: 'released' }))],
    quarantined: trialsOf('quarantined').map((trial) => ({ trial, reason: 'x', isRecovered: true })),
    stored: trialsOf('stored'),
    endless: ['this reading was ended'],
    ...parts,
  });
  const [first] = real;
  const [swapped] = held;
  if (!first || !swapped) throw new Error('the story is empty');

  it('is content when all that is real was told and every strange record is accounted for', () => {
    expect(judgeHostile(evidence())).toMatchObject({
      owed: real.length,
      missing: 0,
      falselyTold: 0,
      breaches: [],
    });
  });

  it.each<[string, Partial<HostileEvidence>, RegExp]>([
    ['left out a real change', { told: evidence().told.slice(1) }, /was not told/],
    [
      'told something else',
      { told: [...evidence().told, { ...first, after: 'x', follower: 7 }] },
      /told, and not so/,
    ],
    [
      'released what is not so',
      { changes: [{ ...first, after: 'x', state: 'released' }, ...held] },
      /released, and not so/,
    ],
    [
      'told what was swapped',
      { changes: [...held, { ...swapped, state: 'released' }] },
      /two records swapped: no trace/,
    ],
    ['set nothing aside', { quarantined: [] }, /impossible dates.*: no trace/],
    ['lost a record', { stored: [] }, /letters: no trace/],
    ['never ended a reading', { endless: [] }, /never ends: no trace/],
    ['never read a day', { read: [] }, /never read whole/],
    ['was followed by nobody', { followers: [] }, /nobody follows/],
  ])('sees a run that %s', (_what, parts, words) => {
    expect(judgeHostile(evidence(parts)).breaches.join('\n')).toMatch(words);
  });

  it('sees a mail of theirs that is lost among several, and one that came twice', () => {
    const to = 'follower0@witness.example.net';
    const entry = { to, phase: 'sent', wasAmbiguous: false, story: '' };
    const way = (messageId: string) => ({
      ...{ client: 'w1', to, goAheadAt: 1, firstByteAt: 1, dotAt: 1, keptAt: 1, answeredAt: 1, endedAt: 1 },
      ...{ messageId, hash: 'x', fault: null },
    });
    const ledger = ['<1@a>', '<2@a>'].map((messageId) => ({ ...entry, messageId }));
    const judged = (passages: Passage[]) => judgeEachMail({ ledger, passages, blows: [] }, () => true);
    expect(judged([way('<1@a>'), way('<2@a>')])).toMatchObject({ sent: 2, lost: 0, breaches: [] });
    expect(judged([way('<1@a>')]).breaches.join()).toMatch(/<2@a>: sent .*received 0 times/);
    expect(judged([way('<1@a>'), way('<1@a>'), way('<2@a>')]).breaches.join()).toMatch(/never ambiguous/);
  });
});
