import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { rehashAddresses } from '../../../src/db/maintenance/rehash.ts';
import { findSubscriber, findSuppression } from '../../../src/db/subscribers/subscribers.ts';
import { checkAlarms } from '../../../src/jobs/ops/alarms.ts';
import { messageIdFor } from '../../../src/mail/message.ts';
import { erasePerson } from '../../../src/use-cases/account/erase-person.ts';
import { openPeople, type PeopleWorld, staff, trialId } from '../../support/admin-people.ts';
import { addKey } from '../../support/api-world.ts';
import { answersOf, look } from '../../support/bulk-lists.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { askForLink, signIn } from '../../support/sign-in.ts';
import { letWorkersWork, signUpAndConfirm, signUpForm } from '../../support/sign-ups.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
const closers: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closers.splice(0).reverse()) await one.close();
});

async function open(): Promise<PeopleWorld> {
  const here = await openPeople(openWorld);
  closers.push(here);
  return here;
}

const countPeople = async ({ world }: PeopleWorld) => {
  const { rows } = await sql<{ count: number }>`select count(*) as count from subscribers`.execute(
    world.context.db,
  );
  return Number(rows[0]?.count);
};
const audited = async ({ log }: PeopleWorld) => (await log()).map(({ act, subject }) => `${act} ${subject}`);

describe('one person, one address', () => {
  it('B7: a sign-up, a form, the API, a list and an admin find the same person, and mail goes as it was typed', async () => {
    const here = await open();
    const { world, pages, me } = here;
    await signUpAndConfirm(world, pages, 'Quiet.One@example.org', ['condition:Asthma']);
    expect(await countPeople(here)).toBe(3);
    await pages.post('/subscriptions', signUpForm('QUIET.one@example.ORG', [`trial:${trialId}`]));
    await letWorkersWork(world);
    const { authorization } = await addKey(world);
    const wish = { email: 'quiet.One@example.org', trials: [trialId] };
    const asked = await fetch(`${pages.url}/api/v1/subscriptions`, {
      method: 'POST',
      body: JSON.stringify(wish),
      headers: { authorization, 'content-type': 'application/json' },
    });
    expect(asked.status).toBe(202);
    await letWorkersWork(world);
    await me.post('/admin/subscribers/add', { email: 'quiet.one@example.org', what: trialId });
    const list = await look(
      pages,
      me,
      `email,condition\nquiet.ONE@example.org,asthma\nQuiet.one@example.org,asthma\nann@EXAMPLE.net,asthma\n`,
    );
    expect(await answersOf(me, list.path)).toEqual(['2 follows', '3 twice', '4 follows']);
    expect(await countPeople(here)).toBe(3);
    await me.post('/admin/subscribers/find', { email: 'qUIET.ONE@example.org' });
    expect(await audited(here)).toContain('find-address subscriber 3');
    expect(await askForLink(world, pages, 'Quiet.One@example.org')).not.toBe('');
    const recipients = new Set((await world.mails()).flatMap(({ to }) => to?.map(({ address }) => address)));
    expect([...recipients].filter((one) => /quiet/i.test(one ?? ''))).toEqual(['Quiet.One@example.org']);
    const other = await signIn(world, pages, 'Quiet.One@example.org');
    await other.post('/manage/address', { email: 'quiet.one@example.org' });
    await letWorkersWork(world);
    const notice = (await world.mails('quiet.one@example.org')).at(-1)?.text ?? '';
    const path = /\/manage\/address\/\S+/.exec(notice)?.[0] ?? '';
    expect((await pages.post(path, {})).status).toBe(200);
    expect(await askForLink(world, pages, 'QUIET.ONE@example.org')).toBe('');
    expect((await world.mails('quiet.one@example.org')).length).toBeGreaterThan(1);
    expect(await countPeople(here)).toBe(3);
  });

  it('B7: an address that is suppressed or limited in one spelling is so in every other', async () => {
    const here = await open();
    const { world, pages, me } = here;
    const { db, keys, now } = world.context;
    await pages.post('/subscriptions', signUpForm('tired@example.org', ['condition:Asthma']));
    await letWorkersWork(world);
    await pages.post('/subscriptions', signUpForm('TIRED@example.org', [`trial:${trialId}`]));
    await letWorkersWork(world);
    expect((await world.mails()).filter(({ message }) => /^To: tired/im.test(message))).toHaveLength(1);
    await erasePerson(world.context, 1, { never: true }, now());
    for (const email of ['ANN@example.net', 'Ann@Example.Net', 'ann@example.net'])
      expect(await findSuppression(db, keys, email)).toBe('never');
    const before = (await world.mails()).length;
    await pages.post('/subscriptions', signUpForm('Ann@example.net', ['condition:Asthma']));
    await me.post('/admin/subscribers/add', { email: 'aNn@example.net', what: 'asthma' });
    const list = await look(pages, me, 'email,condition\nANN@example.net,asthma\n');
    await letWorkersWork(world);
    expect(await answersOf(me, list.path)).toEqual(['2 suppressed']);
    expect((await world.mails()).length).toBe(before);
    expect(await countPeople(here)).toBe(2);
    await pages.post('/admin/sign-in', { email: staff.me.toUpperCase() });
    await letWorkersWork(world);
    expect((await world.mails(staff.me)).length).toBe(1);
  });

  it('B7: a domain in Unicode is accepted and mailed in ASCII, whichever of the two is typed next', async () => {
    const here = await open();
    const { world, pages } = here;
    await pages.post('/subscriptions', signUpForm('Ida@bücher.example', ['condition:Asthma']));
    await letWorkersWork(world);
    const [mail, ...more] = await world.mails('Ida@xn--bcher-kva.example');
    expect(mail?.message).toMatch(/^To: Ida@xn--bcher-kva\.example\r?$/m);
    expect(more).toEqual([]);
    await pages.post('/subscriptions', signUpForm('ida@XN--bcher-kva.example', [`trial:${trialId}`]));
    await letWorkersWork(world);
    expect(await countPeople(here)).toBe(3);
  });
});

