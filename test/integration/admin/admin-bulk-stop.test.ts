import { afterEach, describe, expect, it } from 'vitest';
import { listAudit } from '../../../src/db/audit-log.ts';
import { doDueRequests } from '../../../src/jobs/requests.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { answersOf, doList, followed, upload } from '../../support/bulk-lists.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { type SignedIn, signIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
let admin: SignedIn;
afterEach(() => pages.close());

const asthma = { conditions: ['Asthma'], meshes: [{ id: 'D001249', term: 'Asthma' }] };
const [one, two] = ['NCT09900001', 'NCT09900002'] as const;
const studies = (status: string) => [
  study(one, { ...asthma, status, updatedOn: status === 'RECRUITING' ? day(1) : day(3) }),
  study(two, asthma),
];

async function open(): Promise<void> {
  world = await openWorld(onDayTwo(studies('RECRUITING'), { config: { adminEmails: ['me@example.org'] } }));
  await world.subscribe('ann@example.net', { trials: [one], conditions: ['asthma'] });
  await world.subscribe('ben@example.net', { trials: [one, two] });
  await world.subscribe('cat@example.net', { trials: [one], consent: null });
  pages = await servePages(world);
  admin = await signInAsAdmin(world, pages, 'me@example.org');
}

async function lookAt(fields: Record<string, string>): Promise<{ path: string; text: string }> {
  const { status, headers } = await admin.post('/admin/bulk/stop', fields);
  expect(status).toBe(303);
  const path = headers.get('location') ?? '';
  return { path, text: (await admin.get(path)).text };
}
const states = async () =>
  (await followed(world)).map((row) => row.replace('@example.net', '').replace(/ \w+$/, ''));

describe('stopping in bulk', () => {
  it('P8: a trial: says how many first; done with a reason, it is stopped for all and nobody is mailed about it', async () => {
    await open();
    const { path, text } = await lookAt({ by: 'trial', trial: `https://clinicaltrials.gov/study/${one}` });
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(text).toContain(`3 subscriptions of 3 people would be stopped: ${one}.`);
    expect(text).toContain('can take it up again for 28 days');
    expect((await states()).filter((row) => row.includes('ended'))).toEqual([]);
    const mails = (await world.mails()).length;
    expect((await doList(world, admin, path, 'stop')).status).toBe(303);
    expect(await states()).toEqual([
      `ann ${one} ended`,
      'ann asthma active',
      `ben ${one} ended`,
      `ben ${two} active`,
    ]);
    const after = (await admin.get(path)).text;
    expect(await findHtmlFaults(after)).toEqual([]);
    expect(after).toContain('3 of 3 people done.');
    expect(await world.mails()).toHaveLength(mails);
    const filter = { actor: null, act: 'bulk-stop', subject: null, from: null, until: null };
    expect(await listAudit(world.context.db, filter, { before: null, limit: 9 })).toMatchObject([
      { actor: 'me@example.org', details: { people: 3, subscriptions: 3 } },
    ]);
    turnTo(world, 3, studies('SUSPENDED'));
    await world.round();
    expect(await world.mails('ben@example.net')).toEqual([]);
  });

  it('E3: each person can take it up again, and is told what changed meanwhile', async () => {
    await open();
    const { path } = await lookAt({ by: 'trial', trial: one });
    await doList(world, admin, path, 'stop');
    turnTo(world, 3, studies('SUSPENDED'));
    await world.round();
    const ben = await signIn(world, pages, 'ben@example.net');
    const page = (await ben.get('/manage')).text;
    expect(page).toContain('Recently stopped');
    const undo = /action="(\/manage\/subscriptions\/\d+)"[^>]*>(?:(?!<\/form>)[\s\S])*value="undo"/.exec(
      page,
    )?.[1];
    expect((await ben.post(undo ?? '', { act: 'undo' })).status).toBe(303);
    expect(await states()).toContain(`ben ${one} active`);
    world.setNow(`${day(4)}T12:00:00Z`);
    await world.round();
    expect((await world.mails('ben@example.net')).at(-1)?.text).toContain('paused');
  });

  it('a condition under any filters; what is not understood is said', async () => {
    await open();
    const { path, text } = await lookAt({ by: 'condition', condition: 'Asthma' });
    expect(text).toContain('1 subscription of 1 person would be stopped: Asthma.');
    await doList(world, admin, path, 'stop');
    expect(await states()).toContain('ann asthma ended');
    for (const [fields, said] of [
      [{ by: 'condition', condition: 'glorbfish' }, 'This condition is not understood'],
      [{ by: 'condition', condition: ' ' }, 'Please name the condition'],
      [{ by: 'trial', trial: 'soon' }, 'This is no trial number'],
      [{ by: 'trial' }, 'give the trial’s number'],
      [{ by: 'everything' }, 'say what is to be stopped'],
    ] as const) {
      const answer = await admin.post('/admin/bulk/stop', fields);
      expect([said, answer.status]).toEqual([said, 422]);
      expect(answer.text).toContain(said);
      expect(await findHtmlFaults(answer.text)).toEqual([]);
    }
    const none = await lookAt({ by: 'trial', trial: 'NCT09999999' });
    expect(none.text).toContain('there is nothing to stop');
    expect((await admin.post(`${none.path}/stop`, { reason: 'because' })).status).toBe(404);
  });

  it('the people of a list: each line is answered, all that they follow is stopped', async () => {
    await open();
    const list = 'email\nben@example.net\nben@EXAMPLE.net\nnobody@example.net\nno address\ncat@example.net\n';
    const { status, location } = await upload(pages, admin.cookie, list, {
      path: '/admin/bulk/stop',
      fields: { by: 'list' },
    });
    expect(status).toBe(303);
    expect(await answersOf(admin, location)).toEqual(['2 stop', '3 twice', '4 nobody', '5 email', '6 stop']);
    const { text } = await admin.get(location);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(text).toContain('3 subscriptions of 2 people would be stopped, all that these people follow.');
    expect(text).not.toContain('example.net');
    expect((await world.dump()).join('\n')).not.toMatch(/ben@|cat@|nobody@/);
    await doList(world, admin, location, 'stop');
    expect(await states()).toEqual([
      `ann ${one} active`,
      'ann asthma active',
      `ben ${one} ended`,
      `ben ${two} ended`,
    ]);
    // A person who has left meanwhile is skipped, and a list of people to stop invites nobody.
    expect((await admin.post(`${location}/add`, { reason: 'because' })).status).toBe(404);
    expect((await admin.post(`${location}/stop`, { reason: 'because' })).status).toBe(409);
    await doDueRequests(world.context);
  });

  it('P5: skips a person who was erased in between', async () => {
    await open();
    const { path } = await lookAt({ by: 'trial', trial: one });
    await world.context.db
      .deleteFrom('subscribers')
      .where('address_hash', '=', world.context.keys.hashAddress('ben@example.net'))
      .execute();
    await doList(world, admin, path, 'stop');
    expect((await admin.get(path)).text).toContain('1 person had stopped or left before');
    expect(await states()).toEqual([`ann ${one} ended`, 'ann asthma active']);
  });
});
