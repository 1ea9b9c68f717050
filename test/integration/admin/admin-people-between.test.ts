import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { findSuppression } from '../../../src/db/subscribers/subscribers.ts';
import { openPeople, type PeopleWorld, staff, trialId } from '../../support/admin-people.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { doList, followed, look } from '../../support/bulk-lists.ts';
import { signIn } from '../../support/sign-in.ts';
import { letWorkersWork } from '../../support/sign-ups.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
let here: PeopleWorld;
afterEach(() => here.close());

const reason = 'She called us.';
const open = async () => {
  here = await openPeople(openWorld);
  return here;
};
const states = async () => (await here.subscriptions()).map(({ state }) => state);
const act = (name: string, fields: Record<string, string> = {}) =>
  here.me.post(`${here.ann}/${name}`, fields);

/** Has something asked while Ann is being erased in another transaction, which ends only when that waits for it. */
async function whileErased<T>(ask: () => Promise<T>): Promise<T> {
  const { db } = here.world.context;
  let asked: Promise<T> | null = null;
  await db.transaction().execute(async (tx) => {
    await sql`delete from subscribers where id = 1`.execute(tx);
    asked = ask();
    const isWaiting = async () => {
      const { rows } = await sql`select from pg_locks l join pg_database b on b.datname = current_database()
        join pg_stat_activity a on a.pid = l.pid and a.datid = b.oid where not l.granted`.execute(db);
      return rows.length > 0;
    };
    const until = Date.now() + 10_000;
    while (!(await isWaiting()) && Date.now() < until);
  });
  if (asked === null) throw new Error('nothing was asked');
  return asked;
}

describe('somebody who was erased in between', () => {
  it.each([
    ['add', () => here.me.post('/admin/subscribers/add', { for: '1', what: 'migraine' })],
    ['suppress', () => act('suppress', { why: 'never', reason })],
    ['resend', () => act('resend')],
    ['link', () => act('link')],
    ['stop', () => act('stop', { subscription: 'all' })],
  ] as const)('P5: %s brings nothing of theirs back, and stands in no log', async (_name, ask) => {
    const { world, log } = await open();
    const { status } = await whileErased<{ status: number }>(ask);
    expect([404, 409]).toContain(status);
    await letWorkersWork(world);
    const { rows } = await sql<{ id: number }>`select id from subscribers`.execute(world.context.db);
    expect(rows.map(({ id }) => id)).toEqual([2]);
    expect(await findSuppression(world.context.db, world.context.keys, 'ann@example.net')).toBeNull();
    expect(await log()).toEqual([]);
    expect(await world.mails('ann@example.net')).toEqual([]);
  });

  it('P5: a list that was looked through before asks them nothing', async () => {
    const { world, pages, me } = await open();
    const list = `email,condition\nann@example.net,migraine\nnew@example.net,migraine\n`;
    const { path } = await look(pages, me, list);
    await act('erase', { reason });
    await doList(world, me, path);
    await letWorkersWork(world);
    expect(await world.mails('ann@example.net')).toEqual([]);
    expect(await followed(world)).toEqual([
      'bob@example.net asthma active weekly',
      'new@example.net migraine pending weekly',
    ]);
    const { text } = await me.get(path);
    expect(text).toContain('1 person left since the list was looked through');
    expect(await findHtmlFaults(text)).toEqual([]);
  });
});

