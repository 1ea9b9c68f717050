import { afterEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../../src/db/audit-log.ts';
import { doDueRequests } from '../../../src/jobs/requests.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { answersOf, doList, followed, look, upload } from '../../support/bulk-lists.ts';
import { onDayTwo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { confirmPath, letWorkersWork } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
let admin: SignedIn;
afterEach(() => pages.close());

const [me, other, viewer] = ['me@example.org', 'other@example.org', 'viewer@example.org'];
const asthma = { conditions: ['Asthma'], meshes: [{ id: 'D001249', term: 'Asthma' }] };
const ids = ['NCT09900001', 'NCT09900002', 'NCT09900003'] as const;

async function open(): Promise<void> {
  const config = { adminEmails: [me, other], viewerEmails: [viewer] };
  world = await openWorld(
    onDayTwo(
      ids.map((id) => study(id, asthma)),
      { config },
    ),
  );
  await world.subscribe('first@example.net', { trials: [ids[0], ids[1]] });
  pages = await servePages(world);
  admin = await signInAsAdmin(world, pages, me);
}
const logged = async (act: string) => {
  const filter = { actor: null, act, subject: null, from: null, until: null };
  return listAudit(world.context.db, filter, { before: null, limit: 100 });
};
const lines = (...rows: string[]) => `${rows.join('\n')}\n`;

describe('a list of people to ask', () => {
  it('P3, P8: is looked through, done with a reason, and each person confirms by the usual mail', async () => {
    await open();
    const list = lines(
      'email,trial,condition,frequency,hour,timezone,language',
      `ann@example.net,${ids[0]},,,,,`,
      'ann@example.net,,asthma,daily,,,',
      `ben@example.net,https://clinicaltrials.gov/study/${ids[2]},,weekly,7,Europe/Oslo,es`,
    );
    const { path, text } = await look(pages, admin, list);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(text).toContain('2 people would be asked to confirm 3 subscriptions. The list has 3 lines.');
    expect(text).toContain('Asthma (MeSH D001249)');
    expect(text).not.toContain('example.net');
    expect(await followed(world)).toHaveLength(2);
    const done = await doList(world, admin, path);
    expect([done.status, done.headers.get('location')]).toEqual([303, path]);
    expect((await followed(world)).slice(0, 3)).toEqual([
      `ann@example.net ${ids[0]} pending daily`,
      'ann@example.net asthma pending daily',
      `ben@example.net ${ids[2]} pending weekly`,
    ]);
    await letWorkersWork(world);
    expect(await world.mails('ann@example.net')).toHaveLength(1);
    expect((await world.mails('ben@example.net'))[0]?.subject).toMatch(/confirme/i);
    const page = await pages.get(await confirmPath(world, 'ann@example.net'));
    for (const name of [`(${ids[0]})`, '<bdi>asthma']) expect(page.text).toContain(name);
    await pages.post(await confirmPath(world, 'ann@example.net'), {});
    expect(
      (await followed(world)).filter((one) => one.startsWith('ann') && one.includes(' active ')),
    ).toHaveLength(2);
    const after = (await admin.get(path)).text;
    expect(await findHtmlFaults(after)).toEqual([]);
    for (const said of [
      '2 of 2 people done.',
      '2 people are asked by an email',
      `${me} had these people asked on`,
    ])
      expect(after).toContain(said);
    const [entry] = await logged('bulk-add');
    expect(entry).toMatchObject({
      actor: me,
      subject: path.replace('/admin/bulk/', 'list '),
      reason: 'They signed on paper at the meeting.',
      details: { people: 2, subscriptions: 3 },
    });
  });

  it('answers each line', async () => {
    await open();
    const { context } = world;
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    const hash = context.keys.hashAddress('gone@example.net');
    await context.db
      .insertInto('suppressions')
      .values({ address_hash: hash, reason: 'complaint', since: context.now() })
      .execute();
    await world.subscribe('tired@example.net', { conditions: ['asthma'], consent: null });
    const list = lines(
      'Email;Condition;Trial;Frequency;Hour;Timezone;Language',
      'ann@example.net;Asthma',
      'ann@example.net;;NCT09900003',
      'ANN@example.net;;NCT09900003',
      'ann@EXAMPLE.net;;nct 09900003',
      'no address;asthma',
      'gone@example.net;asthma',
      'tired@example.net;;NCT09900003',
      'x@example.net;;NCT09999999',
      'x@example.net;;soon',
      'x@example.net;asthna',
      'x@example.net;glorbfish',
      'x@example.net',
      'x@example.net;asthma;NCT09900003',
      'x@example.net;asthma;;hourly',
      'x@example.net;asthma;;;24',
      'x@example.net;asthma;;;;Mars/Olympus',
      'x@example.net;asthma;;;;;tlh',
      'x@example.net;asthma;;;;;;;more',
      '',
      'y@example.net;asthma;;;8',
      'y@example.net;;NCT09900003;;9',
      'd.ot@gmail.com;asthma',
      'dot+bell@gmail.com;asthma',
      'slip@gmial.com;asthma',
      '"""quo@example.net";asthma',
      ';;;;;;',
    );
    const { path, text } = await look(pages, admin, list);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(await answersOf(admin, path)).toEqual([
      '2 follows',
      '3 ask',
      '4 twice',
      '5 twice',
      '6 email',
      '7 suppressed',
      '8 too-many',
      '9 unknown-trial',
      '10 no-number',
      '11 choose',
      '12 condition',
      '13 nothing',
      '14 both',
      '15 frequency',
      '16 hour',
      '17 timezone',
      '18 language',
      '19 cells',
      '21 ask',
      '22 other-settings',
      '23 ask',
      '24 too-many',
      '25 slip',
      '26 email',
    ]);
    for (const said of [
      'This can mean several things. Write one of these: Asthma.',
      'Perhaps gmail.com is meant.',
      'Repeats line 3.',
      'its owner called an email spam',
      '“Mars/Olympus” is no known time zone.',
      'Has another hour, time zone or language than line 21',
    ])
      expect(text).toContain(said);
    expect(text).not.toMatch(/@example\.net|@gm/);
    const before = await followed(world);
    await doList(world, admin, path);
    const added = (await followed(world)).filter((one) => !before.includes(one));
    expect(added.map((one) => one.split(' ')[0])).toEqual([
      'ann@example.net',
      'd.ot@gmail.com',
      'slip@gmial.com',
      'y@example.net',
    ]);
  });

  it('P8: a list that came to nothing has no button; a viewer sees no button and can do nothing', async () => {
    await open();
    const { text } = await look(pages, admin, 'email,trial\nx@example.net,soon\n');
    expect(text).toContain('Nobody would be asked.');
    expect(text).not.toContain('id="reason"');
    const { path } = await look(pages, admin, `email,trial\nx@example.net,${ids[0]}\n`);
    const guest = await signInAsAdmin(world, pages, viewer);
    const seen = (await guest.get(path)).text;
    expect(seen).toContain('Only admins can do this.');
    expect(seen).not.toContain('id="reason"');
    expect((await upload(pages, guest.cookie, `email,trial\nx@example.net,${ids[0]}\n`)).status).toBe(403);
    for (const act of ['add', 'stop', 'answers.csv'])
      expect((await guest.post(`${path}/${act}`, { reason: 'because' })).status).toBe(403);
    await doDueRequests(world.context);
    expect(await world.mails('x@example.net')).toEqual([]);
  });

  it('P8: without a reason nothing is done', async () => {
    await open();
    const { path } = await look(pages, admin, `email,trial\nx@example.net,${ids[0]}\n`);
    const { status, text } = await admin.post(`${path}/add`, { reason: ' ' });
    expect(status).toBe(422);
    expect(await findHtmlFaults(text)).toEqual([]);
    await doDueRequests(world.context);
    expect(await followed(world)).toHaveLength(2);
    expect(await logged('bulk-add')).toEqual([]);
  });

  it('P8: of two admins one does it, the other is told who did and when; nobody is asked twice', async () => {
    await open();
    const second = await signInAsAdmin(world, pages, other);
    const { path } = await look(
      pages,
      admin,
      `email,trial\nx@example.net,${ids[0]}\ny@example.net,${ids[0]}\n`,
    );
    const reason = 'On paper, at the meeting.';
    const answers = await Promise.all(
      [admin, second, admin].map((one) => one.post(`${path}/add`, { reason })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 409, 409]);
    const late = answers.find(({ status }) => status === 409)?.text ?? '';
    expect(late).toMatch(/(me|other)@example\.org had these people asked on/);
    expect(await findHtmlFaults(late)).toEqual([]);
    await letWorkersWork(world);
    await letWorkersWork(world);
    expect(await logged('bulk-add')).toHaveLength(1);
    for (const email of ['x@example.net', 'y@example.net']) expect(await world.mails(email)).toHaveLength(1);
    // The same list again: a person who was just invited is left alone.
    const again = await look(pages, admin, `email,trial\nx@example.net,${ids[0]}\ny@example.net,${ids[0]}\n`);
    expect(await answersOf(admin, again.path)).toEqual(['2 too-many', '3 too-many']);
  });

  it('P5: a stored list names nobody in plain text, and is deleted after a day', async () => {
    await open();
    const list = lines('email,condition', 'hidden.person@example.net,asthma', 'x,secret.one@example.net');
    const { path } = await look(pages, admin, list);
    const dump = (await world.dump()).join('\n');
    expect(dump).not.toMatch(/hidden\.person|secret\.one/);
    expect((await admin.get(path)).text).not.toMatch(/hidden\.person|secret\.one/);
    await admin.post(`${path}/answers.csv`, {});
    expect((await world.dump()).join('\n')).not.toMatch(/hidden\.person|secret\.one/);
    expect(await logged('bulk-answers')).toHaveLength(1);
    world.setNow('2026-11-04T12:00:00Z');
    const late = await signInAsAdmin(world, pages, me);
    expect((await late.get(path)).status).toBe(404);
    expect((await late.post(`${path}/add`, { reason: 'too late' })).status).toBe(404);
  });
});
