import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { changeColumns } from '../../../src/core/wording/change-rows.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { sweep } from '../../../src/jobs/sweep.ts';
import { makeToken } from '../../../src/keys.ts';
import { readFeed, readWholeFeed } from '../../support/atom.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import type { LooseStudy } from '../../support/ctgov-study.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { askForLink, type SignedIn, signIn } from '../../support/sign-in.ts';
import { confirmPath, signUpForm } from '../../support/sign-ups.ts';
import { manyStudies, study } from '../../support/study.ts';
import { useWorlds, type Wish, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages;
let me: SignedIn;
afterEach(() => pages.close());

const id = 'NCT09900001';

/** Sites of a study with a place on the map, as `study` has none. */
function withPlace(raw: LooseStudy): LooseStudy {
  for (const site of raw.protocolSection.contactsLocationsModule.locations)
    site.geoPoint = { lat: 60.39, lon: 5.32 };
  return raw;
}

async function open(wish: Wish = { trials: [id], conditions: ['asthma'], frequency: 'daily' }) {
  world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [withPlace(study(id))] }] });
  pages = await servePages(world);
  await world.subscribe('ann@example.net', wish);
  await world.subscribe('bob@example.net', { trials: [id] });
  me = await signIn(world, pages, 'ann@example.net');
}

/** The registry's data of another day of November 2026, a round at noon. */
async function turnTo(day: number, parts: Parameters<typeof study>[1]) {
  const on = `2026-11-${String(day).padStart(2, '0')}`;
  world.refresh(`${on}T09:00:04`, [study(id, { updatedOn: on, ...parts })]);
  world.setNow(`${on}T12:00:00Z`);
  await world.round();
}

type Row = {
  id: number;
  kind: string;
  state: string;
  position: number;
  frequency: string;
  weekday: number;
  facets: string[];
  filters: object;
  next_due_at: string;
  paused_until: string | null;
};
/** Ann's subscriptions: the trial, the condition. */
async function rows(): Promise<[Row, Row]> {
  const found = await sql<Row>`select s.* from subscriptions s
    where subscriber_id = (select min(id) from subscribers) order by kind desc, id`.execute(world.context.db);
  return found.rows as unknown as [Row, Row];
}
const digests = async () =>
  (await world.mails('ann@example.net')).filter(({ subject }) => !subject?.includes('link'));

/** A form as shown, with changed fields. */
async function fill(path: string, changes: Record<string, string | string[]>) {
  const { text } = await me.get(path);
  const fields: Record<string, string[]> = {};
  const add = (name: string, value: string) => (fields[name] = [...(fields[name] ?? []), value]);
  for (const [, tag = ''] of text.matchAll(/<input\b([^>]*)>/g)) {
    const [name, value, type] = ['name', 'value', 'type'].map(
      (one) => new RegExp(`\\b${one}="([^"]*)"`).exec(tag)?.[1] ?? '',
    );
    if (name && type === 'text') add(name, value ?? '');
    if (name && (type === 'checkbox' || type === 'radio') && / checked\b/.test(tag)) add(name, value ?? '');
  }
  for (const [, name = '', options = ''] of text.matchAll(
    /<select\b[^>]*\bname="(\w+)"[^>]*>([\s\S]*?)<\/select>/g,
  ))
    add(
      name,
      /value="([^"]*)"[^>]* selected/.exec(options)?.[1] ?? /value="([^"]*)"/.exec(options)?.[1] ?? '',
    );
  return { ...fields, ...changes };
}
async function change(which: 0 | 1, changes: Record<string, string | string[]>) {
  const path = `/manage/subscriptions/${(await rows())[which].id}`;
  return me.post(path, await fill(path, { act: 'save', ...changes }));
}

