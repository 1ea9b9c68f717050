import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { suppressAddress } from '../../../src/db/delivery/bounces.ts';
import { findSuppression } from '../../../src/db/subscribers/subscribers.ts';
import { openPeople, type PeopleWorld, secrets, staff, trialId } from '../../support/admin-people.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { signIn } from '../../support/sign-in.ts';
import { confirmPath, letWorkersWork, signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
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
const act = (name: string, fields: Record<string, string> = {}, by = here.me) =>
  by.post(`${here.ann}/${name}`, fields);
const isStopped = () => findSuppression(here.world.context.db, here.world.context.keys, 'ann@example.net');
const mailsTo = async (email: string) => (await here.world.mails(email)).length;

/** Every act for Ann, with what makes it one that changes something, and its form. */
const acts: {
  name: string;
  logged?: string;
  before?: () => Promise<unknown>;
  fields: Record<string, string>;
}[] = [
  { name: 'pause', fields: { subscription: '1', until: '2026-12-24' } },
  { name: 'resume', before: () => setState('paused'), fields: { subscription: 'all' } },
  { name: 'stop', fields: { subscription: 'all' } },
  { name: 'undo', before: () => act('stop', { subscription: 'all' }), fields: { subscription: '2' } },
  { name: 'resend', logged: 'resend-confirmation', before: () => setState('pending'), fields: {} },
  { name: 'link', logged: 'mail-link', fields: {} },
  { name: 'suppress', fields: { why: 'complaint', reason } },
  {
    name: 'lift',
    logged: 'lift-suppression',
    before: () => act('suppress', { why: 'never', reason }),
    fields: { reason },
  },
  { name: 'erase', fields: { reason, never: 'on' } },
];
/** A session lasts twelve hours: on another day one signs in again. */
const onDay = async (now: string) => {
  here.world.setNow(now);
  here.me = await signInAsAdmin(here.world, here.pages, staff.me);
};
const setState = (state: string) =>
  sql`update subscriptions set state = ${state}, halted_by = 'admin' where subscriber_id = 1`.execute(
    here.world.context.db,
  );

describe('every act for a person', () => {
  it.each(acts)('P8: $name by two admins at once is done once, and written down once', async (one) => {
    const { me, other, log, world } = await open();
    await one.before?.();
    const earlier = (await log()).length;
    const answers = await Promise.all([me, me, other].map((by) => act(one.name, one.fields, by)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses[0]).toBe(303);
    for (const status of statuses.slice(1)) expect([404, 409]).toContain(status);
    const rows = (await log()).slice(earlier);
    expect(rows).toMatchObject([{ act: one.logged ?? one.name, subject: 'subscriber 1' }]);
    expect([staff.me, staff.other]).toContain(rows[0]?.actor);
    const late = answers.find(({ status }) => status === 409);
    if (late) expect(await findHtmlFaults(late.text)).toEqual([]);
    if (late && one.name !== 'erase')
      expect(late.text).toContain(`${one.logged ?? one.name}, by ${rows[0]?.actor}, on`);
    for (const secret of secrets) for (const { text } of answers) expect(text).not.toContain(secret);
    const { rows: mails } =
      await sql`select from deliveries where kind in ('manage', 'confirmation')`.execute(world.context.db);
    expect(mails.length).toBe(one.name === 'link' || one.name === 'resend' ? 1 : 0);
  });

  it.each(acts)('P8: $name is undone when the log cannot be written', async (one) => {
    const { breakLog, world } = await open();
    await one.before?.();
    const mend = await breakLog();
    const before = await world.dump();
    expect((await act(one.name, one.fields)).status).toBe(500);
    expect(await world.dump()).toEqual(before);
    await mend();
    expect((await act(one.name, one.fields)).status).toBe(303);
  });

  it('P8: a viewer can do none, and is shown no page that asks for one', async () => {
    const { guest, ann, world } = await open();
    const before = await world.dump();
    for (const { name, fields } of acts) expect((await act(name, fields, guest)).status).toBe(403);
    for (const path of [`${ann}/erase`, '/admin/subscribers/add'])
      expect((await guest.get(path)).status).toBe(403);
    expect(await world.dump()).toEqual(before);
  });
});

describe('pausing and stopping for somebody', () => {
  it('E3: holds what waits back, tells it after all when taken up again, and names subscriptions by number alone', async () => {
    const { world, log } = await open();
    expect((await act('pause', { subscription: '1', until: '2026-12-24' })).headers.get('location')).toBe(
      `${here.ann}?done=pause`,
    );
    expect(await states()).toEqual(['paused', 'active']);
    world.refresh('2026-11-03T09:00:04', [study(trialId, { status: 'SUSPENDED', updatedOn: '2026-11-03' })]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    expect(await mailsTo('ann@example.net')).toBe(0);
    await onDay('2026-11-03T12:30:00Z');
    await act('resume', { subscription: '1' });
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    expect((await world.mails('ann@example.net')).at(-1)?.text).toContain('Status: ● recruiting →');
    expect((await log()).map(({ details }) => details)).toEqual([
      { subscriptions: [1], until: '2026-12-24T00:00:00.000Z' },
      { subscriptions: [1] },
    ]);
  });

  it('E3: a stopped subscription can be resumed for 28 days, here and by its owner; waiting mails are withdrawn', async () => {
    const { world, pages, me } = await open();
    await sql`update subscriptions set state = 'pending' where id = 2`.execute(world.context.db);
    await act('stop', { subscription: 'all' });
    expect(await states()).toEqual(['ended']);
    const { text } = await me.get(`${here.ann}?done=stop`);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(text).toMatch(/It is stopped\.[\s\S]+Stopped on November 2, 2026[\s\S]+Undo the stop/);
    const herself = await signIn(world, pages, 'ann@example.net');
    await herself.post('/manage/subscriptions/1', { act: 'undo' });
    expect(await states()).toEqual(['active']);
    expect((await act('undo', { subscription: '1' })).status).toBe(409);
    await act('stop', { subscription: '1' });
    await onDay('2026-12-01T12:00:00Z');
    expect((await act('undo', { subscription: '1' })).status).toBe(409);
    expect(await states()).not.toContain('active');
  });

  it('C11: an invalid date is reported and nothing is done; others’ subscriptions are out of reach', async () => {
    const { log } = await open();
    for (const [until, says] of [
      ['', 'Choose a day.'],
      ['2026-02-31', 'Choose a day.'],
      ['2026-11-02', 'Choose a day after today.'],
      ['2029-01-01', 'Choose a day within the next year.'],
    ] as const) {
      const { status, text } = await act('pause', { subscription: '1', until });
      expect([until, status, await findHtmlFaults(text)]).toEqual([until, 422, []]);
      expect(text).toContain(says);
    }
    // Subscription 3 is Bob's.
    expect((await act('stop', { subscription: '3' })).status).toBe(409);
    for (const subscription of ['', 'x', '-1', '99999999999999999999'])
      expect((await act('stop', { subscription })).status).toBe(404);
    expect((await here.me.post('/admin/subscribers/9/stop', { subscription: 'all' })).status).toBe(404);
    expect(await states()).toEqual(['active', 'active']);
    expect(await log()).toEqual([]);
  });
});

describe('stopping mail to somebody', () => {
  it('E6, P5: no mail goes out until it is lifted, with a reason each time that is kept', async () => {
    const { world, me, log, pages } = await open();
    for (const fields of [{}, { why: 'never' }, { why: 'never', reason: 'x' }, { why: 'other', reason }])
      expect((await act('suppress', fields)).status).toBe(422);
    expect((await act('lift', { reason })).status).toBe(409);
    await act('suppress', { why: 'never', reason: 'ann@example.net wrote a letter' });
    expect(await isStopped()).toBe('never');
    const shown = (await me.get(here.ann)).text;
    expect(await findHtmlFaults(shown)).toEqual([]);
    expect(shown).toMatch(
      /No email goes to this person, since November 2, 2026 .+: they want no email ever again\./,
    );
    world.refresh('2026-11-03T09:00:04', [study(trialId, { status: 'SUSPENDED', updatedOn: '2026-11-03' })]);
    world.setNow('2026-11-03T09:30:00Z');
    await world.round();
    await pages.post('/manage', { email: 'ann@example.net' });
    await world.round();
    expect(await mailsTo('ann@example.net')).toBe(0);
    await onDay('2026-11-03T10:00:00Z');
    expect((await act('link')).status).toBe(409);
    expect((await act('lift', {})).status).toBe(422);
    expect((await act('lift', { reason })).headers.get('location')).toBe(`${here.ann}?done=lifted`);
    expect(await isStopped()).toBeNull();
    expect((await act('link')).status).toBe(303);
    await world.round();
    expect(await mailsTo('ann@example.net')).toBe(1);
    expect(await log()).toMatchObject([
      {
        act: 'suppress',
        subject: 'subscriber 1',
        reason: '[address] wrote a letter',
        details: { why: 'never' },
      },
      { act: 'lift-suppression', subject: 'subscriber 1', reason, details: { why: 'never' } },
      { act: 'mail-link' },
    ]);
  });

  it('B3: the page says in words why a mailbox gets no mail any more', async () => {
    const { world, me } = await open();
    const { db, keys, now } = world.context;
    const because = 'There is no such mailbox: its words “user unknown”.';
    await suppressAddress(db, keys.hashAddress('ann@example.net'), 'hard-bounce', now(), because);
    expect((await me.get(here.ann)).text).toContain(`their mailbox is not there. ${because}`);
  });

  it('E6: an address without a subscriber is suppressed, and released, on its own', async () => {
    const { me, log, world } = await open();
    const { db, keys } = world.context;
    const ask = (name: string, email: string) =>
      me.post(`/admin/subscribers/${name}`, { email, reason, why: 'complaint' });
    expect((await ask('suppress', 'x')).headers.get('location')).toBe('/admin/subscribers?done=no-address');
    expect((await ask('lift', 'eve@example.net')).status).toBe(422);
    expect((await ask('suppress', 'eve@example.net')).headers.get('location')).toBe(
      '/admin/subscribers?done=suppressed',
    );
    expect(await findSuppression(db, keys, 'eve@EXAMPLE.NET')).toBe('complaint');
    const again = await ask('suppress', 'eve@example.net');
    expect([again.status, again.text.includes('eve@')]).toEqual([422, false]);
    expect((await ask('lift', 'eve@example.net')).headers.get('location')).toBe(
      '/admin/subscribers?done=lifted',
    );
    expect(await findSuppression(db, keys, 'eve@example.net')).toBeNull();
    expect((await log()).map((row) => [row.act, row.subject])).toEqual([
      ['suppress', 'suppression'],
      ['lift-suppression', 'suppression'],
    ]);
  });
});

describe('asking somebody again to confirm', () => {
  it('P3: goes out while the allowance of the address holds; a refusal says so, and when the last went out', async () => {
    const { world, pages, me } = await open();
    await pages.post('/subscriptions', signUpForm('new@example.net', ['condition:migraine']));
    await letWorkersWork(world);
    const page = '/admin/subscribers/3';
    expect(await mailsTo('new@example.net')).toBe(1);
    const refused = await me.post(`${page}/resend`, {});
    expect([refused.status, await findHtmlFaults(refused.text)]).toEqual([409, []]);
    expect(refused.text).toContain('It went out once, last November 2, 2026');
    const days = ['2026-11-03T12:00:01Z', '2026-11-04T12:00:02Z', '2026-11-05T12:00:03Z'];
    const came: number[] = [];
    for (const day of days) {
      await onDay(day);
      came.push((await here.me.post(`${page}/resend`, {})).status);
      await letWorkersWork(world);
    }
    expect(came).toEqual([303, 303, 409]);
    expect(await mailsTo('new@example.net')).toBe(3);
    await pages.post(await confirmPath(world, 'new@example.net'), {});
    const late = await here.me.post(`${page}/resend`, {});
    expect(late.text).toContain('Nothing of theirs waits to be confirmed anymore.');
  });
});

describe('erasing somebody', () => {
  it('P5, P8: asks once more with a reason, then leaves nothing that joins the person and what they followed', async () => {
    const { world, me, ann, log } = await open();
    for (const [name, fields] of [
      ['pause', { subscription: 'all', until: '2026-12-24' }],
      ['stop', { subscription: 'all' }],
      ['link', {}],
      ['address', {}],
    ] as const)
      await act(name, fields);
    await me.post('/admin/subscribers/add', { for: '1', what: 'migraine' });
    const page = await me.get(`${ann}/erase`);
    expect(page.text).toContain(`href="${ann}">Cancel</a>`);
    expect([page.status, await findHtmlFaults(page.text)]).toEqual([200, []]);
    const without = await act('erase', { never: 'on' });
    expect([without.status, await findHtmlFaults(without.text)]).toEqual([422, []]);
    expect(without.text).toMatch(/id="reason-error"[\s\S]+/);
    expect(without.text).toContain('value="on" aria-describedby="never-hint" checked');
    const done = await act('erase', { reason, never: 'on' });
    expect(done.headers.get('location')).toBe('/admin/subscribers?done=erased');
    expect((await me.get(ann)).status).toBe(404);
    expect((await act('erase', { reason })).status).toBe(409);
    expect(await isStopped()).toBe('never');
    expect((await log()).at(-1)).toMatchObject({
      actor: staff.me,
      act: 'erase',
      subject: 'subscriber 1',
      reason,
      details: { never: true },
    });
    const left = await world.dump();
    expect(left.filter((line) => /ann@|migraine/i.test(line))).toEqual([]);
    const logged = left.filter((line) => line.startsWith('audit_log.'));
    expect(logged.filter((line) => /asthma|NCT0|condition|topic/i.test(line))).toEqual([]);
    const { rows } = await sql`select from subscriptions where subscriber_id = 1`.execute(world.context.db);
    expect(rows).toEqual([]);
  });

  it('P5: without the tick no hash of the address stays', async () => {
    await open();
    await act('erase', { reason });
    expect(await isStopped()).toBeNull();
  });
});
