import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/core/why/facts.ts';
import { sayStep, sayVerdict } from '../../src/core/why/say.ts';
import {
  lockChooser,
  pauseSubscriptions,
  resumeSubscriptions,
  stopSubscriptions,
  undoStop,
} from '../../src/db/choices.ts';
import { settleAmbiguous } from '../../src/db/deliveries.ts';
import { releaseHeld } from '../../src/db/held.ts';
import { expireRows } from '../../src/db/retention.ts';
import { planDigests } from '../../src/jobs/plan.ts';
import { sendDelivery } from '../../src/jobs/send.ts';
import { createWording } from '../../src/mail/catalogue.ts';
import { viewFollows } from '../../src/web/admin/why-view.ts';
import { day, onDayTwo } from '../support/days.ts';
import { runProgram, serverVariables } from '../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { study } from '../support/study.ts';
import {
  explainStage,
  illnessOf,
  openStage,
  readStage,
  type Stage,
  trialNumber,
} from '../support/why-world.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let sink: SmtpSink;
let stage: Stage;
const wording = createWording('en');
const on = { before: 'SUSPENDED', after: 'TERMINATED' };

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

const at = (n: number, hour = 12) =>
  world.setNow(new Date(Date.parse(`${day(1)}T00:00:00Z`) + ((n - 1) * 24 + hour) * 3_600_000).toISOString());

async function choose(
  act: (
    tx: Parameters<typeof stopSubscriptions>[0],
    person: Parameters<typeof stopSubscriptions>[1],
  ) => unknown,
): Promise<void> {
  await world.context.db.transaction().execute(async (tx) => {
    const { id } = await tx.selectFrom('subscribers').select('id').executeTakeFirstOrThrow();
    const chooser = await lockChooser(tx, id);
    if (!chooser) throw new Error('nobody');
    await act(tx, chooser);
  });
}
const stop = (which: number[] | 'all' = 'all') =>
  choose((tx, person) => stopSubscriptions(tx, person, which, world.context.now()));
const pause = (which: number[] | 'all' = 'all') =>
  choose((tx, person) => pauseSubscriptions(tx, person, which, null));

async function plan(): Promise<number[]> {
  return (await planDigests(world.context)).deliveryIds;
}
async function subscriptions(): Promise<number[]> {
  const rows = await world.context.db.selectFrom('subscriptions').select('id').orderBy('id').execute();
  return rows.map(({ id }) => id);
}

const endOf = ({ verdict }: Explanation) => (verdict.kind === 'not' ? verdict.because : verdict.kind);
/** How the chains end, the oldest change first. */
async function ends(): Promise<string[]> {
  return [...(await explainStage(stage))].toSorted(([a], [b]) => a - b).map(([, one]) => endOf(one));
}
/** All that an admin reads of the newest change. */
async function read(): Promise<string> {
  const [found] = (await explainStage(stage)).values();
  if (!found) throw new Error('no change');
  const said = found.steps.map((step) => sayStep(wording, step, 'UTC'));
  return [...said, sayVerdict(wording, found.verdict, 'UTC')].join('\n');
}

describe('Why, long after', () => {
  it('does not say of what was told months ago that it was not: what is not kept is not known', async () => {
    await stage.follow();
    at(3);
    await stage.detect({});
    at(4);
    for (const id of await plan()) expect(await sendDelivery(world.context, id)).toBe('sent');
    expect(await ends()).toEqual(['sent']);
    at(100);
    await expireRows(world.context.db, world.context.now());
    expect(await ends()).toEqual(['forgotten']);
    expect(await read()).toContain('kept for 90 days');
    expect(await read()).not.toContain('Not told');
  });

  it('does not say that the server took a digest of which nothing is kept: it had refused it', async () => {
    await stage.follow();
    at(3);
    await stage.detect({});
    at(4);
    sink.fail({ at: 'rcpt', how: '550 5.1.1 no such user' });
    for (const id of await plan()) expect(await sendDelivery(world.context, id)).toBe('failed');
    expect(await ends()).toEqual(['undelivered']);
    await sql`delete from digests`.execute(world.context.db);
    expect(await ends()).toEqual(['forgotten']);
    expect(await read()).not.toContain('took it');
  });
});