describe('the page of one’s own subscriptions', () => {
  it('says of each why it is there, what it covers, when it mails and what it would have sent', async () => {
    await open();
    await turnTo(3, { status: 'SUSPENDED' });
    world.setNow('2026-11-04T09:30:00Z');
    me = await signIn(world, pages, 'ann@example.net');
    const { text } = await me.get('/manage');
    const shown = visibleBlocks(text).join('\n');
    for (const part of ['ann@example.net', 'You follow 1 trial and 1 condition', `${id}`, 'Made-up study'])
      expect(shown).toContain(part);
    expect(shown).toMatch(/Changed in the last 7 days \(1\)[\s\S]*was recruiting[\s\S]*now paused/);
    expect(shown).toContain('1 trial changed in the last 7 days');
    expect(shown).not.toContain('bob@example.net');
    expect(await findHtmlFaults(text)).toEqual([]);
    const [condition, trial] = await rows();
    const pagesOfEach = await Promise.all(
      [condition, trial].map(async (one) => (await me.get(`/manage/subscriptions/${one.id}`)).text),
    );
    const said = pagesOfEach.map((one) => visibleBlocks(one).join('\n')).join('\n');
    for (const part of [
      'You asked for this on November 2, 2026',
      'Covers Asthma with its more specific terms',
      'Emails once a day',
      'Next email, if something has changed: November 5, 2026',
      'Last email: November 3, 2026',
      'this would have sent 1 email about 1 trial',
    ])
      expect(said).toContain(part);
  });

  it('E4: shows everything without changing anything', async () => {
    await open();
    const before = await world.dump();
    const own = (await rows())[1].id;
    const paths = [
      '',
      '/settings',
      '/erase',
      '/report',
      '/report.csv',
      '/export.json',
      `/subscriptions/${own}`,
    ];
    for (const path of paths) {
      const { status, headers, text } = await me.get(`/manage${path}`);
      expect([path, status, headers.get('cache-control'), headers.get('x-robots-tag')]).toEqual([
        path,
        200,
        'no-store',
        'noindex',
      ]);
      if (headers.get('content-type')?.includes('html')) expect(await findHtmlFaults(text)).toEqual([]);
      expect((await pages.get(`/manage${path}`)).text).not.toMatch(/NCT0990|ann@example/);
    }
    expect(await world.dump()).toEqual(before);
  });

  it('shows and changes nobody else’s', async () => {
    await open();
    const { rows: others } = await sql<{ id: number }>`
      select id from subscriptions where subscriber_id = (select max(id) from subscribers)`.execute(
      world.context.db,
    );
    const path = `/manage/subscriptions/${others[0]?.id}`;
    expect((await me.get(path)).status).toBe(404);
    for (const act of ['save', 'pause', 'stop', 'resume', 'undo'])
      await me.post(path, { act, until: '2026-12-01', frequency: 'weekly', weekday: '1', facets: 'status' });
    await me.post('/manage/all', { act: 'stop' });
    const { rows: after } =
      await sql`select state, frequency from subscriptions where id = ${others[0]?.id}`.execute(
        world.context.db,
      );
    expect(after).toEqual([{ state: 'active', frequency: 'daily' }]);
  });
});

