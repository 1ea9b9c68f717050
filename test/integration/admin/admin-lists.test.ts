import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { type SignedIn, signIn } from '../../support/sign-in.ts';
import { confirmPath, letWorkersWork } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

const id = 'NCT09900001';
const ann = 'ann@example.net';
const cat = 'cat@example.net';
const trial = (status: string, updatedOn: string) => [
  study(id, { status, updatedOn, whyStopped: 'Drug supply' }),
];

let world: World;
let pages: Pages;
let owner: SignedIn;
let me: SignedIn;
let path = '';

const words = async (path: string, as = me) => {
  const { text } = await as.get(path);
  expect(await findHtmlFaults(text)).toEqual([]);
  return visibleBlocks(text).join(' ').replace(/\s+/g, ' ');
};
const linkTo = async (what: RegExp) => what.exec((await me.get('/admin/lists')).text)?.[1] ?? '';
const audit = () => world.context.db.selectFrom('audit_log').select(['actor', 'act', 'reason']).execute();

beforeAll(async () => {
  world = await openWorld({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: trial('RECRUITING', '2026-11-01') }],
    config: { adminEmails: ['admin@example.org'], viewerEmails: ['viewer@example.org'] },
  });
  pages = await servePages(world);
  await world.subscribe(ann, { trials: [id] });
  world.refresh('2026-11-03T09:00:04', trial('SUSPENDED', '2026-11-03'));
  world.setNow('2026-11-03T12:00:00Z');
  await world.round();
  world.setNow('2026-11-06T12:00:00Z');
  me = await signInAsAdmin(world, pages, 'admin@example.org');
});
afterAll(async () => {
  await pages?.close();
  await world?.close();
});

describe('the lists of readers, for admins', () => {
  it('says so when there are none', async () => {
    const said = await words('/admin/lists');
    expect(said).toContain('Nobody shares a list.');
    expect(said).toContain('No report was sent in the last 30 days.');
  });

  it('shows each with its figures, and a report with its owner’s words, to viewers too', async () => {
    owner = await signIn(world, pages, ann);
    const made = await owner.post('/manage/lists', {
      name: 'Lungs <b>',
      organization: 'Charity',
      open: 'public',
    });
    path = made.headers.get('location') ?? '';
    await owner.post(path, { act: 'add', text: id });
    await owner.post('/manage/lists', { name: 'Between us', organization: '', open: 'link' });
    await pages.post('/lists/lungs-b/follow', { email: cat });
    await letWorkersWork(world);
    const confirm = await confirmPath(world, cat);
    const seen = /name="seen" value="([^"]+)"/.exec((await pages.get(confirm)).text)?.[1] ?? '';
    await pages.post(confirm, { seen });
    await letWorkersWork(world);
    const fields = { introduction: 'Dear members,\nbuy this.', contact: 'Our desk' };
    const shown = await owner.post(`${path}/report`, { ...fields, as: 'send' });
    const mark = /name="seen" value="(\w+)"/.exec(shown.text)?.[1] ?? '';
    await owner.post(`${path}/report`, { ...fields, as: 'order', seen: mark });

    const said = await words('/admin/lists');
    expect(said).toContain('Lungs <b> · Charity');
    expect(said).toMatch(/1 trial and no conditions\. 1 follower\. Since November 6, 2026\./);
    expect(said).toMatch(/Between us Private, by link\. .* 0 followers\./);
    expect(said).toMatch(
      /Ordered on November 6, .* It goes out on November 6, .* Dear members, buy this\. Our desk/,
    );
    const viewer = await signInAsAdmin(world, pages, 'viewer@example.org');
    const looked = await words('/admin/lists', viewer);
    expect(looked).toContain('buy this.');
    expect(looked).not.toMatch(/Remove this list|Stop this report/);
    const stop = await linkTo(/href="(\/admin\/lists\/reports\/\d+\/stop)"/);
    expect((await viewer.post(stop, { reason: 'Not mine to do' })).status).toBe(403);
  });

  it('names the list in why somebody gets a mail, and in the mail as it would be', async () => {
    const { headers } = await me.post('/admin/subscribers/find', { email: cat });
    const person = headers.get('location')?.split('?')[0] ?? '';
    expect(await words(`${person}/why?trial=${id}`)).toContain('by the list “Lungs <b>”');
    world.refresh('2026-11-06T09:00:04', trial('RECRUITING', '2026-11-06'));
    await world.poll();
    const { text } = await me.post(`${person}/preview`, {});
    expect(text.replace(/\s+/g, ' ')).toContain('It is on the list “Lungs &lt;b&gt; (from Charity)”');
  });

  it('P8: stops a report and removes a list with a reason, once, and says what that does', async () => {
    const stop = await linkTo(/href="(\/admin\/lists\/reports\/\d+\/stop)"/);
    expect(await words(stop)).toMatch(/Stop this report\? Lungs <b> None of its emails goes out/);
    expect((await me.post(stop, { reason: '' })).status).toBe(422);
    expect((await me.post(stop, { reason: 'Sells something' })).status).toBe(200);
    expect((await me.post(stop, { reason: 'Sells something' })).status).toBe(409);
    expect(await words('/admin/lists')).toContain('An admin stopped it on November 6');

    const all = [...(await me.get('/admin/lists')).text.matchAll(/href="(\/admin\/lists\/\d+\/remove)"/g)];
    const last = all.at(-1)?.[1] ?? '';
    expect(await words(last)).toMatch(/Remove this list\? Lungs <b> It has no page/);
    expect((await me.post(last, { reason: 'Sells something' })).status).toBe(200);
    expect((await me.post(last, { reason: 'Sells something' })).status).toBe(409);
    expect((await me.get(last)).status).toBe(404);
    expect((await pages.get('/lists/lungs-b')).status).toBe(410);
    expect(await words('/admin/lists')).not.toContain('Lungs <b> · Charity 1 trial');
    const entries = await audit();
    for (const act of ['stop-report', 'remove-list'])
      expect(entries).toContainEqual({ actor: 'admin@example.org', act, reason: 'Sells something' });
  });
});