describe('Why, after a change of mind', () => {
  it('two changes of one digest that was taken back: neither was told, so neither is overtaken', async () => {
    await stage.follow();
    at(3);
    await stage.detect({});
    await stage.detect(on);
    at(4);
    const [id = -1] = await plan();
    await stop();
    expect(await ends()).toEqual(['taken-back', 'taken-back']);
    expect(await sendDelivery(world.context, id)).toBe('cancelled');
    expect(await ends()).toEqual(['ended', 'ended']);
  });

  it('two digests that wait for the mail server and are both taken back', async () => {
    await stage.follow();
    at(3);
    await stage.detect({});
    at(4);
    await plan();
    await stage.detect(on);
    at(5);
    await plan();
    await stop();
    expect(await ends()).toEqual(['taken-back', 'taken-back']);
  });

  it('what was refused when it was looked at was not kept from them by a stop that came later', async () => {
    await stage.follow({ conditions: [stage.illness] });
    at(3);
    await stage.detect({ after: 'UNKNOWN' });
    expect(await ends()).toEqual(['grew-old']);
    at(12);
    expect(await plan()).toEqual([]);
    expect(await ends()).toEqual(['grew-old']);
    await stop();
    expect(await ends()).toEqual(['grew-old']);
  });

  it('a pause whose end will not bring what its subscription refuses', async () => {
    await stage.follow({ conditions: [stage.illness] });
    await pause();
    at(3);
    await stage.detect({ after: 'UNKNOWN' });
    expect(await ends()).toEqual(['grew-old']);
    await choose((tx, person) => resumeSubscriptions(tx, person, 'all', world.context.now()));
    at(20);
    expect(await plan()).toEqual([]);
    expect(await ends()).toEqual(['grew-old']);
  });

  it('a pause of a trial that is outside the filters', async () => {
    await stage.follow({ conditions: [stage.illness] }, { filters: { phases: ['PHASE3'] } });
    await pause();
    at(3);
    await stage.detect({});
    expect(await ends()).toEqual(['filters']);
  });

  it('a stopped subscription’s digest is not brought by the end of another one’s pause that did not choose it', async () => {
    await stage.follow({ conditions: [stage.illness], facets: ['sites'] });
    await stage.follow();
    const [condition = -1, trial = -1] = await subscriptions();
    at(3);
    await stage.detect({});
    at(4);
    const [id = -1] = await plan();
    await pause([condition]);
    await stop([trial]);
    expect(await ends()).toEqual(['taken-back']);
    expect(await sendDelivery(world.context, id)).toBe('cancelled');
    await choose((tx, person) => resumeSubscriptions(tx, person, [condition], world.context.now()));
    at(20);
    expect(await plan()).toEqual([]);
  });

  it('a pause of somebody whom no mail reaches: its end brings nothing', async () => {
    await stage.follow();
    at(3);
    await stage.detect({});
    await pause();
    const { keys, db } = world.context;
    await sql`insert into suppressions values (${keys.hashAddress(stage.email)}, 'complaint', now())`.execute(
      db,
    );
    expect(await ends()).toEqual(['suppressed']);
  });

  it('a stop that is undone is told after all', async () => {
    await stage.follow();
    at(3);
    await stage.detect({});
    at(4);
    const [id = -1] = await plan();
    await stop();
    await sendDelivery(world.context, id);
    await choose((tx, person) => undoStop(tx, person, 'all', world.context.now()));
    expect(await ends()).toEqual(['next']);
    at(5);
    expect(await plan()).toHaveLength(1);
  });
});

describe('Why, of what was held back', () => {
  it('names the command line, where it was decided there', async () => {
    await stage.follow();
    at(3);
    await stage.detect({}, { state: 'held' });
    const { db, config } = world.context;
    const { run_id } = await db.selectFrom('changes').select('run_id').executeTakeFirstOrThrow();
    const env = { ...(await serverVariables(world.databaseUrl)), DATA_DIR: config.dataDir };
    expect(await runProgram(['release', String(run_id)], env)).toMatchObject({ code: 0 });
    expect(await read()).toContain('It was held back. command line decided');
  });
});

describe('Why, by which subscription', () => {
  it('names the one whose digest went out, where the one that was to tell it was stopped before', async () => {
    await stage.follow({ conditions: [stage.illness], frequency: 'daily' });
    await stage.follow();
    const [, trial = -1] = await subscriptions();
    at(3);
    await stage.detect({});
    at(4);
    const [id = -1] = await plan();
    const { db } = world.context;
    const { subscription_id } = await db
      .selectFrom('digest_items')
      .select('subscription_id')
      .executeTakeFirstOrThrow();
    const [condition = -1] = await subscriptions();
    await stop([subscription_id]);
    const left = subscription_id === trial ? `“${stage.illness}”` : stage.trial;
    expect([condition, trial]).toContain(subscription_id);
    expect(await read()).toMatch(new RegExp(`By the subscription to (the trial )?${left}:`));
    expect(await sendDelivery(world.context, id)).toBe('sent');
    expect(await read()).toMatch(new RegExp(`By the subscription to (the trial )?${left}:`));
  });

  it('tells what was detected before they watched, and let go after', async () => {
    await stage.follow({ trials: [trialNumber(1)], facets: ['sites'] });
    await stop();
    await world.context.db.deleteFrom('subscriptions').execute();
    at(3);
    const change = await stage.detect({}, { state: 'held' });
    at(4);
    await stage.follow();
    const { run_id } = await world.context.db
      .selectFrom('changes')
      .select('run_id')
      .where('id', '=', change)
      .executeTakeFirstOrThrow();
    expect(await ends()).toEqual(['held']);
    at(5);
    await releaseHeld(world.context.db, run_id, null, world.context.now());
    const said = await ends();
    at(7);
    expect(await plan()).toHaveLength(said[0] === 'next' ? 1 : 0);
  });

  it('says of a condition that the trial has left that it matched before', async () => {
    await stage.follow({ conditions: [stage.illness] });
    at(3);
    await stage.detect({ facet: 'registration', kind: 'left', before: null, after: 'RECRUITING' });
    await sql`update trial_versions set trial = jsonb_set(jsonb_set(trial, '{conditions}', '["Gout"]'), '{title}', '"Gout"')`.execute(
      world.context.db,
    );
    const facts = await readStage(stage);
    if (!facts) throw new Error('nobody');
    const { matching, others } = viewFollows(wording, facts);
    expect(others).toBeNull();
    expect(matching.map(({ steps }) => steps[0]?.text)).toEqual([
      'This trial does not match any more. It did before.',
    ]);
  });
});

