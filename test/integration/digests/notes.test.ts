import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { beginBody, claimDelivery } from '../../../src/db/delivery/deliveries.ts';

import { setNoNewsNotes } from '../../../src/db/subscribers/note-schedule.ts';
import { lockSubscriber } from '../../../src/db/subscribers/subscription-state.ts';
import { TrialbellError } from '../../../src/errors.ts';
import type { Context } from '../../../src/jobs/context.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { planNotes } from '../../../src/jobs/digests/plan-notes.ts';
import { exportPerson } from '../../../src/use-cases/account/export-person.ts';
import {
  pauseSubscriptions,
  resumeSubscriptions,
  stopSubscriptions,
} from '../../../src/use-cases/subscriptions/change-state.ts';
import { makeDerivedLink } from '../../../src/web/manage/derived-link.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { agreeHere, letWorkersWork, signUpAndConfirm, signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});

const id = 'NCT09900001';
const ann = 'ann@example.net';
const asthma = study(id, { title: 'Breathing better', conditions: ['Asthma'] });
const firstDay = { timestamp: '2026-11-02T09:00:04', studies: [asthma] };
const noteKinds = ['welcome', 'no-news', 'yearly'];

async function notes(world: World, kind?: string) {
  const { rows } = await sql<{ id: number; kind: string; phase: string; planned_at: string }>`
    select id, kind, phase, planned_at from deliveries
    where kind = any(${kind ? [kind] : noteKinds}::text[]) order by id`.execute(world.context.db);
  return rows;
}

/** As workers plan: digests, then notes. Returns the notes' deliveries. */
async function planAll(context: Context): Promise<number[]> {
  await planDigests(context);
  return planNotes(context);
}

/** Rounds on days of which nothing comes, each at that instant. */
async function rounds(world: World, ...instants: string[]): Promise<void> {
  for (const now of instants) {
    world.setNow(now);
    await world.round();
  }
}

async function choose<T>(
  world: World,
  act: (
    tx: Parameters<typeof lockSubscriber>[0],
    person: NonNullable<Awaited<ReturnType<typeof lockSubscriber>>>,
  ) => Promise<T>,
) {
  return world.context.db.transaction().execute(async (tx) => {
    const person = await lockSubscriber(tx, 1);
    if (!person) throw new Error('nobody there');
    return act(tx, person);
  });
}

/** Somebody follows a trial since 2 November, and a month has gone by without a change. */
async function openSilent(wish: Parameters<World['subscribe']>[1] = { trials: [id] }): Promise<World> {
  const world = await open({ days: [firstDay] });
  await world.subscribe(ann, wish);
  for (const day of ['03', '04', '05']) {
    world.refresh(`2026-11-${day}T09:00:04`, [asthma]);
    await rounds(world, `2026-11-${day}T12:00:00Z`);
  }
  return world;
}

