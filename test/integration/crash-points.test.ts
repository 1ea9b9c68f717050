import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrateDatabase } from '../../src/db/migrate.ts';
import type { CrashPoint } from '../support/counting-proxy.ts';
import { createRandom } from '../support/site-cases.ts';
import { type OwedRound, prepareOwedRound } from '../support/torture-crash.ts';

// All points of a round are for `npm run torture -- --r2`; here it is a sample, each combination's its own.
const size = Number(process.env.CRASH_POINTS ?? 12);
const seed = Number(process.env.CRASH_SEED ?? (inject('combination') === 'first' ? 1 : 2));
const random = createRandom(seed);

let round: OwedRound;
beforeAll(async () => {
  round = await prepareOwedRound(inject('servers').databaseUrl, migrateDatabase);
}, 300_000);
afterAll(() => round.close());

function drawPoint(): CrashPoint {
  return { at: 1 + random.below(round.words.length), side: random.pick(['before', 'after'] as const) };
}

it('counts what a round says to its servers', () => {
  expect(round.words.filter((word) => word === 'smtp: the dot')).toHaveLength(3);
  expect(round.words.some((word) => /^postgres: update deliveries/.test(word))).toBe(true);
  expect(round.words.length).toBeGreaterThan(50);
});

it(`R2: a crash before or after the k-th statement or SMTP command: nothing lost, nothing doubled without a doubt (seed ${seed})`, {
  timeout: 600_000,
}, async () => {
  const dots = round.words.flatMap((word, n) => (/first bytes|the dot/.test(word) ? [n + 1] : []));
  const points = [
    { at: dots[0] ?? 0, side: 'before' as const },
    { at: dots[1] ?? 0, side: 'after' as const },
    ...Array.from({ length: Math.max(0, size - 2) }, drawPoint),
  ];
  const broken: string[] = [];
  for (const point of points) broken.push(...(await round.crash([point])));
  expect(broken).toEqual([]);
});

it(`R2: two crashes one after the other, drawn by a seed (seed ${seed})`, { timeout: 600_000 }, async () => {
  const broken: string[] = [];
  for (let pairs = 0; pairs < Math.ceil(size / 4); pairs += 1)
    broken.push(...(await round.crash([drawPoint(), drawPoint()])));
  expect(broken).toEqual([]);
});