describe('a change', () => {
  it('of how often, what is told, filters and lists is kept, and keeps the cursor', async () => {
    await open();
    const [, before] = await rows();
    const saved = await change(1, {
      frequency: 'weekly',
      weekday: '4',
      facets: ['status', 'dates'],
      age_group: 'ADULT',
      sex: 'FEMALE',
      phases: ['PHASE2', 'PHASE3'],
      study_types: 'INTERVENTIONAL',
      recruiting: 'on',
      city: 'Bergen',
      km: '50',
      list: 'For my sister',
    });
    expect([saved.status, saved.headers.get('location'), doneIn(saved)]).toEqual([303, '/manage', 'saved']);
    const [, after] = await rows();
    expect(after).toMatchObject({
      position: before.position,
      frequency: 'weekly',
      weekday: 4,
      facets: ['status', 'dates'],
      next_due_at: '2026-11-05T09:00:00.000Z',
    });
    expect(after.filters).toMatchObject({
      ageGroup: 'ADULT',
      sex: 'FEMALE',
      phases: ['PHASE2', 'PHASE3'],
      studyTypes: ['INTERVENTIONAL'],
      recruitingOnly: true,
      place: { km: 50, name: 'Bergen, Norway' },
    });
    const inItsList = async () => visibleBlocks((await me.get('/manage')).text).join('\n');
    expect(await inItsList()).toContain('For my sister (1)');
    const again = await change(1, {});
    expect(again.status).toBe(303);
    // Encrypted anew each time.
    expect({ ...(await rows())[1], list_name: null }).toEqual({ ...after, list_name: null });
    expect(await inItsList()).toContain('For my sister (1)');
  });

  it('P12: a note is stored sealed, shown to its owner, and named in no mail', async () => {
    await open();
    await change(0, { note: 'ask Dr <Ødegård> about this', list: 'secret list' });
    const shown = (await me.get('/manage')).text;
    expect(shown).toContain('ask Dr &lt;Ødegård&gt; about this');
    expect((await world.dump()).join('\n')).not.toMatch(/degård|secret list/);
    await turnTo(3, { status: 'SUSPENDED' });
    expect(await digests()).toHaveLength(1);
    for (const { message, text } of await world.mails())
      expect(`${message}${text}`).not.toMatch(/degård|secret list/);
  });

  it('P12, D6: a note and a title stand in the mail when that was chosen, and only then', async () => {
    await open();
    await change(0, { note: 'ask Dr Ødegård about this', note_in_mails: 'on' });
    await me.post('/manage/settings', { hour: '9', zone: 'UTC', subject: 'plain' });
    await turnTo(3, { status: 'SUSPENDED' });
    const [mail] = await digests();
    expect(mail?.subject).toBe('Made-up study NCT09900001');
    for (const part of [mail?.text, mail?.html])
      expect(part).toContain('Your note: ask Dr Ødegård about this');
    expect((await world.dump()).join('\n')).not.toContain('degård');
    const [bobs] = await world.mails('bob@example.net');
    expect(bobs?.subject).not.toContain('Made-up');
    expect(bobs?.text).not.toContain('degård');
  });

  it('that is wrong comes back filled in, with each error beside its field, and changes nothing', async () => {
    await open();
    const before = await rows();
    const wrong = await change(1, {
      frequency: 'hourly',
      weekday: '9',
      facets: 'gossip',
      country: 'Atlantis',
      city: 'Nowhere <b>',
      km: '1',
      note: `start ${'x'.repeat(1_001)}`,
      list: 'y'.repeat(61),
    });
    expect(wrong.status).toBe(422);
    for (const name of ['frequency', 'facets', 'country', 'city', 'note', 'list'])
      expect(wrong.text).toMatch(
        new RegExp(
          `aria-describedby="${name}-error"[\\s\\S]*id="${name}-error"|id="${name}-error"[\\s\\S]*aria-describedby="${name}-error"`,
        ),
      );
    expect(wrong.text).toContain('value="Nowhere &lt;b&gt;"');
    expect(await findHtmlFaults(wrong.text)).toEqual([]);
    expect(await rows()).toEqual(before);
  });

  it('M1c: an umbrella stays weekly', async () => {
    await open({ conditions: ['cancer'], frequency: 'weekly' });
    const path = `/manage/subscriptions/${(await rows())[0].id}`;
    const { status, text } = await me.post(path, await fill(path, { act: 'save', frequency: 'daily' }));
    expect(status).toBe(422);
    expect(text).toContain('only once a week');
  });

  it('D7: after a change of hour or zone the next mail comes at least 12 hours after the last', async () => {
    await open();
    await turnTo(3, { status: 'SUSPENDED' });
    me = await signIn(world, pages, 'ann@example.net');
    expect(await digests()).toHaveLength(1);
    const saved = await me.post('/manage/settings', { hour: '18', zone: 'Europe/Oslo', subject: 'plain' });
    expect(doneIn(saved)).toBe('settings');
    // 17:00 UTC of that day is but 5 hours after the last mail.
    expect((await rows()).map(({ next_due_at }) => next_due_at)).toEqual(
      Array(2).fill('2026-11-04T17:00:00.000Z'),
    );
    const { rows: people } =
      await sql`select hour, timezone, subject, next_due_at from subscribers order by id limit 1`.execute(
        world.context.db,
      );
    expect(people).toEqual([
      { hour: 18, timezone: 'Europe/Oslo', subject: 'plain', next_due_at: '2026-11-04T17:00:00.000Z' },
    ]);
    for (const wrong of [
      { hour: '24', zone: 'UTC' },
      { hour: '9', zone: 'Mars/Base' },
    ])
      expect((await me.post('/manage/settings', wrong)).status).toBe(422);
  });

  it('O10: saved as shown are unchanged, with a zone and a language of another version too', async () => {
    await open();
    const { db } = world.context;
    const stored = async () =>
      (await sql`select hour, timezone, language from subscribers order by id`.execute(db)).rows;
    for (const [timezone, language] of [
      ['Europe/Kiev', 'es'],
      ['Asia/Kolkata', 'en'],
      ['Mars/Base', 'tlh'],
    ]) {
      await sql`update subscribers set timezone = ${timezone}, language = ${language} where id = 1`.execute(
        db,
      );
      const before = await stored();
      const { status, text } = await me.get('/manage/settings');
      expect([status, text.match(/ selected>/g)?.length]).toEqual([200, 3]);
      const saved = await me.post('/manage/settings', await fill('/manage/settings', {}));
      expect(doneIn(saved)).toBe('settings');
      expect(await stored()).toEqual(before);
    }
    for (const path of ['/manage', '/manage/report']) expect((await me.get(path)).status).toBe(200);
    for (const zone of ['Europe/Kyiv', 'Europe/Kiev', 'Etc/UTC']) {
      await me.post('/manage/settings', { hour: '9', zone });
      expect(await stored()).toContainEqual(expect.objectContaining({ timezone: zone }));
    }
  });
});

