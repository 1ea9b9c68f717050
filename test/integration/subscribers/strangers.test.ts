import { afterEach, describe, expect, it } from 'vitest';
import { domainAllowance, signUpsPerKey } from '../../../src/core/subscriptions/mail-allowances.ts';
import { takeDailyAllowance } from '../../../src/db/subscribers/rate-limits.ts';
import { hashToken } from '../../../src/keys.ts';
import { addKey } from '../../support/api-world.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { signIn } from '../../support/sign-in.ts';
import { letWorkersWork, signUpAndConfirm, signUpForm } from '../../support/sign-ups.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const trial = 'NCT09900001';
let world: World;
let pages: Pages | null = null;
afterEach(async () => {
  await pages?.close();
  pages = null;
});

async function serve(): Promise<Pages> {
  world = await open({ days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(trial)] }] });
  await world.subscribe('ann@example.net', { trials: [trial] });
  pages = await servePages(world);
  return pages;
}

describe('N9: one stranger uses up nothing that others need', () => {
  it('sign-ups to one foreign domain are mailed up to its share, and another domain has its own', async () => {
    const { post } = await serve();
    const tried = domainAllowance.other + 5;
    for (let n = 0; n < tried; n++)
      await post('/subscriptions', signUpForm(`victim${n}@small.example`, [`trial:${trial}`]));
    await post('/subscriptions', signUpForm('carol@other.example', [`trial:${trial}`]));
    await letWorkersWork(world);
    const mails = (await world.mails()).map(({ to }) => to?.[0]?.address ?? '');
    expect(mails.filter((to) => to.endsWith('@small.example'))).toHaveLength(domainAllowance.other);
    expect(mails).toContain('carol@other.example');
  });

  it('spellings of one Gmail mailbox are one, whichever of its two domains is typed', async () => {
    const { post } = await serve();
    for (const email of ['carol.x@gmail.com', 'carolx@googlemail.com', 'Carolx+1@GoogleMail.com'])
      await post('/subscriptions', signUpForm(email, [`trial:${trial}`]));
    await letWorkersWork(world);
    const mails = (await world.mails()).map(({ to }) => to?.[0]?.address ?? '');
    expect(mails.filter((to) => /mail\.com$/i.test(to))).toHaveLength(1);
  });

  it('a key of the API has a share of sign-ups of its own', async () => {
    const { url } = await serve();
    const { authorization } = await addKey(world);
    const ask = () =>
      fetch(`${url}/api/v1/subscriptions`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'bob@example.net', trials: [trial] }),
      });
    expect((await ask()).status).toBe(202);
    const addressHash = hashToken(authorization.replace('Bearer ', ''));
    const share = { addressHash, kind: 'key-sign-up', most: signUpsPerKey, now: world.context.now() };
    while (await takeDailyAllowance(world.context.db, share));
    const refused = await ask();
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '21600']);
    expect(await refused.json()).toMatchObject({
      detail: expect.stringContaining(`${signUpsPerKey} sign-ups`),
    });
  });

  it('trials looked up by one visitor leave the registry to others, behind a proxy too', async () => {
    const { get } = await serve();
    const from = (address: string, n: number) =>
      get(`/trials/NCT0991000${n}`, { 'x-forwarded-for': `198.51.100.1, ${address}` });
    const statuses = [];
    for (let n = 1; n <= 7; n++) statuses.push((await from('203.0.113.7', n)).status);
    expect(statuses).toEqual([404, 404, 404, 404, 404, 503, 503]);
    expect((await from('203.0.113.7', 9)).text).toContain('Please try again in a few minutes.');
    expect((await from('203.0.113.8', 8)).status).toBe(404);
    expect((await world.dump()).join('\n')).not.toMatch(/203\.0\.113/);
  });
});

describe('no page claims an act that changed nothing', () => {
  it('E3, L4: the link of a mail to a former address says so, and stops nothing elsewhere', async () => {
    const served = await serve();
    await signUpAndConfirm(world, served, 'ben@example.net', [`trial:${trial}`]);
    world.refresh('2026-11-03T09:00:04', [study(trial, { status: 'SUSPENDED', updatedOn: '2026-11-03' })]);
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    const link = (await world.mails('ben@example.net'))
      .map(({ text }) => /https:\/\/bell\.example\.org(\/unsubscribe\/[\w.~-]+)/.exec(text ?? '')?.[1])
      .findLast((one) => one);
    if (!link) throw new Error('no digest came');
    const me = await signIn(world, served, 'ben@example.net');
    await me.post('/manage/address', { email: 'ben@new.example' });
    await world.round();
    const mail = (await world.mails('ben@new.example')).at(-1)?.text ?? '';
    const confirm = /https:\/\/bell\.example\.org(\/manage\/address\/\S+)/.exec(mail)?.[1] ?? '';
    expect((await served.post(confirm, {})).status).toBe(200);
    const before = await world.dump();
    const answer = await served.post(link, { 'List-Unsubscribe': 'One-Click' });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('Nothing was changed');
    expect(answer.text).not.toContain('All emails are stopped');
    expect(await world.dump()).toEqual(before);
  });

  it('E3: a second press says that nothing was left to stop', async () => {
    const served = await serve();
    world.refresh('2026-11-03T09:00:04', [study(trial, { status: 'SUSPENDED', updatedOn: '2026-11-03' })]);
    world.setNow('2026-11-04T12:00:00Z');
    await world.round();
    const text = (await world.mails('ann@example.net')).at(-1)?.text ?? '';
    const link = /https:\/\/bell\.example\.org(\/unsubscribe\/[\w.~-]+)/.exec(text)?.[1] ?? '';
    expect((await served.post(link, {})).text).toContain('All emails are stopped');
    expect((await served.post(link, {})).text).toContain('Nothing was changed');
  });
});
