import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import { makeDerivedLink } from '../../../src/web/manage/derived-link.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type MailWorld, openMailWorld } from '../../support/mail-world.ts';
import { type Pages, servePages } from '../../support/pages.ts';

let mail: MailWorld;
let pages: Pages;
afterEach(async () => {
  await pages.close();
  await mail.close();
});

/** The mail as a reader sees it, and the path of its page as it stands there. */
async function openFromMail(): Promise<{ mailHtml: string; path: string }> {
  mail = await openMailWorld({
    wish: { trials: ['NCT09900001'], conditions: ['asthma'], frequency: 'daily' },
  });
  pages = await servePages(mail.world);
  await mail.send();
  const { text = '', html: mailHtml = '' } = await PostalMime.parse(mail.sink.mails[0]?.message ?? '');
  const url = /https:\/\/bell\.example\.org(\/digests\/\S+)/.exec(text)?.[1];
  return { mailHtml, path: url ?? '' };
}

/** An email marks a status with a character, a page with a shape, and beside it with words for those who hear it. */
const withoutMarks = (block: string) =>
  block
    .replace(/[○●◐‖■✓◌→:]|\bwas\b|, now\b/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

describe('the page of a whole digest', () => {
  it('D5: says in the same words all that the mail says, and stays out of search engines and caches', async () => {
    const { mailHtml, path } = await openFromMail();
    const { status, headers, text: html } = await pages.get(path);
    expect([status, headers.get('x-robots-tag'), headers.get('cache-control')]).toEqual([
      200,
      'noindex',
      'no-store',
    ]);
    const shown = visibleBlocks(html).map(withoutMarks);
    const said = visibleBlocks(mailHtml)
      .filter(
        (block) => !/^(This email comes from|Address:|Questions|See all of this email online$)/.test(block),
      )
      .map(withoutMarks);
    expect(said.length).toBeGreaterThan(12);
    expect(said.filter((block) => !shown.includes(block))).toEqual([]);
    expect(await findHtmlFaults(html)).toEqual([]);
  });

  it('D11: names its source and when it was read, that the words are ours, that being listed is no verdict, and that this is no advice', async () => {
    const { path } = await openFromMail();
    const { text } = await pages.get(path);
    const parts = [
      'Source: ClinicalTrials.gov, data from November 3, 2026, read on November 3, 2026 at 12:00 PM UTC.',
      'Our sentences are shortened and in our own words',
      'Being listed does not mean that the U.S. government has evaluated the study.',
      'not medical advice',
    ];
    for (const part of parts) expect(text).toContain(part);
  });

  it('E4: is read without changing anything, and names no address', async () => {
    const { path } = await openFromMail();
    const before = await mail.world.dump();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) await fetch(pages.url + path, { method });
    expect(await mail.world.dump()).toEqual(before);
    expect((await pages.get(path)).text).not.toContain('example.net');
  });

  it('E3: answers 200 and helps when its reader was erased or 90 days are over', async () => {
    const { path } = await openFromMail();
    mail.wait(90 * 24 * 60 - 1);
    expect((await pages.get(path)).text).toContain('NCT09900001');
    mail.wait(1);
    const old = await pages.get(path);
    expect(old.status).toBe(200);
    expect(old.text).toContain('We no longer keep');
    expect(old.text).not.toContain('NCT09900001');
    await sql`delete from subscribers`.execute(mail.world.context.db);
    expect(await pages.get(path)).toMatchObject({
      status: 200,
      text: expect.stringContaining('We no longer keep'),
    });
  });

  it('helps with a link that is cut off, or made for something else', async () => {
    const { path } = await openFromMail();
    const id = Number(/\/digests\/(\d+)/.exec(path)?.[1]);
    const foreign = makeDerivedLink(mail.world.context.keys, 'unsubscribe', { id, generation: 1 });
    for (const wrong of [path.slice(0, -2), `/digests/${foreign}`, path.replace(/\d+/, '77')]) {
      const { status, text } = await pages.get(wrong);
      expect([wrong, status]).toEqual([wrong, 404]);
      expect(text).toContain('href="/manage"');
    }
  });
});