describe('a pause', () => {
  it('ends on its day without the reader’s doing, and the next mail is one net digest', async () => {
    await open();
    const until = await me.post('/manage/all', { act: 'pause', until: '2026-11-06' });
    expect(doneIn(until)).toBe('paused');
    expect((await rows()).map(({ state, paused_until }) => [state, paused_until])).toEqual(
      Array(2).fill(['paused', '2026-11-06T00:00:00.000Z']),
    );
    await turnTo(3, { status: 'SUSPENDED' });
    await turnTo(4, { status: 'ACTIVE_NOT_RECRUITING' });
    await turnTo(5, { status: 'COMPLETED' });
    expect(await digests()).toEqual([]);
    world.setNow('2026-11-06T00:10:00Z');
    await sweep(world.context);
    expect((await rows()).map(({ state, paused_until }) => [state, paused_until])).toEqual(
      Array(2).fill(['active', null]),
    );
    world.setNow('2026-11-06T09:00:00Z');
    await world.round();
    const mails = await digests();
    expect(mails.map(({ text }) => text)).toEqual([
      expect.stringContaining('Status: ● recruiting → ✓ completed'),
    ]);
  });

  it('ends in a round of a crontab too, and at once when asked', async () => {
    await open();
    const [trial, condition] = await rows();
    await me.post(`/manage/subscriptions/${trial.id}`, { act: 'pause', until: '2026-11-03' });
    await me.post(`/manage/subscriptions/${condition.id}`, { act: 'pause', until: '2026-11-20' });
    await me.post(`/manage/subscriptions/${condition.id}`, { act: 'resume' });
    expect((await rows()).map(({ state }) => state)).toEqual(['paused', 'active']);
    world.setNow('2026-11-03T09:00:00Z');
    await world.round();
    expect((await rows()).map(({ state }) => state)).toEqual(['active', 'active']);
  });

  it('loses nothing that was promised and not yet mailed', async () => {
    await open({ trials: [id], frequency: 'daily' });
    world.refresh('2026-11-03T09:00:04', [study(id, { updatedOn: '2026-11-03', status: 'SUSPENDED' })]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.poll();
    expect((await planDigests(world.context)).deliveryIds).toHaveLength(2);
    me = await signInWithoutRound();
    await me.post('/manage/all', { act: 'pause', until: '2026-11-06' });
    await world.round();
    expect(await digests()).toEqual([]);
    world.setNow('2026-11-06T09:00:00Z');
    await world.round();
    world.setNow('2026-11-07T09:00:00Z');
    await world.round();
    expect((await digests()).map(({ text }) => text)).toEqual([
      expect.stringContaining('paused (suspended)'),
    ]);
  });

  it('needs a day to come, within a year', async () => {
    await open();
    for (const until of ['', 'soon', '2026-11-02', '2025-01-01', '2028-01-01', '2026-02-30']) {
      const { status, text } = await me.post('/manage/all', { act: 'pause', until });
      expect([until, status]).toEqual([until, 422]);
      expect(text).toMatch(/id="until-error"[\s\S]*aria-describedby="until-error"/);
    }
    expect((await rows()).map(({ state }) => state)).toEqual(['active', 'active']);
  });
});

/** Signs in by a session of the database alone: a round would send what the test wants to wait. */
async function signInWithoutRound(): Promise<SignedIn> {
  const { token, hash } = makeToken();
  await sql`insert into tokens (hash, purpose, subscriber_id, created_at, expires_at)
    select ${hash}, 'manage-session', min(id), now(), '2027-01-01' from subscribers`.execute(
    world.context.db,
  );
  const cookie = `__Host-manage=${token}`;
  return {
    cookie,
    get: (path) => pages.get(path, { cookie }),
    post: (path, fields) => pages.post(path, fields, { cookie }),
  };
}

/** What the next page is to say was done. */
const doneIn = ({ headers }: { headers: Headers }) =>
  /__Host-done=(\w+)/.exec(headers.get('set-cookie') ?? '')?.[1];

describe('a stop', () => {
  it('L4: can be taken up again for 28 days, as it was; only a change makes the page say so', async () => {
    await open();
    const before = await rows();
    const said = async (cookie: string) =>
      /role="status"><p>([^<]+)/.exec((await pages.get('/manage?done=stopped', { cookie })).text)?.[1] ??
      null;
    expect(await said(me.cookie)).toBeNull();
    const stopped = await me.post(`/manage/subscriptions/${before[1].id}`, { act: 'stop' });
    expect(await said(`${me.cookie}; __Host-done=${doneIn(stopped)}`)).toMatch(/Stopped/);
    expect((await rows()).map(({ state }) => state)).toEqual(['active', 'ended']);
    const { text } = await me.get('/manage');
    expect(text).toMatch(/Recently stopped[\s\S]*asthma/);
    await me.post(`/manage/subscriptions/${before[1].id}`, { act: 'undo' });
    expect(await rows()).toEqual(before);
    await me.post('/manage/all', { act: 'stop' });
    world.setNow('2026-11-30T11:59:00Z');
    me = await signIn(world, pages, 'ann@example.net');
    expect(doneIn(await me.post(`/manage/subscriptions/${before[0].id}`, { act: 'undo' }))).toBe('undone');
    world.setNow('2026-11-30T12:00:00Z');
    await me.post(`/manage/subscriptions/${before[1].id}`, { act: 'undo' });
    expect((await rows()).map(({ state }) => state)).toEqual(['active', 'ended']);
  });
});

const feedPath = async () =>
  /https:\/\/bell\.example\.org(\/manage\/feed\/[^"<]+)/.exec((await me.get('/manage/settings')).text)?.[1] ??
  '';

describe('the private feed', () => {
  it('is valid Atom of what one follows, is not sent again while nothing moved, and its address can be changed', async () => {
    await open({ trials: [id], frequency: 'daily' });
    const path = await feedPath();
    expect(readFeed((await pages.get(path)).text)).toMatchObject({ faults: [], entries: [] });
    await turnTo(3, { status: 'SUSPENDED' });
    const { status, headers, text } = await pages.get(path);
    expect([
      status,
      headers.get('content-type'),
      headers.get('cache-control'),
      headers.get('x-robots-tag'),
      headers.get('content-disposition'),
    ]).toEqual([
      200,
      'application/atom+xml; charset=utf-8',
      'private, max-age=900',
      'noindex',
      'inline; filename="trialbell.atom"',
    ]);
    const feed = readFeed(text);
    expect(feed.faults).toEqual([]);
    expect(feed.entries.map(({ content }) => content).join()).toContain('paused (suspended)');
    expect(text).not.toContain('example.net');
    expect((await pages.get(path, { 'if-none-match': headers.get('etag') ?? '' })).status).toBe(304);
    me = await signIn(world, pages, 'ann@example.net');
    await me.post('/manage/feed', {});
    expect((await pages.get(path)).status).toBe(404);
    expect((await pages.get(await feedPath())).status).toBe(200);
    for (const wrong of [path.replace('.atom', ''), path.replace(/\.\d+\./, '.9.'), '/manage/feed/x.atom'])
      expect((await pages.get(wrong)).status).toBe(404);
  });
});

describe('the private feed of what filters may not fit', () => {
  it('M3: an entry says which fact is missing in the record that a filter asks about', async () => {
    await open({ conditions: ['asthma'], frequency: 'daily', facets: ['status'] });
    const path = await feedPath();
    await sql`update subscriptions set filters = '{"country":"FR"}' where kind = 'condition'`.execute(
      world.context.db,
    );
    await turnTo(3, { status: 'SUSPENDED', sites: ['Zeta Clinic, Bergen, '] });
    const entries = async () => readFeed((await pages.get(path)).text).entries;
    expect((await entries()).map(({ content }) => content).join()).toContain(
      'The record does not say in which country each site is, so this trial may not fit what you asked for.',
    );
    await sql`update subscriptions set filters = '{}' where kind = 'condition'`.execute(world.context.db);
    expect((await entries()).map(({ content }) => content).join()).not.toContain('may not fit');
  });
});

describe('the private feed of many changes', () => {
  it('holds every wanted one, however many others are newer', async () => {
    world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: manyStudies(30) }] });
    pages = await servePages(world);
    await world.subscribe('ann@example.net', { conditions: ['asthma'], facets: ['title'] });
    me = await signIn(world, pages, 'ann@example.net');
    const path = await feedPath();
    const renamed = manyStudies(30, { updatedOn: '2026-11-03', title: 'Quite another name' }).slice(0, 6);
    for (const day of [3, 4, 5]) {
      const status = day === 4 ? 'SUSPENDED' : 'RECRUITING';
      world.refresh(`2026-11-0${day}T09:00:04`, [
        ...renamed.map((one) => structuredClone(one)),
        ...manyStudies(30, { status, updatedOn: `2026-11-0${day}` }).slice(6),
      ]);
      world.setNow(`2026-11-0${day}T12:00:00Z`);
      await world.round();
    }
    const changes = await world.changes();
    const titles = changes.filter(({ facet }) => facet === 'title').map(({ position }) => position ?? 0);
    expect(
      changes.filter(({ position }) => position !== null && position > Math.max(...titles)).length,
    ).toBeGreaterThan(40);
    const entries = await readWholeFeed(async (at) => (await pages.get(at)).text, path);
    expect(entries.map(({ category }) => category)).toEqual(Array.from({ length: 6 }, () => 'Title'));
  });
});

