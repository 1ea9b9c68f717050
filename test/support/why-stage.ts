import { sql } from 'kysely';
import { afterEach, beforeEach } from 'vitest';
import type { Explanation } from '../../src/core/why/facts.ts';
import { sayStep, sayVerdict } from '../../src/core/why/say.ts';
import { lockSubscriber } from '../../src/db/subscribers/subscription-state.ts';
import { planDigests } from '../../src/jobs/digests/plan.ts';
import { createWording } from '../../src/mail/catalogue.ts';
import { pauseSubscriptions, stopSubscriptions } from '../../src/use-cases/subscriptions/change-state.ts';
import { day, onDayTwo } from './days.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts';
import { study } from './study.ts';
import { explainStage, illnessOf, openStage, type Stage, trialNumber } from './why-world.ts';
import { openWorld, type World } from './world.ts';

type Act = (
  tx: Parameters<typeof stopSubscriptions>[0],
  person: Parameters<typeof stopSubscriptions>[1],
) => unknown;

/**
 * One person, one trial and a mail server that fails on demand, fresh for each test, with the events that may happen.
 */
export function useWhyStage() {
  let world: World;
  let sink: SmtpSink;
  let stage: Stage;
  const wording = createWording('en');
  beforeEach(async () => {
    sink = await startSmtpSink();
    const one = study(trialNumber(1), { conditions: [illnessOf(1)] });
    world = await openWorld(onDayTwo([one], { config: { smtpUrl: sink.url, mailRatePerDomain: 0 } }));
    world.context.smtpTimeouts = { connectMs: 5_000, greetingMs: 500, commandMs: 500, replyMs: 500 };
    stage = openStage(world, 1);
  });
  afterEach(async () => {
    await sink.close();
    await world.close();
  });

  const choose = (act: Act) =>
    world.context.db.transaction().execute(async (tx) => {
      const { id } = await tx.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
      const chooser = await lockSubscriber(tx, id);
      if (!chooser) throw new Error('nobody');
      await act(tx, chooser);
    });
  const endOf = ({ verdict }: Explanation) => (verdict.kind === 'not' ? verdict.because : verdict.kind);

  return {
    parts: () => ({ world, sink, stage }),
    /** The clock at an hour of a day, counted from 1 November. */
    at(n: number, hour = 12) {
      const start = Date.parse(`${day(1)}T00:00:00Z`);
      world.setNow(new Date(start + ((n - 1) * 24 + hour) * 3_600_000).toISOString());
    },
    choose,
    stop: (which: number[] | 'all' = 'all') =>
      choose((tx, person) => stopSubscriptions(tx, person, which, world.context.now())),
    pause: (which: number[] | 'all' = 'all') =>
      choose((tx, person) => pauseSubscriptions(tx, person, which, null)),
    /** Suppresses the person's address. */
    async suppress() {
      const { keys, db } = world.context;
      const hash = keys.hashAddress(stage.email);
      await sql`insert into suppressions values (${hash}, 'complaint', now())`.execute(db);
    },
    plan: async () => (await planDigests(world.context)).deliveryIds,
    async subscriptions() {
      const rows = await world.context.db.selectFrom('subscriptions').select('id').orderBy('id').execute();
      return rows.map(({ id }) => id);
    },
    /** The outcomes of the changes, oldest first. */
    ends: async () =>
      [...(await explainStage(stage))].toSorted(([a], [b]) => a - b).map(([, one]) => endOf(one)),
    /** Everything that an admin reads about the newest change. */
    async read() {
      const [found] = (await explainStage(stage)).values();
      if (!found) throw new Error('no change');
      const said = found.steps.map((step) => sayStep(wording, step, 'UTC'));
      return [...said, sayVerdict(wording, found.verdict, 'UTC')].join('\n');
    },
  };
}
