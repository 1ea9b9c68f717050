import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { DigestPreview } from '../../../src/core/digests/digest-preview.ts';
import { listAudit } from '../../../src/db/audit-log.ts';
import { previewDigest } from '../../../src/jobs/admin/preview-digest.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { signInAsAdmin } from '../../support/admin-sign-in.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import type { SignedIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { sumTables } from '../../support/table-sums.ts';
import { useWorlds, type Wish, type World } from '../../support/world.ts';

const openWorld = useWorlds();
let world: World;
let pages: Pages | null = null;
afterEach(async () => {
  await pages?.close();
  pages = null;
});

const [admin, viewer, ann] = ['me@example.org', 'viewer@example.org', 'ann@example.net'];
const [first, second] = ['NCT09900001', 'NCT09900002'];

/** Two trials, one of which ann follows with what is wished; both were suspended on 3 November. */
async function openSuspended(wish: Wish = { trials: [first] }): Promise<number> {
  const parts = { completion: '2028-03-01' };
  const config = { adminEmails: [admin], viewerEmails: [viewer] };
  world = await openWorld(onDayTwo([study(first, parts), study(second, parts)], { config }));
  await world.subscribe(ann, wish);
  const suspended = { ...parts, status: 'SUSPENDED', whyStopped: 'Drug <b>supply</b>', updatedOn: day(3) };
  turnTo(world, 3, [study(first, suspended), study(second, suspended)]);
  await world.poll();
  return personOf(ann);
}

async function personOf(email: string): Promise<number> {
  const { db, keys } = world.context;
  const hash = keys.hashAddress(email);
  return (
    await db.selectFrom('subscribers').select('id').where('address_hash', '=', hash).executeTakeFirstOrThrow()
  ).id;
}

async function signIn(email: string): Promise<SignedIn> {
  pages ??= await servePages(world);
  return signInAsAdmin(world, pages, email);
}

const sum = (but: string[] = []) => sumTables(world.context.db, but);

/** A mail whose links are blotted out as a preview's are; the digest's number is not yet known to a preview. */
const blot = (text: string) =>
  text.replace(/\/(digests|unsubscribe|manage|w)\/[\w.%-]+/g, (_, room: string) => `/${room}/…`);

const mailOf = (preview: DigestPreview | null) => {
  if (!preview || !('mail' in preview)) throw new Error(`no mail: ${JSON.stringify(preview)}`);
  return preview.mail;
};

const ways: [string, Wish, ((id: number) => Promise<unknown>)?][] = [
  ['a trial, daily', { trials: [first] }],
  ['two trials, at an hour of their own', { trials: [first, second], hour: 20, timezone: 'Asia/Kolkata' }],
  ['a condition, weekly', { conditions: ['asthma'] }],
  ['at once, and it is night there', { trials: [first], frequency: 'immediate', timezone: 'Asia/Tokyo' }],
  ['in Spanish', { trials: [first], language: 'es' }],
  [
    'a plain subject',
    { trials: [first] },
    (id) => sql`update subscribers set subject = 'plain' where id = ${id}`.execute(world.context.db),
  ],
];

describe('a preview', () => {
  for (const [title, wish, change] of ways) {
    it(`equals the mail that is then sent, byte for byte but for its links: ${title}`, async () => {
      const id = await openSuspended(wish);
      await change?.(id);
      const preview = await previewDigest(world.context, id);
      if (preview?.kind !== 'next') throw new Error('nothing is due');
      const shown = mailOf(preview);
      // A second before, nothing goes out.
      world.setNow(new Date(Date.parse(preview.at) - 1_000).toISOString());
      if (preview.at > `${day(3)}T12:00:00.000Z`)
        expect((await planDigests(world.context)).deliveryIds).toEqual([]);
      world.setNow(preview.at);
      expect((await planDigests(world.context)).deliveryIds).toHaveLength(1);
      // Promised now, it is shown as it waits.
      const waiting = await previewDigest(world.context, id);
      expect(waiting?.kind).toBe('promised');
      expect(blot(mailOf(waiting).text)).toBe(blot(shown.text));
      world.setNow(new Date(Date.parse(preview.at) + 60_000).toISOString());
      await world.round();
      const sent = (await world.mails(ann)).at(-1);
      expect(sent?.subject).toBe(shown.subject);
      expect(blot(sent?.text ?? '').trim()).toBe(blot(shown.text).trim());
      expect(blot(sent?.html ?? '').trim()).toBe(blot(shown.html).trim());
      expect(shown.text).toMatch(/\/unsubscribe\/x+\.x+\.x{20,}/);
      expect((await previewDigest(world.context, id))?.kind).toBe('nothing');
    });
  }

  it('changes nothing in any table, whether something is owed, waits, or is taken back', async () => {
    const id = await openSuspended();
    const before = await sum();
    await previewDigest(world.context, id);
    expect(await sum()).toEqual(before);
    world.setNow(`${day(4)}T12:00:00Z`);
    await planDigests(world.context);
    await sql`update subscriptions set state = 'ended', ended_at = now()`.execute(world.context.db);
    const promised = await sum();
    expect(await previewDigest(world.context, id)).toEqual({ kind: 'nothing', because: 'nobody', at: null });
    expect(await sum()).toEqual(promised);
  });

  it('knows of a pause that ends before: the next digest is the one that tells what waited', async () => {
    const id = await openSuspended({ trials: [first, second], frequency: 'weekly' });
    await sql`update subscriptions set state = 'paused', paused_until = ${`${day(5)}T00:00:00Z`}, frequency = 'daily'
      where registry_id = ${second}`.execute(world.context.db);
    const before = await sum();
    const preview = await previewDigest(world.context, id);
    expect(await sum()).toEqual(before);
    if (preview?.kind !== 'next') throw new Error('nothing is due');
    expect(preview.at).toBe(`${day(5)}T09:00:00.000Z`);
    for (const hour of ['00:00', '06:00', '09:00']) {
      world.setNow(`${day(5)}T${hour}:00Z`);
      await world.round();
    }
    const sent = (await world.mails(ann)).at(-1);
    expect(blot(sent?.text ?? '').trim()).toBe(blot(mailOf(preview).text).trim());
  });

  it('says why there is no next digest', async () => {
    const id = await openSuspended({ trials: [first], facets: ['sites'] });
    expect(await previewDigest(world.context, id)).toEqual({
      ...{ kind: 'nothing', because: 'nothing-owed' },
      at: `${day(3)}T12:00:00.000Z`,
    });
    await sql`update subscriptions set watching_since = null, position = null`.execute(world.context.db);
    expect(await previewDigest(world.context, id)).toMatchObject({ because: 'unwatched' });
    expect(await previewDigest(world.context, 999)).toBeNull();
  });

  it('P12: never shows a private note, nor a link that works', async () => {
    const id = await openSuspended();
    const note = world.context.keys.encrypt('for my sister');
    await sql`update subscriptions set note = ${note}, note_in_mails = true`.execute(world.context.db);
    const { text, html } = mailOf(await previewDigest(world.context, id));
    expect(text).toContain('(a private note of theirs)');
    expect(text + html).not.toContain('my sister');
    const me = await signIn(admin);
    for (const [path = ''] of text.matchAll(
      /(?<=https:\/\/bell\.example\.org)\/(digests|unsubscribe|manage)\/\S+/g,
    )) {
      expect(path).toMatch(/x{20,}/);
      expect((await me.get(path)).text).not.toContain(first);
    }
  });
});

describe('the page of a preview', () => {
  it('P8: is shown to an admin who asks, in a frame that can do nothing, and that they looked is written down', async () => {
    const id = await openSuspended({ trials: [first], frequency: 'weekly' });
    const me = await signIn(admin);
    const path = `/admin/subscribers/${id}/preview`;
    const ask = await me.get(path);
    expect(await findHtmlFaults(ask.text)).toEqual([]);
    expect(ask.text).not.toContain(first);
    const before = await sum(['audit_log']);
    const { status, text, headers } = await me.post(path, {});
    expect(await sum(['audit_log'])).toEqual(before);
    expect(status).toBe(200);
    expect(await findHtmlFaults(text)).toEqual([]);
    expect(text).toContain('It is due on November 9, 2026');
    expect(text).toContain('sandbox=""');
    const frame = /srcdoc="([^"]*)"/.exec(text)?.[1] ?? '';
    expect(frame).toContain(first);
    expect(frame).not.toMatch(/href=|<script/i);
    expect(text).not.toContain(ann);
    expect(headers.get('content-security-policy')).toContain("script-src 'none'");
    const filter = { actor: null, act: 'preview', subject: null, from: null, until: null };
    const rows = await listAudit(world.context.db, filter, { before: null, limit: 9 });
    expect(rows).toMatchObject([{ actor: admin, subject: `subscriber ${id}`, details: { kind: 'next' } }]);
    await sql`insert into suppressions values (${world.context.keys.hashAddress(ann)}, 'complaint', now())`.execute(
      world.context.db,
    );
    expect((await me.post(path, {})).text).toContain('this will not go out');
  });

  it('D10: says so when the digest cannot be made', async () => {
    const id = await openSuspended({ trials: [first], frequency: 'weekly' });
    const me = await signIn(admin);
    await sql`delete from trial_versions`.execute(world.context.db);
    const { status, text } = await me.post(`/admin/subscribers/${id}/preview`, {});
    expect([status, await findHtmlFaults(text)]).toEqual([500, []]);
    expect(text).toContain('Their digest cannot be composed: trial 1 was not loaded');
  });

  it('P8: a viewer cannot ask for it', async () => {
    const id = await openSuspended();
    const guest = await signIn(viewer);
    const path = `/admin/subscribers/${id}/preview`;
    expect((await guest.get(path)).text).not.toContain(`action="${path}"`);
    const refused = await guest.post(path, {});
    expect([refused.status, refused.text.includes(first)]).toEqual([403, false]);
    for (const unknown of ['/admin/subscribers/999/preview', '/admin/subscribers/x/preview'])
      expect((await guest.get(unknown)).status).toBe(404);
  });
});
