import { afterEach, describe, expect, it } from 'vitest';
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
  it('D6: chosen among the settings: subject and sender of what comes of itself say nothing, the address stays', async () => {
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
  });
});
