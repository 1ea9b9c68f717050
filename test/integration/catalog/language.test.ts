import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pages, servePages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { confirmPath, letWorkersWork, signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

const path = '/trials/NCT09900001';
const spanish = { 'accept-language': 'es-MX,es;q=0.9,en;q=0.5' };

describe('the language of a visit', () => {
  let world: World;
  let pages: Pages;

  beforeAll(async () => {
    world = await openWorld({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
    });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    pages = await servePages(world);
  });
  afterAll(async () => {
    await pages?.close();
    await world?.close();
  });

  const languageOf = (text: string) => /<html lang="([^"]*)"/.exec(text)?.[1];

  it('is named by the address, else kept by the cookie, else asked for by the browser, else the default', async () => {
    const ask = async (address: string, headers: Record<string, string>) =>
      languageOf((await pages.get(address, headers)).text);
    expect(await ask(path, {})).toBe('en');
    expect(await ask(path, spanish)).toBe('es');
    expect(await ask(path, { 'accept-language': 'de, fr;q=0.9' })).toBe('en');
    expect(await ask(path, { ...spanish, cookie: '__Host-language=en' })).toBe('en');
    expect(await ask(`${path}?lang=es`, { cookie: '__Host-language=en' })).toBe('es');
    expect(await ask(`${path}?lang=xx`, spanish)).toBe('es');
    expect(await ask(`${path}?lang=es&lang=en`, {})).toBe('es');
    expect(await ask(path, { cookie: '__Host-language=../en' })).toBe('en');
  });

  it('once named it is kept in a cookie that holds nothing else (P6), and followed through a redirect', async () => {
    const { headers } = await pages.get(`${path}?lang=es`);
    expect(headers.getSetCookie()).toEqual([
      '__Host-language=es; Max-Age=31536000; Path=/; HttpOnly; Secure; SameSite=Lax',
    ]);
    expect(headers.get('cache-control')).toMatch(/^private/);
    expect((await pages.get(path)).headers.get('set-cookie')).toBeNull();
    const again = await pages.get(`${path}?lang=es`, { cookie: '__Host-language=es' });
    expect(again.headers.get('set-cookie')).toBeNull();
    const feed = await pages.get(`${path}/feed.atom?lang=es`);
    expect(feed.text).toContain('xml:lang="es"');
    expect(feed.headers.get('set-cookie')).toBeNull();
    const search = await pages.get('/search?q=NCT09900001&lang=es');
    expect(search.headers.get('location')).toBe(`${path}?lang=es`);
    expect(search.headers.getSetCookie()).toHaveLength(1);
  });

  it('caches are told what it depends on, and no two languages share a tag', async () => {
    const [english, spanishPage] = [await pages.get(path), await pages.get(path, spanish)];
    for (const { headers } of [english, spanishPage])
      expect(headers.get('vary')).toBe('Accept-Language, Cookie');
    expect(spanishPage.headers.get('content-language')).toBe('es');
    expect(english.headers.get('etag')).not.toBe(spanishPage.headers.get('etag'));
    const etag = english.headers.get('etag') ?? '';
    expect((await pages.get(path, { 'if-none-match': etag })).status).toBe(304);
    expect((await pages.get(path, { ...spanish, 'if-none-match': etag })).status).toBe(200);
    for (const same of ['/style.css', '/robots.txt', '/follow.js'])
      expect((await pages.get(same, spanish)).headers.get('vary')).toBeNull();
  });

  it('cached pages are kept apart by language', async () => {
    const headings = [];
    for (const language of ['en', 'es', 'en', 'es'])
      headings.push(/<h1>.*<\/h1>/.exec((await pages.get(`/conditions/asthma?lang=${language}`)).text)?.[0]);
    expect(new Set(headings).size).toBe(2);
    expect(headings.slice(0, 2)).toEqual(headings.slice(2));
  });

  it('can be changed on each page, which stays where it was', async () => {
    const { text } = await pages.get('/conditions/asthma?show=finished&done=saved&lang=en');
    expect(text).toContain(
      '<a href="/conditions/asthma?show=finished&amp;lang=es" lang="es" hreflang="es" rel="nofollow">Español</a>',
    );
    expect((await pages.get('/no/such/page', spanish)).text).toContain(
      '<a href="/no/such/page?lang=en" lang="en" hreflang="en" rel="nofollow">English</a>',
    );
    const answer = await pages.post('/follow', { do: 'list', list: 'NCT09900001' }, spanish);
    expect(languageOf(answer.text)).toBe('es');
    expect(answer.text).not.toContain('lang=en');
  });

  it('search engines find each public page in every language', async () => {
    const { text } = await pages.get(`${path}?lang=es`);
    const base = world.context.config.baseUrl;
    for (const [code, href] of [
      ['en', path],
      ['es', `${path}?lang=es`],
      ['x-default', path],
    ])
      expect(text).toContain(`<link rel="alternate" hreflang="${code}" href="${base}${href}">`);
    expect((await pages.get('/manage?lang=es')).text).not.toContain('rel="alternate" hreflang');
  });

  it('a feed speaks the language that its address names, and leads on in it', async () => {
    const page = await pages.get(`${path}?lang=es`);
    expect(page.text).toContain(`href="${path}/feed.atom?lang=es"`);
    expect((await pages.get(path)).text).toContain(`href="${path}/feed.atom"`);
    const { text } = await pages.get(`${path}/feed.atom?lang=es`);
    const base = world.context.config.baseUrl;
    expect(text).toContain('xml:lang="es"');
    expect(text).toContain(`rel="self" type="application/atom+xml" href="${base}${path}/feed.atom?lang=es"`);
    expect(text).toContain(`type="text/html" href="${base}${path}?lang=es"`);
    expect(text).not.toMatch(/[\u{FDD0}\u{FDD1}]/u);
  });

  it('a sign-up keeps its language: its mails and the pages behind their links use it', async () => {
    const email = 'eva@example.net';
    await pages.post('/subscriptions', signUpForm(email, ['trial:NCT09900001']), spanish);
    await letWorkersWork(world);
    const [mail] = await world.mails(email);
    expect(mail?.html).toContain('<html lang="es">');
    expect(mail?.subject).toBe('Confirme su dirección de correo');
    const link = await confirmPath(world, email);
    expect(languageOf((await pages.get(link)).text)).toBe('es');
    expect(languageOf((await pages.get(link, { 'accept-language': 'en' })).text)).toBe('es');
    expect(languageOf((await pages.get(`${link}?lang=en`)).text)).toBe('en');
    expect(languageOf((await pages.post(link, {})).text)).toBe('es');
    await letWorkersWork(world);
    world.refresh('2026-11-03T09:00:04', [
      study('NCT09900001', { status: 'SUSPENDED', whyStopped: 'Drug supply', updatedOn: '2026-11-03' }),
    ]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    const digestTo = async (address: string) =>
      (await world.mails(address)).findLast(({ text }) => text?.includes('/digests/'));
    const digest = await digestTo(email);
    const others = (await world.mails(email)).map(({ html }) => /<html lang="(..)"/.exec(html ?? '')?.[1]);
    expect(new Set(others)).toEqual(new Set(['es']));
    expect(digest?.subject).toContain('ensayo');
    expect(digest?.html).toContain('<html lang="es">');
    expect(digest?.html).toContain('<span lang="en">Made-up study NCT09900001</span>');
    expect(digest?.html).toContain('«<span lang="en">Drug supply</span>»');
    expect(digest?.text).toContain('Los textos del registro están en inglés');
    expect(digest?.text).toContain(`${path}?lang=es`);
    expect(`${digest?.text} ${digest?.subject}`).not.toMatch(/[\u{FDD0}\u{FDD1}]/u);
    for (const room of ['digests', 'unsubscribe', 'manage']) {
      const personal = new RegExp(`/${room}/[\\w.-]+`).exec(digest?.text ?? '')?.[0] ?? '';
      expect([room, languageOf((await pages.get(personal)).text)]).toEqual([room, 'es']);
    }
    const english = await digestTo('ann@example.net');
    expect(english?.html).toContain('<html lang="en">');
    expect(english?.html).not.toContain('<span lang="en">');
    expect(english?.text).not.toContain('?lang=');
  });

  it('somebody who confirmed nothing yet is written to in the language asked for last', async () => {
    const email = 'ida@example.net';
    await pages.post('/subscriptions', signUpForm(email, ['trial:NCT09900001']));
    await letWorkersWork(world);
    await pages.post('/subscriptions', signUpForm(email, ['trial:NCT09900001']), spanish);
    await letWorkersWork(world);
    await pages.post('/confirm', { email });
    await letWorkersWork(world);
    const { rows } = await world.context.db.executeQuery<{ language: string }>(
      world.context.db.selectFrom('subscribers').select('language').where('language', '=', 'es').compile(),
    );
    expect(rows).toHaveLength(2);
  });

  it('is chosen among the settings, for mails and pages', async () => {
    const browser = await signIn(world, pages, 'ann@example.net');
    const fields = { hour: '9', zone: 'UTC' };
    expect((await browser.post('/manage/settings', { ...fields, language: 'xx' })).status).toBe(422);
    const saved = await browser.post('/manage/settings', { ...fields, language: 'es' });
    expect(saved.headers.getSetCookie().join()).toContain('__Host-language=es;');
    expect(languageOf((await browser.get('/manage')).text)).toBe('es');
    expect((await browser.get('/manage/settings')).text).toContain(
      '<option value="es" lang="es" selected>Español',
    );
    world.refresh('2026-11-04T09:00:04', [study('NCT09900001', { updatedOn: '2026-11-04' })]);
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    expect((await world.mails('ann@example.net')).at(-1)?.html).toContain('<html lang="es">');
  });
});

