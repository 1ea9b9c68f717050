import { afterEach, describe, expect, it } from 'vitest';
import { type Pages, servePages } from '../../support/pages.ts';
import { useWorlds } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});
async function openPages(): Promise<Pages> {
  const pages = await servePages(await open());
  served.push(pages);
  return pages;
}

describe('every page', () => {
  it('P6: carries the headers that keep other sites and scripts out, found or not', async () => {
    const pages = await openPages();
    for (const path of ['/', '/no-such-page', '/style.css', '/icon.svg']) {
      const { headers } = await pages.get(path);
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('content-security-policy')).not.toContain('unsafe-inline');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('that may be kept is not sent twice: ETag, 304', async () => {
    const pages = await openPages();
    const first = await pages.get('/');
    const again = await pages.get('/', { 'if-none-match': first.headers.get('etag') ?? '' });
    expect([first.status, again.status, again.text]).toEqual([200, 304, '']);
    expect((await pages.get('/', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('that is not there says so, with a way on', async () => {
    const { status, text } = await (await openPages()).get('/no-such-page');
    expect(status).toBe(404);
    expect(text).toContain('href="/"');
  });
});
