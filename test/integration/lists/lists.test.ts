import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askApi, type Said } from '../../support/api.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { runProgram, serverVariables } from '../../support/program.ts';
import { type SignedIn, signIn } from '../../support/sign-in.ts';
import { confirmPath, letWorkersWork, signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

const [one, two, three] = ['NCT09900001', 'NCT09900002', 'NCT09900003'] as const;
const ann = 'ann@example.net';
const bob = 'bob@example.net';
const cat = 'cat@example.net';
const dan = 'dan@example.net';
const fay = 'fay@example.net';

describe('a list that others follow', () => {
  let world: World;
  let pages: Pages;
  let owner: SignedIn;
  let path = '';

  beforeAll(async () => {
    const studies = [one, two, three].map((id) => study(id, { title: `Made-up trial ${id.slice(-1)}` }));
    world = await openWorld({
      days: [{ timestamp: '2026-11-02T09:00:04', studies }],
      config: { embedHosts: ['www.lung.example'] },
    });
    await world.subscribe(ann, { trials: [one] });
    await world.subscribe(bob, { trials: [two] });
    pages = await servePages(world);
    owner = await signIn(world, pages, ann);
  });
  afterAll(async () => {
    await pages?.close();
    await world?.close();
  });

  const words = async (text: string) => {
    expect(await findHtmlFaults(text)).toEqual([]);
    return visibleBlocks(text).join('\n');
  };
  /** What a person follows: the words and the state of each, and whether a list brought it. */
  const followedBy = async (email: string) => {
    const { context } = world;
    const { rows } = await sql<{ words: string; state: string; listed: boolean; facets: string[] }>`
      select s.words, s.state, s.list_follow_id is not null as listed from subscriptions s
      join subscribers p on p.id = s.subscriber_id
      where p.address_hash = ${context.keys.hashAddress(email)} order by s.words, s.id`.execute(context.db);
    return rows.map(({ words: said, state, listed }) => `${said} ${state}${listed ? ' by list' : ''}`);
  };
  const pasted = async (text: string) => {
    const checked = await owner.post(path, { act: 'check', text });
    const hidden = /name="text" value="([^"]*)"/.exec(checked.text)?.[1] ?? '';
    const back = hidden
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&amp;', '&');
    return { said: await words(checked.text), add: () => owner.post(path, { act: 'add', text: back }) };
  };
  const follow = async (email: string, list: string) => {
    await pages.post(`${list}/follow`, { email });
    await letWorkersWork(world);
    const confirm = await confirmPath(world, email);
    const { text } = await pages.get(confirm);
    const done = await pages.post(confirm, { seen: /name="seen" value="([^"]+)"/.exec(text)?.[1] ?? '' });
    await letWorkersWork(world);
    return { asked: await words(text), done: await words(done.text) };
  };

  it('is made by a signed-in person from a pasted text; nothing is added before they agree', async () => {
    expect((await pages.get('/manage/lists')).text).toContain('name="email"');
    expect(await words((await owner.get('/manage/lists')).text)).toContain('Make a list');
    expect((await owner.post('/manage/lists', { name: '‮  ' })).status).toBe(422);
    const made = await owner.post('/manage/lists', {
      name: 'Lung <b>network</b>‮',
      organization: 'Made-up Charity',
    });
    path = made.headers.get('location') ?? '';
    const { said, add } = await pasted(
      `${one}\nhttps://clinicaltrials.gov/study/${two}\nasthma\nNCT00000000x\nqwertzuiop\n${one}`,
    );
    expect(said).toContain('We found 4 trials and conditions');
    expect(said).toContain('Made-up trial 1');
    expect(said).toMatch(/Line 5: qwertzuiop/);
    expect(await words((await owner.get(path)).text)).not.toContain('On this list');
    await add();
    expect(await words((await owner.get(path)).text)).toContain('On this list (3)');
  });

  it('P13: has a public page with what is on it, from which a stranger follows it with one email and one consent', async () => {
    const page = await pages.get('/lists/lung-b-network-b');
    const said = await words(page.text);
    for (const part of [
      'Lung <b>network</b> (from Made-up Charity)',
      '2 trials and 1 condition',
      'Made-up trial 1',
      'asthma',
    ])
      expect(said).toContain(part);
    expect(page.headers.get('x-robots-tag')).toBe('noindex');
    const { asked, done } = await follow(cat, '/lists/lung-b-network-b');
    expect(asked).toContain('The owner of the list may add trials and conditions to it.');
    expect(asked).toContain('2 trials and 1 condition');
    expect(done).toContain('Lung <b>network</b>');
    expect(await followedBy(cat)).toEqual([
      `${one} active by list`,
      `${two} active by list`,
      'asthma active by list',
    ]);
    const mails = await world.mails(cat);
    expect(mails.map(({ message }) => message).join()).not.toMatch(/lung|network/i);
  });

  it('P13: is not followed twice where someone follows a part alone, and stopping it leaves that part', async () => {
    await follow(bob, '/lists/lung-b-network-b');
    expect(await followedBy(bob)).toEqual([
      `${one} active by list`,
      `${two} active`,
      'asthma active by list',
    ]);
    const reader = await signIn(world, pages, bob);
    const manage = await words((await reader.get('/manage')).text);
    expect(manage).toContain('Lists you follow (1)');
    const row = /href="(\/manage\/followed\/\d+)"/.exec((await reader.get('/manage')).text)?.[1] ?? '';
    expect(await words((await reader.get(row)).text)).toContain('Stop following this list');
    await reader.post(row, { act: 'stop' });
    expect(await followedBy(bob)).toEqual([`${one} ended by list`, `${two} active`, 'asthma ended by list']);
    expect((await reader.get(row)).status).toBe(404);
    const { text } = await reader.get('/manage');
    const [, ...ended] = text.split('Recently stopped');
    for (const [, undo = ''] of ended.join().matchAll(/action="(\/manage\/subscriptions\/\d+)"/g))
      await reader.post(undo, { act: 'undo' });
    expect(await followedBy(bob)).toEqual([
      `${one} active by list`,
      `${two} active`,
      'asthma active by list',
    ]);
    expect((await reader.get(row)).status).toBe(200);
  });

  it('P4: is followed without an email in a browser that confirmed, after the consent in full', async () => {
    await pages.post('/subscriptions', signUpForm(fay, [`trial:${one}`]));
    await letWorkersWork(world);
    const { headers } = await pages.post(await confirmPath(world, fay), {});
    const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
    const list = '/lists/lung-b-network-b/follow';
    const asked = await pages.post(list, { often: 'weekly' }, { cookie });
    expect(await words(asked.text)).toContain('The owner of the list may add trials and conditions to it.');
    expect(await followedBy(fay)).toEqual([`${one} active`]);
    const sent = [...asked.text.matchAll(/name="(seen|often|do)" value="([^"]*)"/g)].map((one) =>
      one.slice(1),
    );
    const done = await pages.post(list, Object.fromEntries(sent), { cookie });
    expect(await words(done.text)).toContain('Lung <b>network</b> (from Made-up Charity)');
    await letWorkersWork(world);
    expect(await followedBy(fay)).toEqual([
      `${one} active`,
      `${two} active by list`,
      'asthma active by list',
    ]);
    const { rows } = await sql<{ frequency: string }>`
      select distinct frequency from subscriptions s join subscribers p on p.id = s.subscriber_id
      where p.address_hash = ${world.context.keys.hashAddress(fay)} and s.list_follow_id is not null`.execute(
      world.context.db,
    );
    expect(rows).toEqual([{ frequency: 'weekly' }]);
    expect(await words((await pages.post(list, {}, { cookie })).text)).toContain('may add trials');
  });

  it('pauses with all that it brought, and what its owner adds meanwhile is paused as well', async () => {
    const reader = await signIn(world, pages, fay);
    const row = /href="(\/manage\/followed\/\d+)"/.exec((await reader.get('/manage')).text)?.[1] ?? '';
    const ids = /name="s" value="([\d ]+)"/.exec((await reader.get(row)).text)?.[1] ?? '';
    await reader.post('/manage/many', { s: ids, act: 'pause', until: '2026-11-20', sure: 'on' });
    expect(await followedBy(fay)).toEqual([
      `${one} active`,
      `${two} paused by list`,
      'asthma paused by list',
    ]);
  });

  it('P13: tells its owner how many follow it, from 10 on, and never who', async () => {
    const { text } = await owner.get(path);
    expect(await words(text)).toContain('Fewer than 10 people follow it.');
    expect(text).not.toMatch(/bob|cat@/);
  });

  it('brings its followers what its owner adds, from its baseline on, and takes away what they remove', async () => {
    const { add } = await pasted('number,reason\nNCT09900003,"=A new remedy, for some"');
    await add();
    await letWorkersWork(world);
    expect(await followedBy(cat)).toContain(`${three} active by list`);
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from subscriptions s join consents k on k.subscription_id = s.id
      where s.words = ${three} and s.watching_since is not null and s.list_follow_id is not null`.execute(
      world.context.db,
    );
    expect(rows).toEqual([{ n: 2 }]);
    const { text } = await owner.get(path);
    const entry =
      new RegExp(`name="entry" value="(\\d+)"><span class="unseen">[^<]*<bdi>[^<]*${two}`).exec(text)?.[1] ??
      '';
    await owner.post(path, { act: 'remove', entry });
    await letWorkersWork(world);
    expect(await followedBy(cat)).toContain(`${two} ended`);
    expect(await followedBy(bob)).toContain(`${two} active`);
    expect(await followedBy(fay)).toContain(`${three} paused by list`);
  });

  it('is the reason of what it brings, with its owner’s words, in the email and on its page', async () => {
    world.refresh('2026-11-03T09:00:04', [
      study(one, { title: 'Made-up trial 1' }),
      study(two, { title: 'Made-up trial 2' }),
      study(three, {
        title: 'Made-up trial 3',
        status: 'SUSPENDED',
        whyStopped: 'Supply',
        updatedOn: '2026-11-03',
      }),
    ]);
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    owner = await signIn(world, pages, ann);
    const mail = (await world.mails(cat)).find(({ text = '' }) => text.includes('/digests/'));
    const said = mail?.text?.replace(/\s+/g, ' ') ?? '';
    expect(said).toContain(
      'It is on the list “Lung <b>network</b> (from Made-up Charity)”, which you follow.',
    );
    expect(said).toContain('The list’s owner says why: “=A new remedy, for some”');
    expect(`${mail?.subject}`).not.toMatch(/lung/i);
    const digest = /\/digests\/[\w.-]+/.exec(mail?.text ?? '')?.[0] ?? '';
    expect(await words((await pages.get(digest)).text)).toContain(
      'which you follow. The list’s owner says why',
    );
  });

  it('tells its followers once what came and what left, with the owner’s reason, in a note that names it inside alone', async () => {
    const notes = async (email: string) =>
      (await world.mails(email)).filter(({ subject }) => subject === 'A list that you follow has changed');
    for (const email of [bob, cat]) {
      const [note, ...more] = await notes(email);
      expect(more).toEqual([]);
      const said = note?.text?.replace(/\s+/g, ' ') ?? '';
      expect(said).toContain(
        'The owner of “Lung <b>network</b> (from Made-up Charity)” put 1 trial or condition on the list.',
      );
      expect(said).toContain(
        'took this off the list. What you do not follow by itself has stopped: Made-up trial 2 (NCT09900002)',
      );
      expect(said).toContain('The list’s owner says why: “=A new remedy, for some”');
      const [head = ''] = note?.message.split('\r\n\r\n') ?? [];
      expect(head).not.toMatch(/lung|network/i);
      for (const link of note?.text?.match(/https?:\S+/g) ?? []) expect(link).not.toMatch(/lung|lists/);
    }
    await world.round();
    world.setNow('2026-11-05T12:00:00Z');
    await world.round();
    expect([(await notes(bob)).length, (await notes(cat)).length]).toEqual([1, 1]);
    owner = await signIn(world, pages, ann);
  });

  it('P6: is followed from the page of others, by a frame there and by a form that leads to its page', async () => {
    const email = 'eve@example.net';
    const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://www.lung.example' };
    const form = await pages.post('/embed/lists/lung-b-network-b/form', { email }, elsewhere);
    expect([form.status, form.text]).toEqual([200, expect.stringContaining(`value="${email}"`)]);
    expect(form.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    const frame = await pages.get('/embed/lists/lung-b-network-b');
    expect(frame.headers.get('content-security-policy')).toContain('frame-ancestors www.lung.example');
    expect(await words(frame.text)).toContain('Lung <b>network</b>');
    expect((await pages.post('/embed/lists/lung-b-network-b', { email }, elsewhere)).status).toBe(403);
    const mine = { cookie: owner.cookie };
    expect((await pages.post('/embed/lists/lung-b-network-b', { email: '' }, mine)).status).toBe(422);
    await letWorkersWork(world);
    expect(await world.mails(email)).toEqual([]);
    const asked = await pages.post('/embed/lists/lung-b-network-b', { email });
    expect(await words(asked.text)).toContain('Check your email');
    await letWorkersWork(world);
    const { text } = await pages.get(await confirmPath(world, email));
    expect(await words(text)).toContain('The owner of the list may add trials and conditions to it.');
    for (const slug of ['no-such', 'lung-b-network-c'])
      expect((await pages.get(`/embed/lists/${slug}`)).status).toBe(404);
  });

  it('shows the words in which its owner now says why, at once', async () => {
    const shown = async () => words((await pages.get('/lists/lung-b-network-b')).text);
    expect(await shown()).toContain('=A new remedy, for some');
    const { text } = await owner.get(path);
    const named = /name="(reason-\d+)" value="=A new remedy/.exec(text)?.[1] ?? '';
    await owner.post(path, { act: 'reasons', [named]: 'A remedy that others stopped' });
    expect(await shown()).toContain('A remedy that others stopped');
    await owner.post(path, { act: 'reasons', [named]: '=A new remedy, for some' });
  });

  it('takes no web address into its name or a reason, which would be a link in emails, and keeps what was typed', async () => {
    const { text } = await owner.get(path);
    const named = /name="(reason-\d+)" value="=A new remedy/.exec(text)?.[1] ?? '';
    const typed = 'Read more at cure.example.com';
    const refused = await owner.post(path, { act: 'reasons', [named]: typed });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(new RegExp(`name="${named}" value="${typed}"[^>]* aria-invalid="true"`));
    expect(await words(refused.text)).toContain('A reason cannot have a web address');
    expect((await pasted(`number,reason\nNCT09900001,${typed}`)).said).toContain(
      'The reason has a web address',
    );
    const renamed = await owner.post(path, { act: 'rename', name: 'Lung', organization: 'cure.example.com' });
    expect(renamed.status).toBe(422);
    expect((await pages.get('/lists/lung-b-network-b')).text).not.toContain('cure.example');
  });

  it('has one feed, one calendar, and its changes as files', async () => {
    const feed = await pages.get('/lists/lung-b-network-b/feed.atom');
    expect(feed.headers.get('content-type')).toContain('application/atom+xml');
    expect(feed.text).toContain('Made-up trial 3');
    const calendar = await pages.get('/lists/lung-b-network-b/calendar.ics');
    expect(calendar.text).toContain('BEGIN:VEVENT');
    expect(calendar.text).toContain(`ctgov-${one}-`);
    const page = await pages.get('/lists/lung-b-network-b');
    expect(page.text).toContain('formaction="/lists/lung-b-network-b/changes.xlsx"');
    const file = await pages.get('/lists/lung-b-network-b/changes.ndjson');
    expect(file.headers.get('cache-control')).toBe('public, max-age=900');
    const trials = file.text.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line).trial));
    expect(trials).toContain(three);
  });

  it.each(['csv', 'json', 'opml'])('is saved as %s, and is read from that again, equal', async (kind) => {
    const file = await owner.get(`${path}/list.${kind}`);
    expect(file.headers.get('content-disposition')).toBe(`attachment; filename="trialbell-list.${kind}"`);
    expect((await pages.get(`/lists/lung-b-network-b/list.${kind}`)).text).toBe(file.text);
    const made = await owner.post('/manage/lists', { name: `Copy ${kind}`, open: 'public' });
    const copy = made.headers.get('location') ?? '';
    await owner.post(copy, { act: 'add', text: file.text });
    const { rows } = await sql<{ list: string; kept: string }>`
      select l.slug as list, jsonb_agg(jsonb_build_array(e.kind, e.registry, e.registry_id, e.words, e.concept_id,
        e.topics, e.reason) order by e.words)::text as kept
      from lists l join list_entries e on e.list_id = l.id and e.removed_in is null
      where l.slug in ('lung-b-network-b', ${`copy-${kind}`}) group by 1`.execute(world.context.db);
    expect(rows).toHaveLength(2);
    expect(rows[0]?.kept).toBe(rows[1]?.kept);
  });

  it('is answered to programs, as the document says', async () => {
    const { json } = await askApi<Said['list']>(pages.url, '/api/v1/lists/lung-b-network-b');
    expect(json).toMatchObject({
      name: 'Lung <b>network</b>',
      organization: 'Made-up Charity',
      trials: [
        { id: one, title: 'Made-up trial 1', status: 'RECRUITING', reason: '' },
        { id: three, status: 'SUSPENDED', reason: '=A new remedy, for some' },
      ],
      conditions: [{ words: 'asthma', conceptId: 'D001249' }],
    });
    expect((await askApi(pages.url, '/api/v1/lists/no-such-list')).status).toBe(404);
  });

  it('refuses a text of 10,000 lines whole, and names the lines that it does not understand', async () => {
    const text = Array.from({ length: 10_000 }, (_, at) => `NCT${String(10_000_000 + at)}`).join('\n');
    const answer = await owner.post(path, { act: 'check', text });
    expect(answer.status).toBe(422);
    expect(await words(answer.text)).toContain(
      'The text has more than 1,000 lines, so we read none of them.',
    );
    expect((await pages.post(path, { act: 'check', text })).status).toBe(413);
    const { said } = await pasted('2006-000001-01\nDRKS00000001\n[]\n');
    expect(said).toContain('We found nothing that can go on the list.');
    expect(said).toContain('Line 2: DRKS00000001');
  });

  it('P13: can be private: behind a link that is shown once, stored as a hash, and can be replaced', async () => {
    const moved = await owner.post(path, { act: 'move', open: 'link' });
    const link = /https:\/\/bell\.example\.org(\/l\/[\w-]{43})</.exec(moved.text)?.[1] ?? '';
    expect(await words(moved.text)).toContain('we do not store it');
    await owner.post('/manage/lists', { name: 'Lung b network b', open: 'public' });
    expect((await pages.get('/lists/lung-b-network-b')).status).toBe(404);
    expect((await pages.get('/lists/lung-b-network-b-2')).status).toBe(200);
    const page = await pages.get(link);
    expect([page.status, page.headers.get('x-robots-tag'), page.headers.get('referrer-policy')]).toEqual([
      200,
      'noindex',
      'no-referrer',
    ]);
    expect(page.headers.get('cache-control')).toBe('no-store');
    for (const slug of ['lung-b-network-b', link.slice(3)])
      expect((await pages.get(`/embed/lists/${slug}`)).status).toBe(404);
    for (const name of ['feed.atom', 'changes.csv'])
      expect((await pages.get(`${link}/${name}`)).headers.get('cache-control')).toContain('private');
    expect((await world.dump()).join('\n')).not.toContain(link.slice(3));
    const again = await owner.post(path, { act: 'move', open: 'link' });
    const newer = /https:\/\/bell\.example\.org(\/l\/[\w-]{43})</.exec(again.text)?.[1] ?? '';
    expect((await pages.get(link)).status).toBe(404);
    expect((await pages.get(newer)).status).toBe(200);
    expect(await followedBy(cat)).toContain(`${one} active by list`);
  });

  it('is removed by an admin if it harms, with an entry in the audit log; its followers keep what it brought', async () => {
    await follow(dan, '/lists/copy-csv');
    const env = await serverVariables(world.databaseUrl);
    const { lists } = JSON.parse((await runProgram(['lists', '--json'], env)).stdout);
    const { id, followers } = lists.find(({ slug }: { slug: string }) => slug === 'copy-csv');
    expect(followers).toBe(1);
    const ran = await runProgram(['lists', '--remove', String(id), '--reason', 'sells something'], env);
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    await letWorkersWork(world);
    expect((await pages.get('/lists/copy-csv')).status).toBe(410);
    expect((await followedBy(dan)).length).toBe(3);
    const rows = await world.context.db
      .selectFrom('audit_log')
      .select(['act', 'subject', 'reason'])
      .execute();
    expect(rows).toContainEqual({ act: 'remove-list', subject: `list ${id}`, reason: 'sells something' });
  });

  it('is nobody else’s to change', async () => {
    const other = await signIn(world, pages, bob);
    expect((await other.get(path)).status).toBe(404);
    expect((await other.post(path, { act: 'end' })).status).toBe(404);
    expect((await other.get(`${path}/list.csv`)).status).toBe(404);
  });

  it('P5: ends when its owner is erased; its followers keep what it brought, as their own', async () => {
    const moved = await owner.post(path, { act: 'move', open: 'public' });
    expect(moved.status).toBe(303);
    const address = /\/lists\/[\w-]+/.exec((await owner.get(path)).text)?.[0] ?? '';
    expect((await pages.get(address)).status).toBe(200);
    const again = await signIn(world, pages, ann);
    await again.post('/manage/erase', {});
    expect((await pages.get(address)).status).toBe(410);
    await world.round();
    expect(await followedBy(cat)).toContain(`${one} active`);
    expect(await followedBy(cat)).not.toContain(`${one} active by list`);
    expect((await world.dump()).join('\n')).not.toMatch(/Made-up Charity|A new remedy/);
    world.setNow('2026-11-12T12:00:00Z');
    await world.round();
    const last = (await world.mails(cat)).at(-1)?.text?.replace(/\s+/g, ' ');
    expect(last).toContain(
      'The list “Lung <b>network</b>” has ended. You still follow what was on it, until you stop.',
    );
    const sent = (await world.mails(cat)).length;
    await world.round();
    expect(await world.mails(cat)).toHaveLength(sent);
  });
});
