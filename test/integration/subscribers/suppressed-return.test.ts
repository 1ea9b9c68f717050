import { afterEach, describe, expect, it } from 'vitest';
import { suppressAddress } from '../../../src/db/delivery/bounces.ts';
import { planDelivery } from '../../../src/db/delivery/deliveries.ts';
import { findSubscriber, findSuppression } from '../../../src/db/subscribers/subscribers.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { onDayTwo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { confirmPath, letWorkersWork, signUpAndConfirm, signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
let world: World;
let pages: Pages;
afterEach(() => pages.close());

const ann = 'ann@example.net';
const [first, second] = ['NCT09900001', 'NCT09900002'];
const because = 'There is no such mailbox: its words “user unknown”.';

/** Ann follows one trial, and mail to her was stopped. Returns her browser's cookie. */
async function openStopped(reason: Parameters<typeof suppressAddress>[2]): Promise<string> {
  world = await open(onDayTwo([study(first), study(second)]));
  await world.subscribe('first@example.net', { trials: [first, second] });
  pages = await servePages(world);
  const browser = await signUpAndConfirm(world, pages, ann, [`trial:${first}`]);
  const { db, keys, now } = world.context;
  await suppressAddress(db, keys.hashAddress(ann), reason, now(), because);
  return browser;
}

const why = () => findSuppression(world.context.db, world.context.keys, ann);
const mails = async () => (await world.mails(ann)).length;

/** What is done on a page, and by workers after it; returns how many mails it brought to Ann. */
async function mailsAfter(act: () => Promise<unknown>): Promise<number> {
  const before = await mails();
  await act();
  await letWorkersWork(world);
  return (await mails()) - before;
}

describe('B6: back again', () => {
  it.each(['hard-bounce', 'soft-bounces'] as const)(
    'B6: after %s a new sign-up brings one mail, and its link lets all mail go again',
    async (reason) => {
      await openStopped(reason);
      const signUp = () => pages.post('/subscriptions', signUpForm(ann, [`trial:${second}`]));
      expect(await mailsAfter(signUp)).toBe(1);
      expect(await why()).toBe(reason);
      const path = await confirmPath(world, ann);
      await pages.get(path);
      expect(await why()).toBe(reason);
      expect((await pages.post(path, {})).status).toBe(200);
      expect(await why()).toBeNull();
      const lifts = await world.context.db.selectFrom('lifted_suppressions').selectAll().execute();
      expect(lifts).toMatchObject([{ reason, why: 'a link mailed to the address was used' }]);
    },
  );

  it('B6: so does the link to what she follows, asked for on a page, and a sign-up for the same again', async () => {
    await openStopped('hard-bounce');
    const same = () => pages.post('/subscriptions', signUpForm(ann, [`trial:${first}`]));
    expect(await mailsAfter(same)).toBe(1);
    expect(await mailsAfter(() => pages.post('/manage', { email: ann }))).toBe(0);
    world.setNow('2026-11-05T12:00:00Z');
    expect(await mailsAfter(() => pages.post('/manage', { email: ann }))).toBe(1);
    const path = /\/manage\/[\w-]+/.exec((await world.mails(ann)).at(-1)?.text ?? '')?.[0] ?? '';
    await pages.get(path);
    expect(await why()).toBe('hard-bounce');
    expect((await pages.post(path, {})).status).toBe(303);
    expect(await why()).toBeNull();
  });

  it('B6, P3: a stranger who asks again and again brings three mails to a dead mailbox, one a day', async () => {
    await openStopped('hard-bounce');
    let brought = 0;
    for (let day = 5; day < 13; day += 1) {
      world.setNow(`2026-11-${String(day).padStart(2, '0')}T12:00:00Z`);
      for (let n = 0; n < 2; n += 1)
        brought += await mailsAfter(async () => {
          await pages.post('/subscriptions', signUpForm(ann, [`trial:${second}`]));
          await pages.post('/manage', { email: ann });
        });
    }
    expect(brought).toBe(3);
    expect(await why()).toBe('hard-bounce');
  });

  it('B6: in a browser that confirmed before, mail is still shown to arrive first', async () => {
    const cookie = await openStopped('soft-bounces');
    const signUp = () => pages.post('/subscriptions', signUpForm(ann, [`trial:${second}`]), { cookie });
    expect(await mailsAfter(signUp)).toBe(1);
    expect(await why()).toBe('soft-bounces');
  });

  it.each(['complaint', 'never'] as const)(
    'B6, E6: after %s no mail comes, whatever is asked for',
    async (reason) => {
      await openStopped(reason);
      const ask = async () => {
        await pages.post('/subscriptions', signUpForm(ann, [`trial:${second}`]));
        await pages.post('/manage', { email: ann });
      };
      expect(await mailsAfter(ask)).toBe(0);
      expect(await why()).toBe(reason);
    },
  );

  it('E6: no other mail goes to a mailbox that took none, nor one promised before', async () => {
    world = await open(onDayTwo([study(first)]));
    pages = await servePages(world);
    await world.subscribe(ann, { trials: [first] });
    const { db, keys, now } = world.context;
    const subscriberId = await findSubscriber(db, keys, ann);
    const plan = (kind: 'manage' | 'welcome' | 'no-news') =>
      planDelivery(db, {
        kind,
        subscriberId,
        address: null,
        params: keys.encrypt(JSON.stringify({ token: 'x'.repeat(43) })),
        now: now(),
      });
    const before = await plan('manage');
    world.setNow('2026-11-05T12:00:00Z');
    await suppressAddress(db, keys.hashAddress(ann), 'hard-bounce', now(), because);
    expect(await sendDelivery(world.context, before)).toBe('suppressed');
    expect(await sendDelivery(world.context, await plan('manage'))).toBe('sent');
    for (const kind of ['welcome', 'no-news'] as const)
      expect(await sendDelivery(world.context, await plan(kind))).not.toBe('sent');
  });

  it('B6, P2: the page says what is so and what to do, and says it to everybody', async () => {
    await openStopped('hard-bounce');
    for (const [path, form] of [
      ['/subscriptions', (email: string) => signUpForm(email, [`trial:${second}`])],
      ['/manage', (email: string) => ({ email })],
    ] as const) {
      const pagesOf = [];
      for (const email of [ann, 'zoe@example.net']) {
        const { status, text } = await pages.post(path, form(email));
        expect(await findHtmlFaults(text)).toEqual([]);
        pagesOf.push([status, text.replaceAll(email, 'x').replace(/value="[^"]*"/g, '')]);
        expect(text).toContain('Did our emails to this address come back before? Then we stopped them.');
        expect(text).toMatch(/write to us from this mailbox:\s*<a href="\/operator">/);
      }
      expect(pagesOf[1]).toEqual(pagesOf[0]);
    }
  });
});