describe('subscriptions that their owner stopped or paused', () => {
  it.each([
    ['stop', 'undo', 'ended', {}],
    ['pause', 'resume', 'paused', { until: '2026-12-24' }],
  ] as const)(
    'P4: after their %s, an admin’s %s does nothing; after an admin’s it does',
    async (theirs, ours, state, more) => {
      const { world, pages, log } = await open();
      const ann = await signIn(world, pages, 'ann@example.net');
      expect((await ann.post('/manage/all', { act: theirs, ...more })).status).toBe(303);
      expect(await states()).toEqual([state, state]);
      const page = await here.me.get(here.ann);
      expect(page.text).not.toContain(`formaction="${here.ann}/${ours}"`);
      expect(page.text).toContain('They did this themselves');
      expect(await findHtmlFaults(page.text)).toEqual([]);
      const refused = await act(ours, { subscription: '1' });
      expect([refused.status, await findHtmlFaults(refused.text)]).toEqual([409, []]);
      expect(refused.text).toContain('Only they can take it up again');
      expect([await states(), await log()]).toEqual([[state, state], []]);
      await ann.post('/manage/subscriptions/1', { act: ours });
      expect(await states()).toEqual(['active', state]);
      await act(theirs, { subscription: '1', ...more });
      expect((await here.me.get(here.ann)).text).toContain(`formaction="${here.ann}/${ours}"`);
      expect((await act(ours, { subscription: '1' })).status).toBe(303);
      expect(await states()).toEqual(['active', state]);
      expect((await log()).map((row) => row.act)).toEqual([theirs, ours]);
    },
  );

  it('P4: a pause of theirs that an admin stopped is theirs again when the stop is undone', async () => {
    const { world, pages } = await open();
    const ann = await signIn(world, pages, 'ann@example.net');
    await ann.post('/manage/all', { act: 'pause', until: '2026-12-24' });
    await act('stop', { subscription: '1' });
    expect((await act('undo', { subscription: '1' })).status).toBe(303);
    expect((await act('resume', { subscription: '1' })).status).toBe(409);
    expect(await states()).toEqual(['paused', 'paused']);
  });
});

describe('the log of acts for a person', () => {
  it('P8: names the person whose address was typed, when they are here', async () => {
    const { me, log } = await open();
    const fields = { email: 'ann@example.net', reason, why: 'never' };
    for (const [path, done] of [
      ['suppress', 'suppressed'],
      ['lift', 'lifted'],
    ]) {
      const answer = await me.post(`/admin/subscribers/${path}`, fields);
      expect(answer.headers.get('location')).toBe(`${here.ann}?done=${done}`);
    }
    await me.post('/admin/subscribers/suppress', fields);
    await me.post('/admin/subscribers/add', { email: 'ann@example.net', what: 'migraine' });
    expect((await log()).map((row) => [row.act, row.subject])).toEqual([
      ['suppress', 'subscriber 1'],
      ['lift-suppression', 'subscriber 1'],
      ['suppress', 'subscriber 1'],
      ['add', 'subscriber 1'],
    ]);
  });

  it('E6: an address that was told with capitals is that of who signed up without: their mail is stopped, not a stranger’s', async () => {
    const { me, log, world } = await open();
    const { db, keys } = world.context;
    const fields = { email: 'Ann@Example.net', reason, why: 'complaint' };
    expect((await me.post('/admin/subscribers/find', fields)).headers.get('location')).toBe(here.ann);
    const stopped = await me.post('/admin/subscribers/suppress', fields);
    expect(stopped.headers.get('location')).toBe(`${here.ann}?done=suppressed`);
    expect(await findSuppression(db, keys, 'ann@example.net')).toBe('complaint');
    expect((await me.get(here.ann)).text).toContain('No email goes to this person, since');
    await me.post('/admin/subscribers/lift', fields);
    expect(await findSuppression(db, keys, 'ann@example.net')).toBeNull();
    expect(new Set((await log()).map(({ subject }) => subject))).toEqual(new Set(['subscriber 1']));
  });

  it('P8: shows for each person what a list did, and by whom, after the list is deleted', async () => {
    const { world, pages, me, log } = await open();
    const added = await look(pages, me, 'email,condition\nann@example.net,migraine\n');
    await doList(world, me, added.path);
    const looked = await me.post('/admin/bulk/stop', { by: 'trial', trial: trialId });
    const path = looked.headers.get('location') ?? '';
    await doList(world, me, path, 'stop');
    const rows = (await log()).filter(({ subject }) => subject === 'subscriber 1');
    expect(rows).toEqual([
      {
        actor: staff.me,
        act: 'add',
        subject: 'subscriber 1',
        reason: null,
        details: { list: 1, outcome: 'asked', subscriptions: [4] },
      },
      {
        actor: staff.me,
        act: 'stop',
        subject: 'subscriber 1',
        reason: null,
        details: { list: 2, subscriptions: [1] },
      },
    ]);
    expect((await me.get(here.ann)).text).toContain(`formaction="${here.ann}/undo"`);
    const stops = (await log()).filter(({ act: name }) => name === 'bulk-stop');
    expect(stops).toMatchObject([{ subject: 'list 2', details: { what: trialId } }]);
  });
});
