import { migrateDatabase } from '../../src/db/maintenance/migrate.ts';
import type { CrashPoint } from '../support/counting-proxy.ts';
import { createRandom } from '../support/random.ts';
import { prepareOwedRound } from '../support/torture-crash.ts';
import type { Crashed } from '../support/torture-inspect.ts';

/** How many crashes are tried at once. */
const atOnce = 2;

/**
 * Kills a round, and cuts its connections, before and after each word it says to its servers, and at `pairs` pairs of words drawn by the seed.
 * At most `points` of the single crashes, drawn too. Prints a table; true when every promise held.
 */
export async function crashEverywhere(
  serverUrl: string,
  how: { seed: number; points: number; pairs: number; say: (line: string) => void },
): Promise<boolean> {
  const round = await prepareOwedRound(serverUrl, migrateDatabase);
  try {
    const random = createRandom(how.seed);
    const draw = (): CrashPoint => ({
      at: 1 + random.below(round.words.length),
      side: random.pick(['before', 'after'] as const),
      how: random.pick(['kill', 'cut'] as const),
    });
    const sides = ['before', 'after'] as const;
    const hows = ['kill', 'cut'] as const;
    const single = round.words.flatMap((_, n) =>
      sides.flatMap((side) => hows.map((how): CrashPoint[] => [{ at: n + 1, side, how }])),
    );
    const drawn = single
      .map((points) => ({ points, n: random.below(1_000_000) }))
      .sort((a, b) => a.n - b.n)
      .slice(0, how.points)
      .map(({ points }) => points);
    const pairs = Array.from({ length: how.pairs }, () => [draw(), draw()]);
    how.say(
      `${round.words.length} words in a round, ${drawn.length} crashes of ${single.length}, ${pairs.length} pairs of crashes`,
    );
    const crashed: Crashed[] = [];
    const left = [...drawn, ...pairs].values();
    const crasher = async () => {
      for (const points of left) {
        const one = await round.crash(points);
        crashed.push(one);
        for (const sentence of one.broken) how.say(`BROKEN: ${sentence}`);
        if (crashed.length % 25 === 0) how.say(`${crashed.length} done`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, crasher));
    const count = (of: (one: Crashed) => number) => crashed.reduce((sum, one) => sum + of(one), 0);
    const broken = count((one) => one.broken.length);
    how.say(`words a round says to its servers   ${round.words.length}`);
    how.say(`rounds crashed                      ${count((one) => one.reached)}`);
    how.say(`mails in doubt                      ${count((one) => one.ambiguous)}`);
    how.say(`mails doubled, each the same        ${count((one) => one.doubled)}`);
    how.say(broken === 0 ? 'Every promise held.' : `${broken} promises were broken.`);
    return broken === 0;
  } finally {
    await round.close();
  }
}