describe('Why, of older news that waits', () => {
  it('is overtaken by a later digest that was told, before and after its mail is looked at again', async () => {
    await stage.follow();
    at(3);
    await stage.detect({});
    at(4);
    const [first = -1] = await plan();
    sink.fail({ at: 'rcpt', how: '452 4.2.2 mailbox full' });
    expect(await sendDelivery(world.context, first)).toBe('retry');
    sink.fail();
    await stage.detect(on);
    expect(await ends()).toEqual(['promised', 'next']);
    at(5);
    const [second = -1] = await plan();
    expect(await ends()).toEqual(['promised', 'promised']);
    expect(await sendDelivery(world.context, second)).toBe('sent');
    expect(await ends()).toEqual(['overtaken', 'sent']);
    at(6);
    expect(await sendDelivery(world.context, first)).toBe('cancelled');
    expect(await ends()).toEqual(['overtaken', 'sent']);
  });

  it('a trial that was removed and came back before a digest is no news', async () => {
    await stage.follow();
    at(3);
    for (const kind of ['removed', 'returned'])
      await stage.detect({ facet: 'registration', kind, before: null, after: 'RECRUITING' });
    expect(await ends()).toEqual(['netted', 'netted']);
    at(4);
    expect(await plan()).toEqual([]);
    expect(await ends()).toEqual(['netted', 'netted']);
  });
});

describe('Why, of a mail that is in doubt', () => {
  async function doubt(): Promise<number> {
    await stage.follow();
    at(3);
    await stage.detect({});
    at(4);
    const [id = -1] = await plan();
    sink.fail({ at: 'dot', how: 'drop' });
    expect(await sendDelivery(world.context, id)).toBe('ambiguous');
    at(5);
    await settleAmbiguous(world.context.db, world.context.now(), world.context.now());
    return id;
  }

  it('refused at the second try: whether the first one arrived is as unknown as before', async () => {
    const id = await doubt();
    sink.fail({ at: 'rcpt', how: '550 5.1.1 no such user' });
    expect(await sendDelivery(world.context, id)).toBe('failed');
    expect(await ends()).toEqual(['in-doubt']);
    expect(await read()).toContain('The last answer: 550 5.1.1');
    expect(await read()).not.toContain('did not go out');
  });

  it('the address is stopped meanwhile: no second try, and the doubt stays', async () => {
    const id = await doubt();
    const { keys, db } = world.context;
    await sql`insert into suppressions values (${keys.hashAddress(stage.email)}, 'complaint', now())`.execute(
      db,
    );
    expect(await ends()).toEqual(['in-doubt']);
    expect(await read()).toContain('was stopped on');
    expect(await sendDelivery(world.context, id)).toBe('suppressed');
    expect(await ends()).toEqual(['in-doubt']);
  });

  it('paused meanwhile: its cursor does not go back, so the end of the pause brings nothing', async () => {
    const id = await doubt();
    await pause();
    const said = await ends();
    expect(await sendDelivery(world.context, id)).toBe('cancelled');
    await choose((tx, person) => resumeSubscriptions(tx, person, 'all', world.context.now()));
    at(20);
    expect(await plan()).toEqual([]);
    expect(said).toEqual(['in-doubt']);
  });
});

describe('Why, of a mail that our standing holds up', () => {
  it('was refused, and no try was counted: not “tried 0 times”', async () => {
    await stage.follow();
    at(3);
    await stage.detect({});
    at(4);
    const [id = -1] = await plan();
    sink.fail({ at: 'mail', how: '550 5.7.1 you are on a list' });
    expect(await sendDelivery(world.context, id)).toBe('retry');
    expect(await read()).not.toContain('tried 0 times');
    expect(await read()).toContain('you are on a list');
  });
});
