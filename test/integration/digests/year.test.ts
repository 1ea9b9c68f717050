import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../../src/jobs/context.ts';
import { YearDifference } from '../../support/year-difference.ts';
import type { ModelFault } from '../../support/year-people.ts';
import { liveYear, type YearOptions } from '../../support/year-run.ts';
import { makeScript, type Script, sayScript, shrinkScript } from '../../support/year-script.ts';
import { silentYear, smallYear } from '../../support/year-small.ts';

/** How many years are lived, from which seed on, and for how long a failing one is made shorter, in milliseconds. */
const runs = Number(process.env.TRIALBELL_YEAR_RUNS ?? 1);
const firstSeed = Number(process.env.TRIALBELL_YEAR_SEED ?? 20_261_101);
const shrinkMs = Number(process.env.TRIALBELL_YEAR_SHRINK_MS ?? 120_000);

const isFailing = (script: Script, options?: YearOptions) =>
  liveYear(script, options).then(
    () => null,
    (error) => {
      if (error instanceof YearDifference) return error;
      throw error;
    },
  );

describe('a year of digests on the virtual clock, against a plain model of who is owed what', () => {
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
    it(`C6, C12, D1, D2, D7, D8, D12: nothing lost, nothing twice, all in time, notes included (seed ${seed})`, async () => {
      const script = makeScript(seed);
      let notes: Awaited<ReturnType<typeof liveYear>>;
      try {
        notes = await liveYear(script);
      } catch (error) {
        if (!(error instanceof YearDifference)) throw error;
        const acts = script.acts.filter(({ at }) => at <= error.at);
        const short = await shrinkScript(
          { ...script, acts },
          async (fewer) => (await isFailing(fewer, { until: error.at })) !== null,
          shrinkMs,
        );
        const last = await isFailing(short, { until: error.at });
        throw new Error(`seed ${seed}\n${sayScript(short)}\n${(last ?? error).message}`, { cause: error });
      }
      const { heard: _, mailedAt: __, lastDigest: ___, lastNote: ____, ...counts } = notes;
      console.log(`seed ${seed}: ${JSON.stringify(counts)}`);
      // A year in which nothing of what it is about happens shows nothing.
      const { released, discarded, ...every } = counts;
      for (const count of [...Object.values(every), released + discarded]) expect(count).toBeGreaterThan(0);
    }, 600_000);
  }
});

const followers = sql`(select id from subscriptions where state = 'active' and next_due_at is not null)`;
const sabotages: Record<string, NonNullable<YearOptions['sabotage']>> = {
  'moves cursors without telling': async ({ db }: Context) => {
    await sql`update subscriptions set position = (select value from counters where name = 'position')
      where position is not null and id in ${followers}`.execute(db);
  },
  'tells through each of two subscriptions': async ({ db }: Context) => {
    await sql`delete from digest_items`.execute(db);
  },
  'is an hour late': async ({ db }: Context, now: number) => {
    const soon = new Date(now).toISOString();
    await sql`update subscriptions set next_due_at = next_due_at + interval '1 hour'
      where next_due_at = ${soon}::timestamptz`.execute(db);
    await sql`update subscribers p set next_due_at =
      (select min(next_due_at) from subscriptions s where s.subscriber_id = p.id and s.state = 'active')`.execute(
      db,
    );
  },
  'mails at night what is wanted at once': async ({ db }: Context) => {
    await sql`update subscribers p set timezone = 'UTC' where exists (
      select from subscriptions s where s.subscriber_id = p.id and s.frequency = 'immediate')`.execute(db);
  },
  'forgets what waits while paused': async ({ db }: Context) => {
    await sql`update subscriptions set position = (select value from counters where name = 'position')
      where state = 'paused' and position is not null`.execute(db);
  },
};
const noteSabotages: typeof sabotages = {
  'forgets that a note went out': async ({ db }: Context, now: number) => {
    await sql`update subscribers set no_news_note_at = null, notes_due_at = ${new Date(now).toISOString()}`.execute(
      db,
    );
  },
  'sends notes an hour late': async ({ db }: Context, now: number) => {
    await sql`update subscribers set notes_due_at = notes_due_at + interval '1 hour'
      where notes_due_at = ${new Date(now).toISOString()}::timestamptz`.execute(db);
  },
  'sends no notes': async ({ db }: Context) => {
    await sql`update subscribers set notes_due_at = null`.execute(db);
  },
};
const modelFaults: ModelFault[] = ['forgets-chains', 'tells-each-way', 'pause-forgets', 'wakes-at-night'];

describe('a failing year', () => {
  it('is always the same for its seed, and is made as short as it can be', async () => {
    const script = makeScript(firstSeed);
    expect(sayScript(makeScript(firstSeed))).toBe(sayScript(script));
    const needed = ['pause', 'glitch'];
    const short = await shrinkScript(
      script,
      async ({ acts }) => needed.every((one) => acts.some(({ act }) => act === one)),
      shrinkMs,
    );
    expect(short.acts.map(({ act }) => act).sort()).toEqual(needed.toSorted());
  });
});

describe('the comparison notices', () => {
  it('no difference in a small year as it is', async () => {
    expect((await isFailing(smallYear.script, smallYear.options))?.message ?? null).toBe(null);
  });

  it.each(Object.entries(sabotages))('a program that %s', async (_, sabotage) => {
    expect((await isFailing(smallYear.script, { ...smallYear.options, sabotage }))?.message).toContain(
      'the mails',
    );
  });

  it('no difference in a silent year as it is', async () => {
    expect((await isFailing(silentYear.script, silentYear.options))?.message ?? null).toBe(null);
  });

  it.each(Object.entries(noteSabotages))('a program that %s', async (_, sabotage) => {
    expect((await isFailing(silentYear.script, { ...silentYear.options, sabotage }))?.message).toContain(
      'the notes',
    );
  });

  it.each(modelFaults)('a model that differs: %s', async (modelFault) => {
    expect((await isFailing(smallYear.script, { ...smallYear.options, modelFault }))?.message).toContain(
      'the mails',
    );
  });
});
