import openGraph from 'open-graph-scraper';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pages, servePages } from '../../support/pages.ts';
import { letWorkersWork, signUpForm } from '../../support/sign-ups.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

const site = 'https://bell.example.org';
const id = 'NCT09900001';
const registered = '2026-11-02T09:00:04';
const path = `/trials/${id}`;

describe('the link of a page, shared', () => {
  let world: World;
  let pages: Pages;
  const tell = async (at: string, parts: StudyParts) => {
    world.refresh(at, [study(id, { updatedOn: at.slice(0, 10), ...parts })]);
    world.setNow(`${at.slice(0, 10)}T${Number(at.slice(11, 13)) + 1}:00:00Z`);
    await world.round();
  };
  /** The paths of the changes of a kind, oldest first. */
  const changesOf = async (kind: string) =>
    (await world.changes(id)).flatMap((change) =>
      change.kind === kind ? `${path}/changes/${change.id}` : [],
    );

  beforeAll(async () => {
    const first = study(id, { title: 'Exampline for Asthma', status: 'NOT_YET_RECRUITING' });
    world = await openWorld({ days: [{ timestamp: registered, studies: [first] }] });
    await world.subscribe('ann@example.net', {
      trials: [id],
      conditions: ['asthma'],
      frequency: 'immediate',
    });
    await tell('2026-11-03T09:00:04', { title: 'Exampline for Asthma', status: 'RECRUITING' });
    pages = await servePages(world);
  });
  afterAll(async () => {
    await pages?.close();
    await world?.close();
  });

  /** What a program that shows link previews reads from a page. */
  const previewOf = async (address: string) => {
    const { text } = await pages.get(address);
    const { result } = await openGraph({ html: text });
    const [picture] = result.ogImage ?? [];
    return { ...result, picture };
  };
  const pictureAt = async (address: string) => {
    const { pathname, search } = new URL(address, site);
    const response = await fetch(pages.url + pathname + search);
    const bytes = Buffer.from(await response.arrayBuffer());
    return {
      type: response.headers.get('content-type'),
      bytes,
      size: [16, 20].map((at) => bytes.readUInt32BE(at)),
    };
  };

  it('is previewed with title, words, language and a picture, on every page worth sharing', async () => {
    const [change = ''] = await changesOf('status');
    for (const address of ['/', '/about', '/api', '/conditions/asthma', path, `${path}/changes`, change])
      for (const [language, locale] of [
        ['en', /^en_/],
        ['es', /^es_/],
      ] as const) {
        const preview = await previewOf(`${address}?lang=${language}`);
        const url = `${site}${address}${language === 'en' ? '' : '?lang=es'}`;
        expect(preview).toMatchObject({ ogUrl: url, ogType: 'website', twitterCard: 'summary_large_image' });
        expect([address, preview.ogLocale]).toEqual([address, expect.stringMatching(locale)]);
        expect(preview.ogTitle?.length).toBeGreaterThan(2);
        expect(preview.ogDescription?.length).toBeGreaterThan(20);
        const { type, size } = await pictureAt(preview.picture?.url ?? '');
        expect([address, type, size]).toEqual([address, 'image/png', [1200, 630]]);
        expect([preview.picture?.width, preview.picture?.height].map(Number)).toEqual(size);
        const { text } = await pages.get(`${address}?lang=${language}`);
        expect(text).toContain(`<link rel="canonical" href="${url}">`);
      }
  });

  it('says what a trial is listed as, and of which day that is', async () => {
    const { ogDescription = '' } = await previewOf(path);
    expect(ogDescription).toContain('recruiting');
    expect(ogDescription).toMatch(/November.*2026/);
    expect(ogDescription).toContain(id);
  });

  it('shows no condition in the picture of a trial or a change, and the name in that of a condition', async () => {
    await tell('2026-11-04T09:00:04', { title: 'Exampline for Migraine', conditions: ['Migraine'] });
    const { bytes: migraine } = await pictureAt(`${path}/preview.png`);
    await tell('2026-11-04T15:00:04', { title: 'Exampline for Stroke', conditions: ['Stroke'] });
    const { bytes: stroke } = await pictureAt(`${path}/preview.png`);
    expect(stroke.equals(migraine)).toBe(true);
    for (const kind of ['title', 'conditions']) {
      const [, first = '', second = ''] = ['', ...(await changesOf(kind)).slice(-2)];
      const [one, other] = await Promise.all(
        [first, second].map((change) => pictureAt(`${change}/preview.png`)),
      );
      expect([kind, one?.type, one?.bytes.equals(other?.bytes ?? Buffer.of())]).toEqual([
        kind,
        'image/png',
        true,
      ]);
    }
    const names = await Promise.all(
      ['asthma', 'stroke'].map((slug) => pictureAt(`/conditions/${slug}/preview.png`)),
    );
    expect(names.map(({ type }) => type)).toEqual(['image/png', 'image/png']);
    expect(names[0]?.bytes.equals(names[1]?.bytes ?? Buffer.of())).toBe(false);
    await tell('2026-11-04T18:00:04', {
      title: 'Exampline for Stroke',
      conditions: ['Stroke'],
      status: 'SUSPENDED',
    });
    expect((await pictureAt(`${path}/preview.png`)).bytes.equals(stroke)).toBe(false);
  });

  it('holds nothing about its reader: filters of the page stay, a place, a search and a language go', async () => {
    for (const [asked, shared] of [
      [`${path}?near=Bergen&lang=es&utm_source=x`, path],
      [
        '/conditions/asthma?as=ASTHMA&show=finished&phase=PHASE2&age=CHILD&near=Norway&lang=es',
        '/conditions/asthma?show=finished&amp;phase=PHASE2',
      ],
      [(await changesOf('status'))[0] ?? '', (await changesOf('status'))[0] ?? ''],
    ] as const) {
      const { status, text } = await pages.get(asked);
      expect([asked, status]).toEqual([asked, 200]);
      expect(text).toContain(`id="share-link" readonly value="${site}${shared}"`);
    }
  });

  it('P1: has no preview where a page is about a person, and search engines stay out', async () => {
    await pages.post('/subscriptions', signUpForm('bob@example.net', ['condition:asthma']));
    await letWorkersWork(world);
    const mailed = (await world.mails()).flatMap(
      ({ text }) => text?.match(/\/(confirm|manage|unsubscribe|digests)\/[\w.-]+/g) ?? [],
    );
    expect(new Set(mailed.map((link) => link.split('/')[1])).size).toBe(4);
    const others = ['/manage', '/follow?condition=asthma', '/search?q=asthma', '/admin', '/no-such-page'];
    for (const address of [...new Set(mailed), ...others]) {
      const { text, headers } = await pages.get(address);
      expect([
        address.split('/')[1],
        /og:|twitter:|rel="canonical"/.test(text),
        headers.get('x-robots-tag'),
      ]).toEqual([address.split('/')[1], false, 'noindex']);
    }
  });
});