describe('a change of address', () => {
  const linkTo = async (email: string, room: string) => {
    const texts = (await world.mails(email)).map(({ text }) => text ?? '');
    return (
      texts
        .map((text) => new RegExp(`https://bell\\.example\\.org(/manage/${room}/\\S+)`).exec(text)?.[1])
        .findLast((one) => one) ?? ''
    );
  };
  const addresses = async () => {
    const { rows: people } = await sql<{
      address: Buffer;
    }>`select address from subscribers order by id`.execute(world.context.db);
    return people.map(({ address }) => world.context.keys.decrypt(address));
  };

  it('P1: takes effect when the new address confirms it, once; the old one is told', async () => {
    await open();
    await me.post('/manage/address', { email: 'ann@new.example' });
    await world.round();
    expect(await addresses()).toContain('ann@example.net');
    const path = await linkTo('ann@new.example', 'address');
    const before = await world.dump();
    expect((await pages.get(path)).text).not.toMatch(/NCT|asthma|@/);
    expect(await world.dump()).toEqual(before);
    const answers = await Promise.all(Array.from({ length: 10 }, () => pages.post(path, {})));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await addresses()).toEqual(['ann@new.example', 'bob@example.net']);
    expect(await linkTo('ann@example.net', 'keep-address')).not.toBe('');
    for (const { message } of await world.mails()) expect(message).not.toMatch(/NCT0990|asthma/i);
    expect(await askForLink(world, pages, 'ann@new.example')).not.toBe('');
    expect((await world.dump()).join('\n')).not.toMatch(/ann@/);
  });

  it('can be stopped from the old address before it is confirmed, and taken back after', async () => {
    await open();
    for (const isConfirmed of [false, true]) {
      world.setNow(`2026-11-02T12:0${isConfirmed ? 2 : 1}:00Z`);
      const feed = await feedPath();
      expect((await pages.get(feed)).status).toBe(200);
      await me.post('/manage/address', { email: 'thief@new.example' });
      await world.round();
      const confirm = await linkTo('thief@new.example', 'address');
      if (isConfirmed) expect((await pages.post(confirm, {})).status).toBe(200);
      const keep = await linkTo('ann@example.net', 'keep-address');
      expect((await pages.get(keep)).status).toBe(200);
      expect((await pages.post(keep, {})).status).toBe(200);
      expect((await pages.post(confirm, {})).status).toBe(410);
      expect(await addresses()).toContain('ann@example.net');
      expect((await me.get('/manage')).text).not.toContain('NCT0990');
      expect((await pages.get(feed)).status, 'a feed that a thief saw').toBe(404);
      me = await signIn(world, pages, 'ann@example.net');
    }
  });

  it('P1: asked for again, counts as it was asked for last: the address mistyped before takes nothing over', async () => {
    await open();
    const ask = async (email: string) => {
      await me.post('/manage/address', { email });
      await world.round();
      return linkTo(email, 'address');
    };
    const mistyped = await ask('stranger@new.example');
    const right = await ask('ann@new.example');
    expect((await pages.post(mistyped, {})).status).toBe(410);
    expect((await pages.post(right, {})).status).toBe(200);
    expect((await pages.post(mistyped, {})).status).toBe(410);
    expect(await addresses()).toEqual(['ann@new.example', 'bob@example.net']);
  });

  it('P1: leaves nothing that acts in the mailbox that is given up', async () => {
    await open();
    await pages.post('/subscriptions', signUpForm('ann@example.net', ['condition:lupus']));
    await world.round();
    const confirm = await confirmPath(world, 'ann@example.net');
    await me.post('/manage/address', { email: 'ann@new.example' });
    await world.round();
    expect((await pages.post(await linkTo('ann@new.example', 'address'), {})).status).toBe(200);
    expect((await pages.get(confirm)).text).not.toMatch(/lupus/i);
    expect((await pages.post(confirm, {})).status).toBe(410);
  });

  it('B7: to another spelling counts once, and the page says how often a day one may ask', async () => {
    await open();
    for (const email of ['Ann@example.net', 'one@example.net', 'two@example.net', 'three@example.net']) {
      const { text } = await me.post('/manage/address', { email });
      expect(text).toContain('(at most 3 times a day)');
      await world.round();
    }
    expect(await linkTo('two@example.net', 'address')).not.toBe('');
    expect(await linkTo('three@example.net', 'address')).toBe('');
  });

  it('P1: taken back stays so, though a thief changed it twice and signed up as well', async () => {
    await open();
    for (const [minute, email] of ['one@thief.example', 'two@thief.example'].entries()) {
      world.setNow(`2026-11-02T12:0${minute}:00Z`);
      await me.post('/manage/address', { email });
      await world.round();
      expect((await pages.post(await linkTo(email, 'address'), {})).status).toBe(200);
    }
    await pages.post('/subscriptions', signUpForm('two@thief.example', ['condition:lupus']));
    await world.round();
    const { headers } = await pages.post(await confirmPath(world, 'two@thief.example'), {});
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await pages.post(await linkTo('ann@example.net', 'keep-address'), {})).status).toBe(200);
    const thiefs = await linkTo('one@thief.example', 'keep-address');
    expect(thiefs).not.toBe('');
    expect((await pages.post(thiefs, {})).status).toBe(410);
    expect(await addresses()).toContain('ann@example.net');
    await pages.post('/subscriptions', signUpForm('ann@example.net', ['condition:malaria']), { cookie });
    await world.round();
    const { rows: added } = await sql<{ state: string }>`
      select state from subscriptions where words = 'malaria'`.execute(world.context.db);
    expect(added).toEqual([{ state: 'pending' }]);
  });

  it('P2, N7: to an address that is used here or stopped looks the same as to any other, on the page and in the mail', async () => {
    await open();
    const { db, keys } = world.context;
    await sql`insert into suppressions values (${keys.hashAddress('gone@example.net')}, 'complaint', now())`.execute(
      db,
    );
    const answers = [];
    const notices = [];
    for (const email of ['bob@example.net', 'gone@example.net', 'new@example.net']) {
      const { status, text } = await me.post('/manage/address', { email });
      answers.push([status, text.replaceAll(email, 'x')]);
      const before = (await world.mails('ann@example.net')).length;
      await world.round();
      const [notice, ...more] = (await world.mails('ann@example.net')).slice(before);
      expect(more).toEqual([]);
      notices.push([notice?.subject, notice?.text?.replaceAll(/manage\/keep-address\/\S+/g, 'link')]);
    }
    expect(await world.mails('gone@example.net')).toEqual([]);
    expect(await linkTo('bob@example.net', 'address')).toBe('');
    expect(await linkTo('new@example.net', 'address')).not.toBe('');
    expect(notices).toEqual(Array(3).fill(notices[0]));
    expect(answers).toEqual(Array(3).fill(answers[0]));
    expect((await me.post('/manage/address', { email: 'no address' })).status).toBe(422);
  });
});

