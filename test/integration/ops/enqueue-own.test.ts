import { afterEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/jobs/context.ts';
import { doDueRequests, doRequest } from '../../../src/jobs/requests.ts';
import type { Payload } from '../../../src/queue/table.ts';
import { openPeople, type PeopleWorld } from '../../support/admin-people.ts';
import { doList, look } from '../../support/bulk-lists.ts';
import { deliveriesOf } from '../../support/send-jobs.ts';
import { signUpForm } from '../../support/sign-ups.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
let here: PeopleWorld;
afterEach(() => here.close());

describe('while the queue’s store is away', () => {
  it('R7: a long list is begun without waiting for it once for each part', async () => {
    here = await openPeople(openWorld);
    const { world, pages, me } = here;
    const rows = Array.from({ length: 170 }, (_, n) => `p${n}@example.net,asthma\n`);
    const { path } = await look(pages, me, `email,condition\n${rows.join('')}`);
    let asked = 0;
    const enqueue: Context['enqueue'] = async () => {
      asked++;
      return false;
    };
    Object.assign(world.context, { enqueue });
    expect((await me.post(`${path}/add`, { reason: 'On paper.' })).status).toBe(303);
    expect(asked).toBe(1);
    await doDueRequests(world.context);
    expect((await me.get(path)).text).toContain('170 people are asked by an email');
  });
});

describe('while very many mails wait to be sent', () => {
  it('R6: what plans one more enqueues only that one: a long list does not grow slower with every part, nor a sign-up behind it', async () => {
    here = await openPeople(openWorld);
    const { world, pages, me } = here;
    const enqueued: Payload<'send'>[] = [];
    const enqueue: Context['enqueue'] = async (name, payloads) => {
      if (name === 'send') enqueued.push(...([payloads].flat() as Payload<'send'>[]));
      return true;
    };
    const rows = Array.from({ length: 170 }, (_, n) => `p${n}@example.net,asthma\n`);
    const { path } = await look(pages, me, `email,condition\n${rows.join('')}`);
    Object.assign(world.context, { enqueue });
    await doList(world, me, path);
    const { db } = world.context;
    const due = await db.selectFrom('deliveries').select('id').where('phase', '=', 'planned').execute();
    expect(due).toHaveLength(170);
    expect(deliveriesOf(enqueued).toSorted((a, b) => a - b)).toEqual(due.map(({ id }) => id));
    enqueued.length = 0;
    await pages.post('/subscriptions', signUpForm('new@example.net', ['condition:migraine']));
    for (const { id } of await db.selectFrom('requests').select('id').execute())
      await doRequest(world.context, id);
    expect(enqueued).toHaveLength(1);
    await me.post('/admin/subscribers/add', { for: '1', what: 'migraine' });
    await me.post('/admin/subscribers/1/link', {});
    // One is asked for twice.
    expect(enqueued.length).toBeLessThanOrEqual(4);
    expect(new Set(deliveriesOf(enqueued)).size).toBe(3);
  });
});