describe('illnesses by their Spanish names', () => {
  let world: World;
  let pages: Pages;
  beforeAll(async () => {
    world = await openWorld({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
    });
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    pages = await servePages(world);
  });
  afterAll(async () => {
    await pages?.close();
    await world?.close();
  });

  it.each([
    ['leucemia', '/conditions/leukemia'],
    ['CANCER DE PULMON', '/conditions/lung-neoplasms'],
    ['derrame cerebral', '/conditions/stroke'],
    ['la jaqueca', '/conditions/migraine-disorders'],
    ['alergia al cacahuate', '/conditions/peanut-hypersensitivity'],
  ])('M2: %s leads to %s', async (typed, path) => {
    const { status, headers } = await pages.get(`/search?q=${encodeURIComponent(typed)}`);
    expect([status, headers.get('location')]).toEqual([303, `${path}?as=${encodeURIComponent(typed)}`]);
  });

  it('M1b: an abbreviation gets offers of its meanings, and leads to no page alone', async () => {
    const { status, text } = await pages.get('/search?q=EM&lang=es');
    expect(status).toBe(200);
    expect(text).toContain('href="/conditions/multiple-sclerosis"');
  });

  it('are suggested while one types, and stand on the page of the illness', async () => {
    const { text } = await pages.get('/suggest?q=esclerosis%20m&lang=es');
    expect(JSON.parse(text).suggestions[0]).toMatchObject({
      href: '/conditions/multiple-sclerosis',
      also: 'esclerosis múltiple',
    });
    const page = await pages.get('/conditions/multiple-sclerosis?lang=es');
    expect(page.text).toContain('También se llama: esclerosis múltiple');
  });

  it('M1: followed by form or by hand, the concept is kept and the words as typed are no phrase', async () => {
    const form = await pages.get('/follow?condition=jaqueca&lang=es');
    expect(form.text).toContain('value="condition:jaqueca" checked');
    await pages.post('/subscriptions', signUpForm('eva@example.net', ['condition:jaqueca']), spanish);
    await letWorkersWork(world);
    await world.subscribe('ida@example.net', { conditions: ['derrame cerebral'], language: 'es' });
    const kept = await world.context.db
      .selectFrom('subscriptions')
      .select(['words', 'concept_id', 'concept_term', 'phrases'])
      .where('kind', '=', 'condition')
      .orderBy('id')
      .execute();
    expect(kept).toMatchObject([
      { words: 'jaqueca', concept_id: 'D008881', concept_term: 'Migraine Disorders' },
      { words: 'derrame cerebral', concept_id: 'D020521', concept_term: 'Stroke' },
    ]);
    for (const { words, phrases } of kept) expect(phrases).not.toContain(words);
    await world.round();
    const page = await pages.get(await confirmPath(world, 'eva@example.net'));
    expect(page.text).toContain('jaqueca');
    expect(page.text).toContain('<span lang="en">Migraine Disorders</span>');
  });
});

describe('where Spanish is the default', () => {
  it('pages, feeds and mails need no parameter for it, and English ones do', async () => {
    const world = await openWorld({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
      config: { defaultLanguage: 'es' },
    });
    const pages = await servePages(world);
    try {
      await world.subscribe('ann@example.net', { trials: ['NCT09900001'], consent: null });
      await world.subscribe('bob@example.net', { trials: ['NCT09900001'], consent: null, language: 'en' });
      await world.round();
      expect((await world.mails('ann@example.net'))[0]?.html).toContain('<html lang="es">');
      expect((await world.mails('bob@example.net'))[0]?.html).toContain('<html lang="en">');
      const own = await pages.get(path);
      expect(own.text).toContain('<html lang="es">');
      expect(own.text).toContain(`href="${path}/feed.atom"`);
      expect((await pages.get(`${path}?lang=en`)).text).toContain(`href="${path}/feed.atom?lang=en"`);
    } finally {
      await pages.close();
      await world.close();
    }
  });
});
