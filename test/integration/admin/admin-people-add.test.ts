import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { openPeople, type PeopleWorld, staff, trialId } from '../../support/admin-people.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { confirmPath, letWorkersWork, signUpForm } from '../../support/sign-ups.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
let here: PeopleWorld;
afterEach(() => here.close());

const open = async () => {
  here = await openPeople(openWorld);
  return here;
};
const add = (fields: Record<string, string>, by = here.me) => by.post('/admin/subscribers/add', fields);
const follows = async (email: string) => {
  const { db, keys } = here.world.context;
  const { rows } = await sql<{ words: string; state: string; frequency: string; added_by: string }>`
    select s.words, s.state, s.frequency, s.added_by from subscriptions s join subscribers p on p.id = s.subscriber_id
    where p.address_hash = ${keys.hashAddress(email)} order by s.id`.execute(db);
  return rows;
};

describe('adding a subscription for somebody', () => {
  it('P4, P8: asks them by mail; it is theirs once they confirm, by consent to what an admin added', async () => {
    const { world, pages, me, log } = await open();
    const page = await me.get('/admin/subscribers/add');
    expect([page.status, await findHtmlFaults(page.text)]).toEqual([200, []]);
    const fields = { email: 'new@example.net', what: 'Bronchial asthma', frequency: 'daily', language: 'es' };
    const added = await add(fields);
    expect(added.headers.get('location')).toBe('/admin/subscribers/3?done=asked');
    const pending = { words: 'Bronchial asthma', state: 'pending', frequency: 'daily', added_by: 'admin' };
    expect(await follows(fields.email)).toEqual([pending]);
    const seen = (await me.get('/admin/subscribers/3')).text;
    expect(await findHtmlFaults(seen)).toEqual([]);
    expect(seen).toMatch(/Waits to be confirmed[\s\S]+Added by an admin on/);
    expect(seen).not.toContain('new@');
    await letWorkersWork(world);
    const [mail] = await world.mails(fields.email);
    expect(mail?.subject).toMatch(/confirm/i);
    for (const secret of ['asthma', staff.me, 'admin'])
      expect(mail?.text?.toLowerCase()).not.toContain(secret);
    await pages.post(await confirmPath(world, fields.email), {});
    expect(await follows(fields.email)).toMatchObject([{ state: 'active' }]);
    const { rows } = await sql<{ way: string; wording_version: string }>`
      select way, wording_version from consents order by id desc limit 1`.execute(world.context.db);
    expect(rows).toEqual([
      { way: 'added by an admin, confirmed by the link of a mail', wording_version: 'sign-up-4' },
    ]);
    expect((await me.get('/admin/subscribers/3')).text).toContain(
      'added by an admin, confirmed by the link of a mail',
    );
    expect(await log()).toEqual([
      {
        actor: staff.me,
        act: 'add',
        subject: 'subscriber 3',
        reason: null,
        details: { outcome: 'asked', subscriptions: [4] },
      },
    ]);
  });

  it('P3: however often it is added, at most one mail goes out in 24 hours and three in all', async () => {
    const { world, me } = await open();
    const email = 'v.ictim@example.net';
    // One asker has at most three look-ups at a time (N9).
    const together = (...all: string[]) => Promise.all(all.map((what) => add({ email, what })));
    const said = [
      ...(await together('asthma', 'migraine', trialId)),
      ...(await together('asthma', 'diabetes')),
    ];
    const outcomes = said
      .map(({ headers, text }) => headers.get('location')?.split('done=')[1] ?? text)
      .sort();
    expect(outcomes).toEqual(['asked', 'waits', 'waits', 'waits', 'waits']);
    expect(await follows(email)).toHaveLength(4);
    // Another spelling of the same mailbox has no allowance of its own.
    const spelled = await add({ email: 'victim+x@example.net', what: 'asthma' });
    expect(spelled.headers.get('location')).toContain('done=unasked');
    const shown = await me.get(spelled.headers.get('location') ?? '');
    expect(shown.text).toContain('no email goes out, and they have no link that confirms it');
    // Which number they got depends on who of the five came first.
    const waits = said
      .map(({ headers }) => headers.get('location') ?? '')
      .find((one) => one.endsWith('done=waits'));
    expect((await me.get(waits ?? '')).text).toContain('no new email goes out');
    await letWorkersWork(world);
    expect(await world.mails('v.ictim@example.net')).toHaveLength(1);
    expect(await world.mails('victim+x@example.net')).toHaveLength(0);
  });

  it('P3: with the allowance used up and its links run out, nobody is sent to look for a link', async () => {
    const { world } = await open();
    const { db, keys } = world.context;
    await sql`insert into rate_limits (address_hash, kind, times, first_at, last_at)
      values (${keys.hashAddress('tired@example.net')}, 'confirmation', 3, '2026-10-20', '2026-10-22')`.execute(
      db,
    );
    const added = await add({ email: 'tired@example.net', what: 'asthma' });
    expect(added.headers.get('location')).toBe('/admin/subscribers/3?done=unasked');
    await letWorkersWork(world);
    expect(await world.mails('tired@example.net')).toEqual([]);
  });

  it('P12: existing subscriptions and choices stay unchanged', async () => {
    const { world, pages } = await open();
    expect((await add({ for: '1', what: 'asthma', frequency: 'daily' })).headers.get('location')).toBe(
      '/admin/subscribers/1?done=known',
    );
    const form = signUpForm('new@example.net', ['condition:migraine'], { note: 'mine', hour: '7' });
    await pages.post('/subscriptions', form);
    await letWorkersWork(world);
    await add({ email: 'new@example.net', what: 'migraine', language: 'es' });
    await add({ email: 'new@example.net', what: 'asthma', language: 'es' });
    await add({ email: 'new@example.net', what: 'diabetes' });
    // A subscription that an admin added and its reader then requests belongs to the reader.
    await pages.post('/subscriptions', signUpForm('new@example.net', ['condition:diabetes'], { hour: '7' }));
    await letWorkersWork(world);
    const { rows } = await sql<{ hour: number; timezone: string; language: string; notes: number }>`
      select p.hour, p.timezone, p.language, count(s.note) as notes from subscribers p
      join subscriptions s on s.subscriber_id = p.id where p.id > 2 group by p.id`.execute(world.context.db);
    expect(rows).toEqual([{ hour: 7, timezone: 'Europe/Oslo', language: 'en', notes: 1 }]);
    await pages.post(await confirmPath(world, 'new@example.net'), {});
    const { rows: ways } = await sql<{
      way: string;
    }>`select way from consents order by id desc limit 3`.execute(world.context.db);
    expect(ways.map(({ way }) => way)).toEqual([
      'sign-up form, confirmed by the link of a mail',
      'added by an admin, confirmed by the link of a mail',
      'sign-up form, confirmed by the link of a mail',
    ]);
  });

  it('P8: for a person by number, their address is not shown', async () => {
    const { world, me } = await open();
    const page = await me.get('/admin/subscribers/add?for=1');
    expect([page.status, await findHtmlFaults(page.text)]).toEqual([200, []]);
    expect(page.text).not.toMatch(/ann@|type="email"/);
    const added = await add({ for: '1', what: 'migraine' });
    expect([added.headers.get('location'), added.text.includes('ann@')]).toEqual([
      '/admin/subscribers/1?done=asked',
      false,
    ]);
    await letWorkersWork(world);
    expect((await world.mails('ann@example.net')).at(-1)?.text).toContain('/confirm/');
    expect((await add({ for: '9', what: 'asthma' })).status).toBe(404);
  });

  it('E6: nothing is added for an address that was stopped, and no mail goes there', async () => {
    const { world, log } = await open();
    const { db, keys } = world.context;
    for (const email of ['eve@example.net', 'ann@example.net'])
      await sql`insert into suppressions values (${keys.hashAddress(email)}, 'never', now())`.execute(db);
    for (const fields of [{ email: 'eve@example.net' }, { for: '1' }]) {
      const { status, text } = await add({ ...fields, what: 'migraine' } as Record<string, string>);
      expect([status, await findHtmlFaults(text), text.includes('@example.net')]).toEqual([422, [], false]);
      expect(text).toContain('Email to this address was stopped for good. Nothing was added.');
    }
    expect(await follows('eve@example.net')).toEqual([]);
    expect(await follows('ann@example.net')).toHaveLength(2);
    expect((await log()).map(({ subject, details }) => [subject, details.outcome])).toEqual([
      ['nobody', 'stopped'],
      ['subscriber 1', 'stopped'],
    ]);
  });

  it('M2, P8: an error is shown beside its field, without the address, and nothing is written', async () => {
    const { world, breakLog } = await open();
    const before = await world.dump();
    for (const [fields, says] of [
      [{ email: 'no address', what: 'asthma' }, 'Enter an email address'],
      [{ email: 'new@example.net', what: '' }, 'We found no trials'],
      [{ email: 'new@example.net', what: 'ms' }, 'can mean several things'],
      [{ email: 'new@example.net', what: 'cancer', frequency: 'daily' }, 'thousands of trials'],
    ] as const) {
      const { status, text } = await add(fields);
      expect([fields.what, status, await findHtmlFaults(text)]).toEqual([fields.what, 422, []]);
      expect(text).toContain(says);
      expect(text).not.toContain(fields.email);
    }
    expect(await world.dump()).toEqual(before);
    await breakLog();
    const broken = await world.dump();
    expect((await add({ email: 'new@example.net', what: 'asthma' })).status).toBe(500);
    expect(await world.dump()).toEqual(broken);
  });
});
