import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { fixFeedAuthority } from '../../src/db/catalog/feeds.ts';
import { useServedWorlds } from '../support/find-pages.ts';
import { makeDataDir } from '../support/program.ts';
import { makePublicList } from '../support/public-list.ts';
import { findProgram } from '../support/servers.ts';
import { startSmtpSink } from '../support/smtp-sink.ts';
import { manyStudies, study } from '../support/study.ts';

const run = promisify(execFile);
const { open, serve } = useServedWorlds();
const readers = ['newsboat', 'r2e', 'sfeed'].map((name) => findProgram(name));

it.runIf(readers.every((one) => one !== null))(
  "Debian's feed readers see each change once, in whatever burst, and nothing again when trial and host change",
  async () => {
    const folder = makeDataDir();
    const at = (name: string) => join(folder.path, name);
    const sink = await startSmtpSink();
    let studies = manyStudies(30);
    const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
    await world.subscribe('ann@example.net', { conditions: ['asthma'] });
    await fixFeedAuthority(world.context.db, world.context.config.baseUrl);
    let pages = await serve(world);
    const turnTo = async (day: number, changed: number, title?: string) => {
      const on = `2026-11-0${day}`;
      const status = day % 2 ? 'SUSPENDED' : 'RECRUITING';
      const now = manyStudies(30, { status, updatedOn: on, ...(title ? { title } : {}) });
      studies = [...now.slice(0, changed), ...studies.slice(changed)];
      world.refresh(`${on}T09:00:04`, studies);
      world.setNow(`${on}T12:00:00Z`);
      await world.poll();
    };
    const url = () => `${pages.url}/conditions/asthma/feed.atom`;

    const newsboat = async () => {
      writeFileSync(at('urls'), `${url()}\n`);
      writeFileSync(at('newsboat'), '');
      await run('newsboat', ['-u', at('urls'), '-c', at('cache.db'), '-C', at('newsboat'), '-x', 'reload']);
      using cache = new DatabaseSync(at('cache.db'));
      return cache.prepare('select guid, title from rss_item').all();
    };
    const mailByRss2email = async () => {
      const before = sink.mails.length;
      await run('r2e', ['-c', at('r2e.cfg'), '-d', at('r2e.json'), 'run']);
      return sink.mails.length - before;
    };
    const sfeed = async () => {
      const feed = await (await fetch(url())).text();
      const reading = run('sfeed', []);
      reading.child.stdin?.end(feed);
      return (await reading).stdout.trimEnd().split('\n');
    };
    const feedparser = async () => {
      const script = `import feedparser, json, sys
feed = feedparser.parse(sys.argv[1])
print(json.dumps({'bozo': bool(feed.bozo), 'ids': [e.id for e in feed.entries],
  'terms': sorted({t.term for e in feed.entries for t in e.get('tags', [])}),
  'next': [l.href for l in feed.feed.links if l.rel == 'next']}))`;
      return JSON.parse((await run('/usr/bin/python3', ['-c', script, url()])).stdout);
    };

    await turnTo(3, 30);
    await turnTo(4, 30);
    await run('r2e', ['-c', at('r2e.cfg'), '-d', at('r2e.json'), 'new', 'reader@example.net']);
    const config = readFileSync(at('r2e.cfg'), 'utf8');
    writeFileSync(
      at('r2e.cfg'),
      config
        .replace(/^email-protocol = .*/m, 'email-protocol = smtp')
        .replace(/^smtp-server = .*/m, 'smtp-server = 127.0.0.1')
        .replace(/^smtp-port = .*/m, `smtp-port = ${sink.port}`),
    );
    await run('r2e', ['-c', at('r2e.cfg'), '-d', at('r2e.json'), 'add', 'bell', url()]);

    // 60 changes: the newest 50, and the entry that says there are more.
    expect(await mailByRss2email()).toBe(51);
    expect(await newsboat()).toHaveLength(51);
    expect(await sfeed()).toHaveLength(51);
    const seen = await feedparser();
    expect(seen).toMatchObject({
      bozo: false,
      terms: ['status'],
      next: [expect.stringContaining('?before=')],
    });
    expect(new Set(seen.ids).size).toBe(51);
    expect(await mailByRss2email()).toBe(0);

    await turnTo(5, 5);
    expect(await mailByRss2email()).toBe(5);
    expect(await newsboat()).toHaveLength(56);

    await turnTo(6, 5, 'Under another name');
    const moved = world.another({
      config: { ...world.context.config, baseUrl: 'https://other.example' },
    });
    pages = await serve({ ...world, context: moved });
    writeFileSync(at('r2e.cfg'), readFileSync(at('r2e.cfg'), 'utf8').replace(/^url = .*/m, `url = ${url()}`));
    // Five statuses and five names; nothing of before.
    expect(await mailByRss2email()).toBe(10);
    await sink.close();
    folder.remove();
  },
);

it.runIf(readers.every((one) => one !== null))(
  "Debian's feed readers take the feeds of a list from its OPML",
  async () => {
    const folder = makeDataDir();
    const at = (name: string) => join(folder.path, name);
    const ids = ['NCT09900001', 'NCT09900002'];
    const studies = ids.map((id) => study(id, { title: 'Salt & "sugar" <or> fat' }));
    const world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
    await world.subscribe('ann@example.net', { trials: ids });
    const pages = await serve(world);
    const { text } = await pages.get(`${await makePublicList(world, ids)}/list.opml`);
    writeFileSync(at('list.opml'), text);
    const feeds = ids.map((id) => `https://bell.example.org/trials/${id}/feed.atom`);

    for (const name of ['urls', 'config']) writeFileSync(at(name), '');
    await run('newsboat', [
      '-u',
      at('urls'),
      '-c',
      at('cache.db'),
      '-C',
      at('config'),
      '-i',
      at('list.opml'),
    ]);
    const urls = readFileSync(at('urls'), 'utf8').trimEnd().split('\n');
    expect(urls.map((line) => line.split(' ')[0]).sort()).toEqual(feeds);

    const reading = run('sfeed_opml_import', []);
    reading.child.stdin?.end(text);
    const { stdout } = await reading;
    for (const feed of feeds) expect(stdout).toContain(`'${feed}'`);
    expect(stdout).toContain('Salt & "sugar" <or> fat');
    folder.remove();
  },
);
