import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { migrateDatabase } from '../../../src/db/maintenance/migrate.ts';
import type { CrashPoint } from '../../support/counting-proxy.ts';
import { programPath } from '../../support/program.ts';
import { createRandom } from '../../support/random.ts';
import { type OwedRound, prepareOwedRound } from '../../support/torture-crash.ts';

// All points of a round are for `npm run torture -- --r2`; here it is a sample, each combination's its own.
const size = Number(process.env.CRASH_POINTS ?? 8);
const seed = Number(process.env.CRASH_SEED ?? (inject('combination') === 'first' ? 1 : 2));
const random = createRandom(seed);

let round: OwedRound;
beforeAll(async () => {
  round = await prepareOwedRound(inject('servers').databaseUrl, migrateDatabase, programPath());
}, 300_000);
afterAll(() => round.close());

function drawPoint(how: CrashPoint['how']): CrashPoint {
  return { at: 1 + random.below(round.words.length), side: random.pick(['before', 'after'] as const), how };
}

it('counts what a round says to its servers', () => {
  expect(round.words.filter((word) => word === 'smtp: the dot')).toHaveLength(3);
  expect(round.words.some((word) => /^postgres: update deliveries/.test(word))).toBe(true);
  expect(round.words.length).toBeGreaterThan(50);
});

it(`R2: a crash before or after the k-th statement or SMTP command: nothing lost, nothing doubled without a doubt (seed ${seed})`, async () => {
  const broken: string[] = [];
  for (let n = 0; n < size; n += 1) {
    const crashed = await round.crash([drawPoint('kill')]);
    broken.push(...crashed.broken);
  }
  expect(broken).toEqual([]);
});

it(`R2, R7: every connection lost at the k-th: the round ends with a sentence, the next one makes up for it (seed ${seed})`, async () => {
  const broken: string[] = [];
  for (let n = 0; n < size / 3; n += 1) {
    const cut = await round.crash([drawPoint('cut')]);
    broken.push(...cut.broken);
  }
  expect(broken).toEqual([]);
});

it('R2: a crash at the final dot of a mail: in doubt, and sent once more, the same', async () => {
  const atTheDot = { at: 1, of: /^smtp: the dot$/, how: 'kill' } as const;
  const before = await round.crash([{ ...atTheDot, side: 'before' }]);
  expect(before).toMatchObject({ broken: [], reached: 1 });
  expect(before.ambiguous).toBeGreaterThan(0);
  const after = await round.crash([{ ...atTheDot, side: 'after' }]);
  expect(after).toMatchObject({ broken: [], reached: 1 });
  expect(after.doubled).toBeGreaterThan(0);
});

it(`R2: two crashes one after the other, drawn by a seed (seed ${seed})`, async () => {
  const broken: string[] = [];
  for (let pairs = 0; pairs < Math.ceil(size / 4); pairs += 1) {
    const crashed = await round.crash([drawPoint('kill'), drawPoint('kill')]);
    broken.push(...crashed.broken);
  }
  expect(broken).toEqual([]);
});
