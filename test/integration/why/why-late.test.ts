import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import { expireRows } from '../../../src/db/maintenance/retention.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { resumeSubscriptions, undoStop } from '../../../src/use-cases/subscriptions/change-state.ts';
import { useWhyStage } from '../../support/why-stage.ts';

const { parts, at, choose, stop, pause, suppress, plan, subscriptions, ends, read } = useWhyStage();
let { world, sink, stage } = {} as ReturnType<typeof parts>;
beforeEach(() => {
  ({ world, sink, stage } = parts());
});
const on = { before: 'SUSPENDED', after: 'TERMINATED' };

describe('Why, long after', () => {
  it('does not deny changes told months ago: without a record it is unknown', async () => {
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
    await suppress();
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
