import { beforeEach, describe, expect, it } from 'vitest';
import { closeAmbiguous } from '../../../src/db/delivery/deliveries.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { releaseHeldChanges } from '../../../src/use-cases/admin/decide-held.ts';
import { resumeSubscriptions } from '../../../src/use-cases/subscriptions/change-state.ts';
import { viewFollows } from '../../../src/web/admin/people/why-view.ts';
import { toEarlierForm } from '../../support/earlier-form.ts';
import { runProgram, serverVariables } from '../../support/program.ts';
import { useWhyStage } from '../../support/why-stage.ts';
import { readStage, trialNumber } from '../../support/why-world.ts';

const { parts, at, choose, stop, pause, suppress, plan, subscriptions, ends, read } = useWhyStage();
let { world, sink, stage } = {} as ReturnType<typeof parts>;
beforeEach(() => {
  ({ world, sink, stage } = parts());
});
const wording = createWording('en');
const on = { before: 'SUSPENDED', after: 'TERMINATED' };

describe('Why, of held changes', () => {
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

  it('tells a change that was detected before they watched, and released after', async () => {
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
    await releaseHeldChanges(world.context, run_id, null, world.context.now());
    const said = await ends();
    at(7);
    expect(await plan()).toHaveLength(said[0] === 'next' ? 1 : 0);
  });

  it('says of a condition that the trial has left that it matched before', async () => {
    await stage.follow({ conditions: [stage.illness] });
    at(3);
    await stage.detect({ facet: 'registration', kind: 'left', before: null, after: 'RECRUITING' });
    await toEarlierForm(world.context.db, (trial) => ({ ...trial, conditions: ['Gout'], title: 'Gout' }));
    const facts = await readStage(stage);
    if (!facts) throw new Error('nobody');
    const { matching, others } = viewFollows(wording, facts);
    expect(others).toBeNull();
    expect(matching.map(({ steps }) => steps[0]?.text)).toEqual([
      'This trial does not match anymore. It did before.',
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
    await closeAmbiguous(world.context.db, world.context.now(), world.context.now());
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
    await suppress();
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
