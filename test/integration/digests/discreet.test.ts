import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { linksOf } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

let world: World;
let pages: Pages;
afterEach(async () => {
  await pages.close();
  await world.close();
});

describe('discreet mails', () => {
  it('D6: chosen in the settings: subject, sender and links of unrequested mails reveal nothing, the address stays', async () => {
    const id = 'NCT09900001';
    world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }] });
    pages = await servePages(world);
    for (const name of ['ann', 'bob'])
      await world.subscribe(`${name}@example.net`, { trials: [id], conditions: ['asthma'] });
    const me = await signIn(world, pages, 'ann@example.net');
    const chosen = async () =>
      /name="subject" value="(\w+)" checked/.exec((await me.get('/manage/settings')).text)?.[1];
    expect(await chosen()).toBe('neutral');
    const saved = await me.post('/manage/settings', { hour: '9', zone: 'UTC', subject: 'discreet' });
    expect(saved.status).toBe(303);
    expect(await chosen()).toBe('discreet');
    // A form that says nothing of it, or nothing that can be, leaves it as it was.
    await me.post('/manage/settings', { hour: '9', zone: 'UTC', subject: 'loud' });
    expect(await chosen()).toBe('discreet');
    world.refresh('2026-11-03T09:00:04', [study(id, { status: 'SUSPENDED', updatedOn: '2026-11-03' })]);
    world.setNow('2026-11-03T12:00:00Z');
    await world.round();
    world.setNow('2026-11-04T09:00:00Z');
    await world.round();
    const ann = (await world.mails('ann@example.net')).at(-1);
    const bob = (await world.mails('bob@example.net')).at(-1);
    expect([ann?.subject, ann?.from?.name]).toEqual(['You have an update', 'Updates']);
    expect([bob?.subject, bob?.from?.name]).toEqual([
      '1 trial you follow changed in the registry',
      'Trialbell',
    ]);
    expect(ann?.from?.address).toBe(bob?.from?.address);
    const head = ann?.message.split(/\r?\n\r?\n/)[0]?.replace(/^(?:From|Message-ID):.*$/gim, '');
    expect(head).toMatch(/^Subject: You have an update/m);
    expect(head).not.toMatch(/NCT|asthma|registry|trial you|Trialbell </i);
    expect(linksOf(bob?.html ?? '').filter((link) => link.includes(id)).length).toBeGreaterThan(1);
    const links = linksOf(ann?.html ?? '').map((link) => new URL(link).pathname);
    expect(links.join(' ')).not.toMatch(/NCT|asthma|trials|conditions/i);

    // From the digest to the page of the trial, which has the official record.
    const [path = ''] = links.filter((link) => link.startsWith('/d/'));
    expect(path).toMatch(/^\/d\/\d+\.1\.[\w-]{43}\/1$/);
    const before = await world.dump();
    const opened = await pages.get(path);
    expect([opened.status, opened.headers.get('location')]).toEqual([303, `/trials/${id}`]);
    const { headers } = opened;
    expect([
      headers.get('x-robots-tag'),
      headers.get('cache-control'),
      headers.get('referrer-policy'),
    ]).toEqual(['noindex', 'no-store', 'no-referrer']);
    expect((await pages.get(`/trials/${id}`)).text).toContain(`clinicaltrials.gov/study/${id}`);
    // Characters that a mail program adds to the URL do no harm; another kind of link is reported.
    for (const sign of ['.', ')', '%3E', '.)', '%E2%80%9D'])
      expect((await pages.get(path + sign)).headers.get('location'), sign).toBe(`/trials/${id}`);
    const unsubscribe = links.find((link) => link.startsWith('/unsubscribe/')) ?? '';
    for (const [wrong, status] of [
      [path.replace(/\/1$/, '/2'), 200],
      [path.replace(/\/1$/, '/0'), 404],
      [path.replace(/\/1$/, '/1x'), 404],
      [path.replace(/.\/1$/, '/1'), 404],
      [path.replace(/\d+/, '77'), 404],
      [`${unsubscribe.replace('unsubscribe', 'd').split('/').slice(0, 3).join('/')}/1`, 404],
    ] as const) {
      const answer = await pages.get(wrong);
      expect([wrong, answer.status, answer.headers.get('location')]).toEqual([wrong, status, null]);
      expect(answer.text).toContain('href="/manage"');
      expect(answer.text).not.toContain(id);
    }
    expect(await world.dump()).toEqual(before);

    // A note has the same, in its reader's language, for as long as what it names is kept.
    const settings = { hour: '9', zone: 'UTC', subject: 'discreet', language: 'es' };
    const later = await signIn(world, pages, 'ann@example.net');
    expect((await later.post('/manage/settings', settings)).status).toBe(303);
    world.setNow('2026-12-04T09:00:00Z');
    await world.round();
    world.setNow('2026-12-05T09:00:00Z');
    await world.round();
    const note = (await world.mails('ann@example.net')).at(-1);
    expect(note?.subject).toBe('Tiene una novedad');
    const notePaths = linksOf(note?.html ?? '').map((link) => new URL(link).pathname);
    expect(notePaths.join(' ')).not.toMatch(/NCT|asthma|trials|conditions/i);
    const [own = ''] = notePaths.filter((link) => link.startsWith('/d/'));
    expect((await pages.get(own)).headers.get('location')).toBe(`/trials/${id}?lang=es`);
    const { rows } = await sql<{ id: number }>`select id from subscriptions order by id`.execute(
      world.context.db,
    );
    // Her condition has no page that a number could open, and Bob's subscriptions are not hers.
    for (const other of rows.filter((one) => !own.endsWith(`/${one.id}`)))
      expect((await pages.get(own.replace(/\d+$/, `${other.id}`))).status).toBe(200);
    world.setNow('2027-02-02T09:00:00Z');
    expect((await pages.get(path)).status).toBe(200);
    await sql`delete from subscribers`.execute(world.context.db);
    for (const gone of [path, own]) expect((await pages.get(gone)).status).toBe(200);
  });
});