describe('the quiet note', () => {
  it('comes once after a month of silence at the reader’s hour, then every three months', async () => {
    const world = await openSilent({ trials: [id], hour: 7, timezone: 'Europe/Oslo' });
    await rounds(world, '2026-12-02T11:00:00Z', '2026-12-03T05:59:00Z');
    expect(await notes(world)).toEqual([]);
    await rounds(world, '2026-12-03T06:00:00Z', '2026-12-03T07:00:00Z', '2027-03-03T05:00:00Z');
    expect(await notes(world)).toMatchObject([{ kind: 'no-news', phase: 'sent' }]);
    await rounds(world, '2027-03-03T06:00:00Z', '2027-06-03T04:00:00Z');
    expect(await notes(world)).toHaveLength(2);
    await rounds(world, '2027-06-03T05:00:00Z');
    expect(await notes(world)).toHaveLength(3);
  });

  it('D9: states what is so, how often the registry was read, and when it was not; E1: with the headers of a digest', async () => {
    const world = await openSilent();
    await rounds(world, '2026-12-03T09:00:00Z');
    const [mail] = await world.mails(ann);
    expect(mail?.subject).toBe('Still watching: no email was due since November 2, 2026');
    const text = mail?.text?.replace(/\s+/g, ' ') ?? '';
    expect(text).toContain(
      'By the registry’s data from November 5, 2026: No trial you follow opened, closed, or stopped.',
    );
    expect(text).toContain(
      'We watch 1 trial for you. Since November 2, 2026 there were 3 full readings of the registry’s updates.',
    );
    // 6 November to 2 December: weekdays without one.
    expect(text).toContain('On 19 weekdays in that time there was no full reading');
    expect(text).toContain('The last full reading was on November 5, 2026');
    expect(text).toContain('Registry data from November 5, 2026');
    expect(text).toContain('Breathing better');
    expect(text).toContain(`${id}, listed as recruiting`);
    const headers = Object.fromEntries(mail?.headers.map(({ key, value }) => [key, value]) ?? []);
    expect(headers['list-unsubscribe']).toMatch(/^<https:\/\/bell\.example\.org\/unsubscribe\/[\w.-]+>$/);
    expect(headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click');
    expect(headers['list-id']).toBe('<digests.bell.example.org>');
    expect(headers['auto-submitted']).toBe('auto-generated');
    expect(JSON.stringify(mail?.headers)).not.toMatch(/NCT|asthma|breath/i);
    expect(text).toMatch(/https:\/\/bell\.example\.org\/unsubscribe\/[\w.-]+\/1 /);
  });

  it('says that a status changed there and back, and counts changes that are left out', async () => {
    const world = await openSilent({ trials: [id], facets: ['dates'] });
    for (const [day, parts] of [
      ['06', { status: 'SUSPENDED' }],
      ['09', { status: 'RECRUITING', enrollment: 77 }],
    ] as const) {
      world.refresh(`2026-11-${day}T09:00:04`, [
        study(id, {
          title: 'Breathing better',
          conditions: ['Asthma'],
          updatedOn: `2026-11-${day}`,
          ...parts,
        }),
      ]);
      await rounds(world, `2026-11-${day}T12:00:00Z`);
    }
    await rounds(world, '2026-12-03T09:00:00Z');
    const text = (await world.mails(ann)).at(-1)?.text?.replace(/\s+/g, ' ') ?? '';
    expect(text).toContain('Some trials did change, come, or go');
    expect(text).not.toContain('No trial you follow');
    expect(text).toMatch(/These records changed in \d+ other ways?/);
  });

  it('D1: a digest starts the month anew, and who is owed one gets no note', async () => {
    const world = await openSilent({ trials: [id], frequency: 'weekly' });
    await rounds(world, '2026-11-30T09:00:00Z');
    world.refresh('2026-12-01T09:00:04', [study(id, { status: 'SUSPENDED', updatedOn: '2026-12-01' })]);
    // Tuesday: the digest comes on Monday.
    await rounds(world, '2026-12-01T12:00:00Z', '2026-12-03T09:00:00Z', '2026-12-04T09:00:00Z');
    expect(await notes(world)).toEqual([]);
    await rounds(world, '2026-12-07T09:00:00Z');
    await rounds(world, '2027-01-06T09:00:00Z');
    expect(await notes(world)).toEqual([]);
    expect((await world.mails(ann)).map(({ subject }) => subject)).toEqual([
      '1 trial you follow changed in the registry',
    ]);
    await rounds(world, '2027-01-07T09:00:00Z');
    expect(await notes(world)).toMatchObject([{ kind: 'no-news', phase: 'sent' }]);
  });

  it('is not sent when a change was read before it went out', async () => {
    const world = await openSilent();
    world.setNow('2026-12-03T09:00:00Z');
    const [note = -1] = await planAll(world.context);
    world.refresh('2026-12-03T09:00:04', [study(id, { status: 'SUSPENDED', updatedOn: '2026-12-03' })]);
    world.setNow('2026-12-03T12:00:00Z');
    await world.poll();
    expect(await sendDelivery(world.context, note)).toBe('cancelled');
    await rounds(world, '2026-12-04T09:00:00Z');
    expect(await world.mails(ann)).toHaveLength(1);
  });

  it('R5: two planners, or one that is called again, promise it once', async () => {
    const world = await openSilent();
    world.setNow('2026-12-03T09:00:00Z');
    const planned = await Promise.all(
      [world.context, world.another(), world.another()].map((by) => planAll(by)),
    );
    expect(planned.flat()).toHaveLength(1);
    expect(await planAll(world.context)).toEqual([]);
    await rounds(world, '2026-12-03T09:01:00Z', '2026-12-03T09:02:00Z');
    expect(await world.mails(ann)).toHaveLength(1);
  });

  it('one a person, however much they follow; turned off, none', async () => {
    const world = await openSilent({ trials: [id], conditions: ['asthma'] });
    await choose(world, (tx, { id: person }) => setNoNewsNotes(tx, person, false, world.context.now()));
    await rounds(world, '2026-12-03T09:00:00Z', '2026-12-10T09:00:00Z');
    expect(await world.mails(ann)).toEqual([]);
    await choose(world, (tx, { id: person }) => setNoNewsNotes(tx, person, true, world.context.now()));
    await rounds(world, '2026-12-10T09:01:00Z', '2026-12-10T10:00:00Z');
    expect(await world.mails(ann)).toHaveLength(1);
  });

  it('a pause stops it, and silence counts from the end of the pause', async () => {
    const world = await openSilent();
    await choose(world, (tx, person) => pauseSubscriptions(tx, person, 'all', null));
    await rounds(world, '2026-12-03T09:00:00Z', '2027-02-03T10:00:00Z');
    expect(await world.mails(ann)).toEqual([]);
    await choose(world, (tx, person) => resumeSubscriptions(tx, person, 'all', world.context.now()));
    await rounds(world, '2027-02-04T09:00:00Z', '2027-03-03T09:00:00Z');
    expect(await world.mails(ann)).toEqual([]);
    await rounds(world, '2027-03-04T09:00:00Z');
    expect(await world.mails(ann)).toHaveLength(1);
  });
});

describe('what stops every note', () => {
  /** A note that is promised and not sent yet. */
  async function openPromised(wish?: Parameters<World['subscribe']>[1]) {
    const world = await openSilent(wish);
    world.setNow('2026-12-03T09:00:00Z');
    const [note = -1] = await planAll(world.context);
    return { world, note };
  }

  it('E5: after an unsubscribe commits, no note goes out, even one that is claimed', async () => {
    const { world, note } = await openPromised();
    const { db } = world.context;
    const claim = await claimDelivery(db, note, { holder: 'h', leaseMs: 60_000, now: world.context.now() });
    await choose(world, (tx, person) => stopSubscriptions(tx, person, 'all', world.context.now()));
    const body = { id: note, fence: claim?.fence ?? -1, messageId: '<m@x>', now: world.context.now() };
    expect(await beginBody(db, body)).toBe(false);
    expect(await sendDelivery(world.context, note)).toBe('cancelled');
    expect(await world.mails()).toEqual([]);
  });

  it.each(noteKinds)('E5: the check stands in the UPDATE to body: %s', async (kind) => {
    const { world, note } = await openPromised();
    const { db } = world.context;
    await sql`update deliveries set kind = ${kind} where id = ${note}`.execute(db);
    const claim = await claimDelivery(db, note, { holder: 'h', leaseMs: 60_000, now: world.context.now() });
    const body = { id: note, fence: claim?.fence ?? -1, messageId: '<m@x>', now: world.context.now() };
    // Behind the ledger's back, so that the fence stays.
    await sql`update subscriptions set state = 'ended'`.execute(db);
    expect(await beginBody(db, body)).toBe(false);
    await sql`update subscriptions set state = 'active'`.execute(db);
    await sql`insert into suppressions select address_hash, 'never', now() from subscribers`.execute(db);
    expect(await beginBody(db, body)).toBe(false);
    await sql`delete from suppressions`.execute(db);
    expect(await beginBody(db, body)).toBe(true);
  });

  it('leaves out a subscription stopped since; an erased person gets nothing', async () => {
    const { world, note } = await openPromised({ trials: [id], conditions: ['asthma'] });
    await choose(world, (tx, person) => stopSubscriptions(tx, person, [1], world.context.now()));
    expect(await sendDelivery(world.context, note)).toBe('sent');
    const [mail] = await world.mails(ann);
    expect(mail?.text).toContain('asthma');
    expect(mail?.text).not.toContain('Breathing better');
    await sql`delete from subscribers`.execute(world.context.db);
    expect(await notes(world)).toEqual([]);
  });

  it('kill -9 between the promise and the sending: another process sends it once', async () => {
    const { world, note } = await openPromised();
    const { db } = world.context;
    await claimDelivery(db, note, { holder: 'dead', leaseMs: 60_000, now: world.context.now() });
    await sql`update deliveries set lease_until = clock_timestamp() - interval '1 second'`.execute(db);
    await rounds(world, '2026-12-03T09:05:00Z', '2026-12-03T09:10:00Z');
    expect(await notes(world)).toMatchObject([{ kind: 'no-news', phase: 'sent' }]);
    expect(await world.mails(ann)).toHaveLength(1);
  });

  it('D10: a note that cannot be made is not sent empty: it is tried again, and admins hear of it', async () => {
    const { world, note } = await openPromised();
    world.context.config.adminEmails.push('admin@example.org');
    await sql`update deliveries set params = '\\x00' where id = ${note}`.execute(world.context.db);
    expect(await sendDelivery(world.context, note)).toBe('retry');
    await letWorkersWork(world);
    expect(await world.mails(ann)).toEqual([]);
    expect((await world.mails('admin@example.org')).map(({ subject }) => subject)).toEqual([
      'Trialbell needs a person: an email could not be made',
    ]);
  });

  it('P1, P5: its parameters are encrypted, and an export says since when notes are counted', async () => {
    const { world } = await openPromised();
    const rows = (await world.dump()).filter((row) => row.startsWith('deliveries:'));
    expect(rows.join()).not.toContain('2026-11-02T12');
    const all = await exportPerson(world.context, 1);
    expect(all).toMatchObject({
      settings: {
        no_news_notes: true,
        no_news_since: '2026-11-02T12:00:00.000Z',
        yearly_from: '2026-11-02T12:00:00.000Z',
      },
      mails: [{ kind: 'no-news', phase: 'planned' }],
    });
  });
});

describe('the question once a year', () => {
  it('P4: asks keep or stop, names nothing in the subject, and silence keeps', async () => {
    const world = await openSilent();
    await choose(world, (tx, { id: person }) => setNoNewsNotes(tx, person, false, world.context.now()));
    await rounds(world, '2027-11-02T12:00:00Z');
    expect(await notes(world)).toEqual([]);
    await rounds(world, '2027-11-03T09:00:00Z', '2027-11-03T09:01:00Z', '2028-11-02T09:00:00Z');
    expect(await notes(world)).toMatchObject([{ kind: 'yearly', phase: 'sent' }]);
    const [mail] = await world.mails(ann);
    expect(mail?.subject).toBe('Once a year: keep these emails, or stop them?');
    const text = mail?.text?.replace(/\s+/g, ' ') ?? '';
    expect(text).toContain('To keep it all, leave this email as it is.');
    expect(text).toContain('Breathing better');
    const links = text.match(/https:\/\/bell\.example\.org\/\S+/g) ?? [];
    expect(links.map((link) => new URL(link).pathname.split('/')[1])).toEqual([
      'trials',
      'unsubscribe',
      'manage',
      'unsubscribe',
    ]);
    const { rows } = await sql`select from subscriptions where state = 'active'`.execute(world.context.db);
    expect(rows).toHaveLength(1);
    await rounds(world, '2028-11-03T09:00:00Z');
    expect(await notes(world)).toHaveLength(2);
  });
});

describe('the welcome', () => {
  async function openConfirmed(follow = [`trial:${id}`, 'condition:Asthma']) {
    const world = await open({ days: [firstDay] });
    const pages = await servePages(world);
    served.push(pages);
    await world.poll();
    const cookie = await signUpAndConfirm(world, pages, ann, follow);
    return { world, pages, cookie };
  }

  it('comes once after a confirmation on the web, with today’s state of all that was confirmed', async () => {
    const { world } = await openConfirmed();
    await planAll(world.context);
    await planAll(world.context);
    await letWorkersWork(world);
    await rounds(world, '2026-11-02T13:30:00Z', '2026-11-03T12:00:00Z');
    const mails = await world.mails(ann);
    expect(mails.map(({ subject }) => subject)).toEqual([
      'Please confirm your email address',
      'Your emails start now',
    ]);
    const text = mails[1]?.text?.replace(/\s+/g, ' ') ?? '';
    expect(text).toContain(
      'All 2 things you confirmed are now active. Below is what the registry says today. None of it is a change.',
    );
    expect(text).toContain(`${id}, listed as recruiting`);
    expect(text).toContain('1 trial is now listed as recruiting, out of 1 trial about this.');
    expect(text).toContain('Emails once a week, on Monday');
    expect(text).toMatch(/The next one could come on November 3, 2026/);
    expect(text).toContain('Each update email has a link to a page where one button stops the emails.');
    expect(mails[1]?.headers.some(({ key }) => key === 'list-unsubscribe-post')).toBe(true);
    expect(mails[1]?.subject).not.toMatch(/NCT|asthma/i);
  });

  it('waits for the baselines an hour, then says what was not read yet', async () => {
    const world = await open({ days: [firstDay] });
    const pages = await servePages(world);
    served.push(pages);
    await world.poll();
    const away = async () => {
      throw new TrialbellError('The registry is away.');
    };
    world.context.registries.set('ctgov', { ...world.registry, dataVersion: away });
    await signUpAndConfirm(world, pages, ann, [`trial:${id}`]);
    for (const now of ['2026-11-02T12:00:00Z', '2026-11-02T12:59:59Z']) {
      world.setNow(now);
      expect(await planAll(world.context)).toEqual([]);
    }
    world.setNow('2026-11-02T13:00:00Z');
    expect(await planAll(world.context)).toHaveLength(1);
    await letWorkersWork(world);
    expect((await world.mails(ann)).at(-1)?.text).toContain('We have not read the record yet.');
    world.context.registries.set('ctgov', world.registry);
    await rounds(world, '2026-11-02T14:00:00Z', '2026-11-02T15:00:00Z');
    expect(await notes(world)).toHaveLength(1);
  });

  it('is about what was confirmed then: what a known browser adds, and what was added by hand, brings none', async () => {
    const { world, pages, cookie } = await openConfirmed([`trial:${id}`]);
    await planAll(world.context);
    await letWorkersWork(world);
    const asked = await pages.post('/subscriptions', signUpForm(ann, ['condition:Asthma']), { cookie });
    await agreeHere(pages, asked.text, cookie);
    await letWorkersWork(world);
    await world.subscribe('bob@example.net', { trials: [id] });
    await rounds(world, '2026-11-02T14:00:00Z', '2026-11-02T15:00:00Z');
    const { rows } = await sql`select from subscriptions where state = 'active'`.execute(world.context.db);
    expect(rows).toHaveLength(3);
    expect(await notes(world)).toMatchObject([{ kind: 'welcome', phase: 'sent' }]);
  });

  it('a stop before it goes out stops it', async () => {
    const { world } = await openConfirmed();
    const [note = -1] = await planAll(world.context);
    await choose(world, (tx, person) => stopSubscriptions(tx, person, 'all', world.context.now()));
    expect(await sendDelivery(world.context, note)).toBe('cancelled');
    expect(await world.mails(ann)).toHaveLength(1);
  });
});

describe('the goodbye', () => {
  it('E5, P5: is a page: after all is stopped, or a person erased, no mail is promised or sent', async () => {
    const world = await openSilent();
    const pages = await servePages(world);
    served.push(pages);
    await world.subscribe('bob@example.net', { trials: [id] });
    const me = await signIn(world, pages, ann);
    const erased = await me.post('/manage/erase', {});
    expect(erased.text).toContain('You get no email about this, because we no longer send you any.');
    const bob = await signIn(world, pages, 'bob@example.net');
    const { text } = await bob.get('/manage');
    expect(text).toContain('Breathing better');
    const generation = makeDerivedLink(world.context.keys, 'unsubscribe', { id: 2, generation: 1 });
    const stopped = await pages.post(`/unsubscribe/${generation}`, { act: 'all' });
    expect(stopped.text).toContain('All emails are stopped');
    const before = (await world.mails()).length;
    await rounds(world, '2026-11-05T13:00:00Z', '2026-12-06T09:00:00Z', '2027-11-06T09:00:00Z');
    expect(await notes(world)).toEqual([]);
    expect(await world.mails()).toHaveLength(before);
  });
});

describe('the switch for quiet notes', () => {
  it('stands in the settings, is on at first, and a form of before leaves it as it is', async () => {
    const world = await openSilent();
    const pages = await servePages(world);
    served.push(pages);
    const me = await signIn(world, pages, ann);
    const isOn = async () => /name="quiet" value="on" checked/.test((await me.get('/manage/settings')).text);
    expect(await isOn()).toBe(true);
    const fields = { hour: '9', zone: 'UTC', subject: 'neutral' };
    await me.post('/manage/settings', { ...fields, asks_quiet: 'on' });
    expect(await isOn()).toBe(false);
    await me.post('/manage/settings', fields);
    expect(await isOn()).toBe(false);
    await rounds(world, '2026-12-03T09:00:00Z', '2026-12-10T09:00:00Z');
    expect(await notes(world)).toEqual([]);
  });
});
