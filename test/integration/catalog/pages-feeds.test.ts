import { afterEach, describe, expect, it } from 'vitest';
import { fixFeedAuthority } from '../../../src/db/catalog/feeds.ts';
import { readFeed, readWholeFeed } from '../../support/atom.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { manyStudies, type StudyParts, study } from '../../support/study.ts';
import { useWorlds, type World, type WorldOptions } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});
async function openWith(
  studies: unknown[],
  options: WorldOptions = {},
): Promise<{ world: World; pages: Pages }> {
  const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }], ...options });
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
  const pages = await servePages({ ...world, context: world.another() });
  served.push(pages);
  return { world, pages };
}
const id = 'NCT09900001';

/** The registry's data of another day of November 2026, read at noon. */
async function turnTo(world: World, day: number, studies: unknown[]) {
  const on = `2026-11-${String(day).padStart(2, '0')}`;
  world.refresh(`${on}T09:00:04`, studies);
  world.setNow(`${on}T12:00:00Z`);
  await world.poll();
}
const on = (day: number, parts: StudyParts) => study(id, { updatedOn: `2026-11-0${day}`, ...parts });

describe('feeds', () => {
  it('are valid Atom (RFC 4287), without an entry and with some, newest first', async () => {
    const { world, pages } = await openWith([study(id)]);
    const paths = [`/trials/${id}/feed.atom`, '/conditions/asthma/feed.atom'];
    for (const path of paths) {
      const { status, headers, text } = await pages.get(path);
      expect([path, status, headers.get('content-type')]).toEqual([
        path,
        200,
        'application/atom+xml; charset=utf-8',
      ]);
      expect(readFeed(text)).toMatchObject({ faults: [], entries: [] });
    }
    await turnTo(world, 3, [on(3, { status: 'SUSPENDED', whyStopped: 'Supply' })]);
    await turnTo(world, 4, [on(4, { status: 'RECRUITING' })]);
    for (const path of paths) {
      const feed = readFeed((await pages.get(path)).text);
      expect(feed.faults).toEqual([]);
      const [newest] = feed.entries;
      expect(feed.updated).toBe('2026-11-04T12:00:00.000Z');
      expect(newest?.updated).toBe('2026-11-04T12:00:00.000Z');
      expect(newest?.content).toContain('<strong>Status:</strong> ‖ paused → ● recruiting');
      expect(newest?.content).toContain('Now listed as recruiting. Before: paused (suspended).');
      expect(newest?.title).toBe(`EXAMPLE (${id}): Now listed as recruiting. Before: paused (suspended).`);
      expect(newest?.category).toBe('Status');
      expect(feed.entries.map(({ content }) => content).join()).toContain('word for word: “Supply”');
      const page = await pages.get(new URL(newest?.href ?? '').pathname);
      expect(page.status).toBe(200);
    }
  });

  it('keep their entries for good as they were released, alike in every feed, whatever becomes of trial and host', async () => {
    const { world, pages } = await openWith([study(id)]);
    await turnTo(world, 3, [on(3, { status: 'SUSPENDED' })]);
    const entriesOf = async (path: string, from = pages) => readFeed((await from.get(path)).text).entries;
    const before = await entriesOf(`/trials/${id}/feed.atom`);
    expect(before.length).toBeGreaterThan(0);
    await turnTo(world, 4, [on(4, { status: 'TERMINATED', title: 'Another title' })]);
    const after = await entriesOf(`/trials/${id}/feed.atom`);
    expect(after.slice(-before.length)).toEqual(before);
    expect(after.length).toBeGreaterThan(before.length);
    expect(await entriesOf('/conditions/asthma/feed.atom')).toEqual(after);

    const { config, db } = world.context;
    await fixFeedAuthority(db, config.baseUrl);
    await fixFeedAuthority(db, 'https://other.example');
    const moved = await servePages({
      ...world,
      context: world.another({ config: { ...config, baseUrl: 'https://other.example' } }),
    });
    served.push(moved);
    const there = await entriesOf(`/trials/${id}/feed.atom`, moved);
    expect(there.map((entry) => entry.id)).toEqual(after.map((entry) => entry.id));
    expect(there[0]?.href).toMatch(/^https:\/\/other\.example\//);
  });

  it('are shown where a browser opens them as a page, which would save them to disk', async () => {
    const { pages } = await openWith([study(id)]);
    for (const path of [`/trials/${id}/feed.atom`, '/conditions/asthma/feed.atom']) {
      const fetched = await pages.get(path);
      const opened = await pages.get(path, { 'sec-fetch-dest': 'document' });
      expect(opened.headers.get('content-type')).toBe('application/xml; charset=utf-8');
      expect(opened.headers.get('vary')).toContain('Sec-Fetch-Dest');
      expect(opened.text).toBe(fetched.text);
      const [, style = ''] = /<\?xml-stylesheet type="text\/css" href="([^"]+)"/.exec(opened.text) ?? [];
      const { status, headers } = await pages.get(new URL(style).pathname);
      expect([status, headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    }
  });

  it('are not sent again while nothing moved: ETag, 304; and are when something did', async () => {
    const { world, pages } = await openWith([study(id)]);
    for (const path of [`/trials/${id}/feed.atom`, '/conditions/asthma/feed.atom']) {
      const etag = (await pages.get(path)).headers.get('etag') ?? '';
      world.setNow('2026-11-02T20:00:00Z');
      const again = await pages.get(path, { 'if-none-match': etag });
      expect([path, again.status, again.text]).toEqual([path, 304, '']);
    }
    const etag = (await pages.get(`/trials/${id}/feed.atom`)).headers.get('etag') ?? '';
    await turnTo(world, 3, [on(3, { status: 'SUSPENDED' })]);
    expect((await pages.get(`/trials/${id}/feed.atom`, { 'if-none-match': etag })).status).toBe(200);
  });

  it('P9: hold 50 entries at most, the newest, and lead on to all others; a closing entry says so while they are new', async () => {
    const { world, pages } = await openWith(manyStudies(30));
    for (const day of [3, 4, 5]) {
      const status = day % 2 === 0 ? 'RECRUITING' : 'SUSPENDED';
      await turnTo(world, day, manyStudies(30, { status, updatedOn: `2026-11-0${day}` }));
    }
    const released = (await world.changes()).filter(({ state }) => state === 'released');
    expect(released.length).toBeGreaterThan(60);
    const path = '/conditions/asthma/feed.atom';
    const get = async (at: string) => (await pages.get(at)).text;
    const feed = readFeed(await get(path));
    expect(feed.entries[0]?.updated).toBe('2026-11-05T12:00:00.000Z');
    expect(feed.entries).toHaveLength(51);
    const closing = feed.entries.at(-1);
    expect(closing?.title).toBe('More changed on November 4, 2026 than this feed shows at once');

    const all = await readWholeFeed(get, path);
    const ids = all.map((entry) => /change\/(\d+)$/.exec(entry.id)?.[1]).filter((one) => one !== undefined);
    expect(ids.map(Number).toSorted((a, b) => a - b)).toEqual(
      released.map((one) => one.id).toSorted((a, b) => a - b),
    );
    world.setNow('2026-11-13T12:00:00Z');
    expect(readFeed(await get(path)).entries).toHaveLength(50);
    expect((await pages.get(`${path}?before=x`)).status).toBe(200);
  });

  it('C12: tell released changes alone', async () => {
    const { world, pages } = await openWith(manyStudies(65));
    await turnTo(world, 3, manyStudies(65, { status: 'SUSPENDED', updatedOn: '2026-11-03' }));
    expect((await world.changes()).some(({ state }) => state === 'held')).toBe(true);
    const feed = readFeed((await pages.get('/conditions/asthma/feed.atom')).text);
    expect(feed.entries.filter(({ content }) => content.includes('paused'))).toEqual([]);
  });

  it('P11: say that contacts changed, never to what', async () => {
    const { world, pages } = await openWith([study(id)]);
    const contact = { name: 'Ann Person', phone: '555 0199', email: 'ann.person@example.com' };
    await turnTo(world, 3, [on(3, { contact })]);
    const { text } = await pages.get(`/trials/${id}/feed.atom`);
    expect(
      readFeed(text)
        .entries.map(({ content }) => content)
        .join(),
    ).toContain('The contact details changed.');
    expect(text).not.toMatch(/Ann Person|555 0199|ann\.person/);
  });

  it('C16: hostile registry text is inert, and the feed stays well-formed', async () => {
    const { world, pages } = await openWith([study(id)]);
    const hostile =
      '</title></entry><script>alert(1)</script>]]>&bogus;\u0007\u202Etxet\uFFFE\uFFFF\uD800 <a href="javascript:x">';
    await turnTo(world, 3, [on(3, { status: 'SUSPENDED', title: hostile, whyStopped: hostile })]);
    for (const path of [`/trials/${id}/feed.atom`, '/conditions/asthma/feed.atom']) {
      const { text } = await pages.get(path);
      const feed = readFeed(text);
      expect(feed.faults).toEqual([]);
      expect(feed.entries.length).toBeGreaterThan(0);
      expect(text).not.toMatch(/<script|<a /);
      for (const character of ['\u202E', '\u0007', '\uFFFE', '\uFFFF']) expect(text).not.toContain(character);
      expect(feed.entries[0]?.content).toContain('&lt;script&gt;');
      expect(feed.entries[0]?.content).not.toMatch(/<(?!\/?(?:p|strong)>)/);
    }
  });

  it('of unknown subjects are not found; other spellings redirect to the canonical address', async () => {
    const { pages } = await openWith([study(id)]);
    for (const path of ['/trials/NCT01234567', '/trials/x', '/conditions/no-such', '/conditions/neoplasms'])
      expect([path, (await pages.get(`${path}/feed.atom`)).status]).toEqual([path, 404]);
    const lower = await pages.get(`/trials/${id.toLowerCase()}/feed.atom`);
    expect([lower.status, lower.headers.get('location')]).toEqual([301, `/trials/${id}/feed.atom`]);
  });
});

describe('the check of feeds itself', () => {
  it('finds what RFC 4287 forbids', async () => {
    const { world, pages } = await openWith([study(id)]);
    await turnTo(world, 3, [on(3, { status: 'SUSPENDED' })]);
    const { text } = await pages.get(`/trials/${id}/feed.atom`);
    const broken = [
      text.replace(/<author>.*<\/author>/, ''),
      text.replace(/<updated>[^<]*<\/updated>/, ''),
      text.replace(/<id>[^<]*<\/id>/, '<id>not an iri</id>'),
      text.replace(/<updated>[^<]*<\/updated>/, '<updated>yesterday</updated>'),
      text.replace('<entry>', '<entry><guess>1</guess>'),
      text.replace('<content type="html">', '<content type="markdown">'),
    ];
    for (const one of broken) expect(readFeed(one).faults).not.toEqual([]);
  });
});
