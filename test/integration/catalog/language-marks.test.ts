import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeStudy } from '../../support/ctgov-study.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { openWorld, type World } from '../../support/world.ts';

const id = 'NCT09900001';
/** Stands in every text that somebody wrote into the made-up record, and in nothing else. */
const written = 'Zqx';

/** A record whose every text is a sentinel's: codes, dates, ages, numbers and the names of countries stay. */
function markedStudy(round: string, status: string) {
  const study = makeStudy((raw) => {
    raw.protocolSection.identificationModule.nctId = id;
    delete raw.protocolSection.identificationModule.nctIdAliases;
    raw.protocolSection.statusModule.overallStatus = status;
    raw.protocolSection.statusModule.lastUpdatePostDateStruct.date = `2026-11-0${round}`;
    if (status === 'SUSPENDED') raw.protocolSection.statusModule.whyStopped = 'Supply of the drug';
  });
  const { protocolSection } = study;
  const mark = (value: unknown, name: string): unknown => {
    if (Array.isArray(value)) return value.map((one) => mark(one, name));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mark(one, key)]));
    const isCode = typeof value !== 'string' || !/[a-z]/.test(value) || /^\d/.test(value);
    if (isCode || ['country', 'minimumAge', 'maximumAge', 'term'].includes(name)) return value;
    return `${written} ${round} ${value}`;
  };
  study.protocolSection = mark(protocolSection, '') as typeof protocolSection;
  return study;
}

/** The visible text of a page or a mail that is not marked as English. */
function unmarked(html: string): string[] {
  const seen = html
    .replace(/<head>[\s\S]*?<\/head>|<(textarea|datalist|select)\b[\s\S]*?<\/\1>/g, '')
    .replace(/<span lang="en">[^<]*<\/span>/g, '')
    .replace(/<[^>]*>/g, '\n');
  return seen.split('\n').filter((line) => line.includes(written));
}

describe('registry text on pages and in mails of another language', () => {
  let world: World;
  let pages: Pages;

  beforeAll(async () => {
    world = await openWorld({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [markedStudy('2', 'RECRUITING')] }],
    });
    const wish = { trials: [id], conditions: ['asma'], frequency: 'weekly' as const, language: 'es' };
    await world.subscribe('eva@example.net', wish);
    world.refresh('2026-11-03T09:00:04', [markedStudy('3', 'SUSPENDED')]);
    world.setNow('2026-11-09T12:00:00Z');
    await world.round();
    pages = await servePages(world);
  });
  afterAll(async () => {
    await pages?.close();
    await world?.close();
  });

  it.each([
    `/trials/${id}`,
    `/trials/${id}/changes`,
    `/trials/${id}/compare`,
    '/conditions/asthma?show=paused',
    `/follow?trial=${id}&condition=asma`,
  ])('is marked as English on %s, and the page says so', async (path) => {
    const { text, status } = await pages.get(path, { 'accept-language': 'es' });
    expect(status).toBe(200);
    expect(text).toContain(`<span lang="en">${written} 3`);
    expect(unmarked(text)).toEqual([]);
    expect(text).toContain('Los textos del registro están en inglés');
    expect(text).not.toMatch(/[\u{FDD0}\u{FDD1}]/u);
    const english = await pages.get(path);
    expect(english.text).not.toContain('<span lang="en">');
    expect(unmarked(english.text)).not.toEqual([]);
  });

  it('is marked in each change by its address and on the pages of a person', async () => {
    const { text } = await pages.get(`/trials/${id}/changes`, { 'accept-language': 'es' });
    const changes = [...text.matchAll(/href="(\/trials\/\w+\/changes\/\d+)"/g)].map(([, path = '']) => path);
    expect(changes.length).toBeGreaterThan(5);
    for (const path of changes)
      expect([path, unmarked((await pages.get(path, { 'accept-language': 'es' })).text)]).toEqual([path, []]);
    const browser = await signIn(world, pages, 'eva@example.net');
    for (const path of ['/manage', '/manage/report', '/manage/subscriptions/1']) {
      const page = await browser.get(path);
      expect(page.text).toContain('<html lang="es">');
      expect([path, unmarked(page.text)]).toEqual([path, []]);
    }
  });

  it('is marked in the digest, in its page and in both parts told to be English', async () => {
    const mail = (await world.mails('eva@example.net')).find(({ subject }) => subject?.includes('ensayo'));
    expect(mail?.html).toContain(`<span lang="en">${written} 3`);
    expect(unmarked(mail?.html ?? '')).toEqual([]);
    for (const part of [mail?.html, mail?.text])
      expect(part?.replace(/\s+/g, ' ')).toContain('Los textos del registro están en inglés');
    const path = /\/digests\/[\w.-]+/.exec(mail?.text ?? '')?.[0] ?? '';
    const page = await pages.get(path);
    expect(page.text).toContain('<html lang="es">');
    expect(unmarked(page.text)).toEqual([]);
  });

  it('responses that are not pages contain no marks', async () => {
    const browser = await signIn(world, pages, 'eva@example.net');
    const sent = [
      await browser.get('/manage/report.csv'),
      await browser.get('/manage/export.json'),
      await pages.get(`/trials/${id}/feed.atom?lang=es`),
      await pages.get('/suggest?q=asm&lang=es'),
    ];
    for (const { status, text } of sent) {
      expect(status).toBe(200);
      expect(text).not.toMatch(/[\u{FDD0}\u{FDD1}]|<span/u);
    }
    expect(sent[0]?.text).toContain(written);
  });
});