describe('addresses of a version in which the case of letters counted', () => {
  /** Stores the subscribers' addresses as the version before did; `x@example.net` becomes a second spelling of Cat. */
  async function openOld(): Promise<MailWorld> {
    const mail = await openMailWorld({
      people: ['ann@example.net', 'Bob@example.net', 'cat@example.net', 'x@example.net'],
    });
    closers.push(mail);
    const { db, keys } = mail.world.context;
    const asTyped = (email: string) => keys.hashSpellings(email)[email === email.toLowerCase() ? 0 : 1];
    await sql`update subscribers set address = ${keys.encrypt('Cat@example.net')} where id = 4`.execute(db);
    for (const [n, email] of [
      'ann@example.net',
      'Bob@example.net',
      'cat@example.net',
      'Cat@example.net',
    ].entries())
      await sql`update subscribers set address_hash = ${asTyped(email)} where id = ${n + 1}`.execute(db);
    await sql`insert into suppressions values (${asTyped('Bob@example.net')}, 'complaint', now()),
      (${asTyped('Gone@example.net')}, 'never', now())`.execute(db);
    return mail;
  }
  const start = ({ world }: MailWorld) => rehashAddresses(world.context.db, world.context.keys);

  it('B7: are found in every case after a start, however often it is killed or repeated', async () => {
    const mail = await openOld();
    const { db, keys } = mail.world.context;
    await sql`insert into settings values ('address-hashes', '1')`.execute(db);
    await Promise.all([start(mail), start(mail)]);
    const before = await mail.world.dump();
    await start(mail);
    expect(await mail.world.dump()).toEqual(before);
    const found = async (email: string) => [
      await findSubscriber(db, keys, email),
      await findSuppression(db, keys, email),
    ];
    for (const email of ['ann@example.net', 'ANN@example.net']) expect(await found(email)).toEqual([1, null]);
    for (const email of ['bob@example.net', 'BOB@Example.net', 'Bob@example.net'])
      expect(await found(email)).toEqual([2, 'complaint']);
    // Nobody has this one any more: only its hash is known, and people write a name with a capital.
    for (const email of ['gone@example.net', 'Gone@example.net', 'GONE@example.net'])
      expect(await found(email)).toEqual([null, 'never']);
    expect(await mail.send(mail.ids[1])).toBe('suppressed');
    expect(await mail.send(mail.ids[0])).toBe('sent');
  });

  it('B7: two subscribers of one address both go on, and an admin hears of them until one is erased', async () => {
    const mail = await openOld();
    const { context } = mail.world;
    const { db, keys } = context;
    context.config.adminEmails.push('admin@example.org');
    expect(await checkAlarms(context)).toEqual([]);
    await start(mail);
    expect(await checkAlarms(context)).toEqual(['same-address']);
    const { rows } = await sql<{
      message: string;
    }>`select message from alerts where name = 'same-address'`.execute(db);
    expect(rows[0]?.message).toMatch(
      /has two subscribers: subscribers 3 and 4\. .*https:\/\/bell\.example\.org\/admin\/subscribers\/NUMBER/,
    );
    expect(rows[0]?.message).not.toContain('example.net');
    const found = (email: string) => findSubscriber(db, keys, email);
    expect(await Promise.all(['cat@example.net', 'Cat@example.net', 'CAT@example.net'].map(found))).toEqual([
      3, 4, 3,
    ]);
    expect([await mail.send(mail.ids[2]), await mail.send(mail.ids[3])]).toEqual(['sent', 'sent']);
    expect(mail.sink.mails.map(({ to }) => to[0])).toEqual(['cat@example.net', 'Cat@example.net']);
    // A mail that began before the upgrade and one after it have the same Message-ID.
    const [, , , id] = mail.ids;
    const subject = `${id} ${context.now()} Cat@example.net`;
    expect(mail.sink.mails[1]?.messageId).toBe(
      messageIdFor(keys.sign('message-id', subject), 'bell.example.org'),
    );
    await erasePerson(context, 3, { never: false }, context.now());
    expect(await checkAlarms(context)).toEqual([]);
    expect(await Promise.all(['cat@example.net', 'Cat@example.net'].map(found))).toEqual([4, 4]);
    await mail.world.subscribe('CAT@example.net', { conditions: ['asthma'] });
    expect(await found('cat@example.net')).toBe(4);
  });

  it.each([2, 3])(
    'B7: neither of the two is mailed once mail to one is stopped: to number %i',
    async (which) => {
      const mail = await openOld();
      const { db } = mail.world.context;
      await sql`insert into suppressions select address_hash, 'hard-bounce', now() from subscribers where id = ${which + 1}`.execute(
        db,
      );
      await start(mail);
      expect([await mail.send(mail.ids[2]), await mail.send(mail.ids[3])]).toEqual([
        'suppressed',
        'suppressed',
      ]);
      expect(mail.sink.mails).toEqual([]);
    },
  );
});
