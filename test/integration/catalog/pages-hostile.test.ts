import { afterEach, describe, expect, it } from 'vitest';
import { onDayTwo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});

const id = 'NCT09900001';

async function openPages(): Promise<{ world: World; pages: Pages }> {
  const world = await open(onDayTwo([study(id)]));
  await world.subscribe('first@example.net', { trials: [id] });
  const pages = await servePages(world);
  served.push(pages);
  return { world, pages };
}

describe('an address that is no text, or too long', () => {
  it('P6: is a page that is not there, with the headers of every page', async () => {
    const { pages } = await openPages();
    for (const part of ['%ff', '%E0%A4%A', 'x'.repeat(300)]) {
      const { status, headers, text } = await pages.get(`/conditions/${part}`);
      expect(status).toBe(404);
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
      expect(headers.get('content-type')).toContain('text/html');
      expect(text).toContain('href="/"');
    }
  });

  it('with a NUL in its city is a city that is not known', async () => {
    const { pages } = await openPages();
    for (const near of ['Atlantis%00', '%00,%00', 'Atlantis%00,Nor%00way'])
      expect((await pages.get(`/trials/${id}?near=${near}`)).status).toBe(200);
  });
});

describe('a form in parts', () => {
  const send = async (pages: Pages, body: FormData | string, type?: string) => {
    const headers = { 'sec-fetch-site': 'same-origin', ...(type ? { 'content-type': type } : {}) };
    const answer = await fetch(`${pages.url}/manage`, { method: 'POST', body, headers });
    return answer.status;
  };

  it('is as small as any other', async () => {
    const { pages } = await openPages();
    const form = new FormData();
    for (let n = 0; n < 3; n++) form.append(`field${n}`, 'x'.repeat(30_000));
    expect(await send(pages, form)).toBe(413);
    // A closed connection would let a proxy that is still sending answer 502.
    const body = new URLSearchParams({ email: 'a'.repeat(3_000_000) });
    const refused = await fetch(`${pages.url}/subscriptions`, { method: 'POST', body });
    expect([refused.status, refused.headers.get('connection') === 'close']).toEqual([413, false]);
  });

  it('that is broken is its sender’s fault, not ours', async () => {
    const { pages } = await openPages();
    expect(await send(pages, 'x', 'multipart/form-data')).toBe(400);
    expect(await send(pages, 'x', 'multipart/form-data; boundary=b')).toBe(400);
  });
});

describe('a form with thousands of boxes', () => {
  it('P7: asks the registry about few of them', async () => {
    const { world, pages } = await openPages();
    const words = Array.from({ length: 1_000 }, (_, n) => `condition:blorb${n}x`);
    const trials = Array.from({ length: 1_000 }, (_, n) => `trial:NCT0${7_000_000 + n}`);
    const before = world.recorded.requests.length;
    await pages.post('/subscriptions', signUpForm('ann@example.net', [...words, ...trials]));
    expect(world.recorded.requests.length - before).toBeLessThan(30);
  });
});