describe('the report', () => {
  it('groups all changes between two days, with a link to each', async () => {
    await open({ conditions: ['asthma'], frequency: 'weekly' });
    await turnTo(3, {
      status: 'SUSPENDED',
      whyStopped: '=HYPERLINK("https://evil.example")',
      completion: '2031-06-30',
    });
    await turnTo(5, {
      status: 'RECRUITING',
      completion: '2031-06-30',
      sites: ['Haukeland, Bergen, Norway', 'Rigshospitalet, Copenhagen, Denmark'],
    });
    me = await signIn(world, pages, 'ann@example.net');
    const { text } = await me.get('/manage/report?from=2026-11-02&to=2026-11-05');
    const headings = [...text.matchAll(/<h2>([^<]+)/g)].map(([, heading]) => heading);
    expect(headings).toEqual([
      expect.stringContaining('Recruiting, available, or new'),
      expect.stringContaining('Closed, paused, stopped, or completed'),
      expect.stringContaining('Moved to a later date'),
      expect.stringContaining('Sites'),
    ]);
    expect(await findHtmlFaults(text)).toEqual([]);
    const links = [...text.matchAll(/href="(\/trials\/NCT09900001\/changes\/\d+)"/g)].map(
      ([, path]) => path ?? '',
    );
    expect(links.length).toBeGreaterThan(3);
    for (const path of links) expect((await pages.get(path)).status).toBe(200);
    const later = await me.get('/manage/report?from=2026-11-05&to=2026-11-05');
    expect(later.text).not.toContain('Closed, paused');
    for (const wrong of [
      'from=2026-11-09&to=2026-11-01',
      'from=x&to=y',
      'from=0000-01-01',
      'to=%2B200000-01-01',
      'from=-000001-01-01',
      'from=2026-11-01[u-ca=hebrew]',
    ])
      expect((await me.get(`/manage/report?${wrong}`)).status).toBe(422);
  });

  it('C16: is a table too (RFC 4180), in which nothing runs as a formula', async () => {
    await open();
    const title = '=cmd|"/c calc"!A1, "quoted"';
    await turnTo(3, { status: 'SUSPENDED', title, whyStopped: '@SUM(1)' });
    me = await signIn(world, pages, 'ann@example.net');
    const { headers, text } = await me.get('/manage/report.csv?from=2026-11-02&to=2026-11-04');
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(headers.get('content-disposition')).toContain('trialbell-2026-11-02-2026-11-04.csv');
    const table = parseCsv(text);
    expect(table[0]).toEqual(changeColumns);
    expect(table.length).toBeGreaterThan(1);
    for (const row of table) {
      expect(row).toHaveLength(changeColumns.length);
      for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    }
    expect(table[1]?.[3]).toBe(`'${title}`);
    expect(table[1]?.[changeColumns.indexOf('link')]).toMatch(
      /^https:\/\/bell\.example\.org\/trials\/NCT09900001\/changes\/\d+$/,
    );
  });
});

/** RFC 4180, read strictly. */
function parseCsv(text: string): string[][] {
  expect(text.endsWith('\r\n')).toBe(true);
  const table: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    table.push(row);
    row = [];
  }
  return table;
}
