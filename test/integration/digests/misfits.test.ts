import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { readWords } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type Wish, type World } from '../../support/world.ts';

const openWorld = useWorlds();
const [ann, admin] = ['ann@example.net', 'admin@example.org'];
let world: World;
let pages: Pages;
let [today, changedOn] = [2, 2];
afterEach(() => pages.close());

/** A trial that only the words of its condition bring. */
const trial = (status: string) =>
  study('NCT09900001', { status, conditions: ['Asthma'], updatedOn: day(changedOn) });
const digests = async () => (await world.mails(ann)).filter(({ text = '' }) => text.includes('NCT09900001'));

/** The trial changes, and the emails of the next day go out; returns Ann's number of them so far. */
async function changeTo(status: string): Promise<number> {
  changedOn = today + 1;
  for (const _ of ['read', 'mailed']) {
    today += 1;
    turnTo(world, today, [trial(status)]);
    await world.round();
  }
  return (await digests()).length;
}

/** People follow asthma, and were mailed about the trial; returns the path of the link beside it in Ann's email. */
async function openFromMail(wish: Wish = { conditions: ['asthma'] }, people = [ann]): Promise<string> {
  [today, changedOn] = [2, 2];
  world = await openWorld(onDayTwo([trial('RECRUITING')], { config: { adminEmails: [admin] } }));
  pages = await servePages(world);
  for (const one of people) await world.subscribe(one, { frequency: 'daily', ...wish });
  expect(await changeTo('SUSPENDED')).toBe(1);
  const [{ text = '', html = '' } = {}] = await digests();
  const path = /Does not fit\? See why it came:\r?\nhttps:\/\/[^/]+(\/w\/\S+)/.exec(text)?.[1] ?? '';
  expect(html).toContain(`${path}"`);
  return path;
}

const exclusions = async () => {
  const rows = await world.context.db
    .selectFrom('subscriptions')
    .select('exclusions')
    .orderBy('id')
    .execute();
  return rows.map((row) => row.exclusions);
};

describe('a trial that does not fit', () => {
  it('M5: the link beside it says why it came, changes nothing by itself (E4), and names neither it nor the condition', async () => {
    const path = await openFromMail();
    expect(path).toMatch(/^\/w\/[\w.-]+\/1$/);
    const before = await world.dump();
    for (const method of ['HEAD', 'OPTIONS']) await fetch(pages.url + path, { method });
    const { status, text, headers } = await pages.get(path);
    const [robots, cached] = [headers.get('x-robots-tag'), headers.get('cache-control')];
    expect([status, robots, cached]).toEqual([200, 'noindex', 'no-store']);
    expect(await world.dump()).toEqual(before);
    const words = readWords(text);
    expect(words).toContain('You have followed “asthma” since November');
    expect(words).toContain('Trials that match only by the words “Asthma” in the title');
    expect(await findHtmlFaults(text)).toEqual([]);
    expect((await pages.get(`${path}.`)).text).toContain('Asthma');
    for (const wrong of [path.replace('/w/', '/w/x'), path.replace(/1$/, '2'), `${path}0`])
      expect((await pages.get(wrong)).text).toContain('href="/manage"');
  });

  it('M5: is left out by one button, its news alone, and comes again once that is taken back', async () => {
    const path = await openFromMail();
    const left = await pages.post(path, { act: 'exclude', choice: 'trial' });
    expect(readWords(left.text)).toContain('Left out of your emails from now on.');
    expect(readWords(left.text)).toContain('You asked us to leave out this trial.');
    expect(await findHtmlFaults(left.text)).toEqual([]);
    expect(await exclusions()).toEqual([[{ by: 'phrase', words: 'Asthma', trial: 'NCT09900001' }]]);
    expect(await changeTo('RECRUITING')).toBe(1);
    const back = await pages.post(path, { act: 'include', choice: 'trial' });
    expect(readWords(back.text)).toContain('Taken back.');
    expect(await exclusions()).toEqual([null]);
    expect(await changeTo('COMPLETED')).toBe(2);
  });

  it('M5: so are all that are found only in that way; the page of what one follows lists it and takes it back', async () => {
    const path = await openFromMail();
    const [, id = ''] = /name="choice" value="(\d+)"/.exec((await pages.get(path)).text) ?? [];
    for (const choice of ['x', '0', `${id}1`]) {
      const none = await pages.post(path, { act: 'exclude', choice });
      expect(readWords(none.text)).toContain('Nothing was changed');
    }
    await pages.post(path, { act: 'exclude', choice: id });
    expect(await exclusions()).toEqual([[{ by: 'phrase', words: 'Asthma' }]]);
    expect(await changeTo('RECRUITING')).toBe(1);
    const reader = await signIn(world, pages, ann);
    const own = await reader.get(`/manage/subscriptions/${id}`);
    expect(readWords(own.text)).toContain('What you leave out');
    expect(own.text).toContain('value="phrase asthma"');
    expect(await findHtmlFaults(own.text)).toEqual([]);
    const act = { act: 'include', exclusion: 'phrase asthma' };
    const { headers } = await reader.post(`/manage/subscriptions/${id}`, act);
    expect(headers.get('location')).toBe('/manage');
    expect(await exclusions()).toEqual([null]);
    expect(await changeTo('COMPLETED')).toBe(2);
  });

  it('M5: goes on coming where it is followed by its number; such a trial alone has no such link', async () => {
    const path = await openFromMail({ trials: ['NCT09900001'], conditions: ['asthma'] });
    const { text } = await pages.post(path, { act: 'exclude', choice: 'trial' });
    expect(readWords(text)).toContain('You also follow this trial by its number.');
    expect(await changeTo('RECRUITING')).toBe(2);
    await pages.close();
    expect(await openFromMail({ trials: ['NCT09900001'] })).toBe('');
  });

  it('M5, P5: what is left out is in the download of its reader, and ends with the subscription', async () => {
    const path = await openFromMail();
    await pages.post(path, { act: 'exclude', choice: 'trial' });
    const reader = await signIn(world, pages, ann);
    const everything = JSON.parse((await reader.get('/manage/export.json')).text);
    const left = { by: 'phrase', words: 'Asthma', trial: 'NCT09900001' };
    expect(everything.subscriptions[0].exclusions).toEqual([left]);
    await world.context.db.updateTable('subscriptions').set({ state: 'ended' }).execute();
    const { text } = await pages.post(path, { act: 'include', choice: 'trial' });
    expect(readWords(text)).toContain('You no longer follow the condition that brought this trial');
    expect(await exclusions()).toEqual([[left]]);
  });
});

describe('the counts of what does not fit', () => {
  it('M5: admins see a way of matching once three people said so, and nobody of them', async () => {
    const people = [ann, 'bob@example.net', 'cat@example.net'];
    await openFromMail({ conditions: ['asthma'] }, people);
    const seat = await signInAsAdmin(world, pages, admin);
    const said = async () => readWords((await seat.get('/admin/disagreements')).text);
    const say = (by: number) =>
      sql`update subscriptions set exclusions = '[{"by": "phrase", "words": "Asthma", "trial": "NCT09900001"}]'
        where id in (select id from subscriptions order by id limit ${by})`.execute(world.context.db);
    await say(2);
    expect(await said()).not.toContain('What readers say does not fit');
    await say(3);
    const words = await said();
    expect(words).toContain('Asthma: Trials that match only by the words “Asthma”');
    expect(words).toContain('3 people, 1 trial.');
    for (const one of people) expect(words).not.toContain(one);
  });
});
