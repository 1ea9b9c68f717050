import { afterAll, beforeAll, expect, it } from 'vitest';
import { daytime, type Installation, install, site } from './installation.ts';

const id = 'NCT09900001';
let place: Installation;
beforeAll(async () => {
  place = await install({ [id]: { status: 'NOT_YET_RECRUITING' } });
});
afterAll(() => place.remove());

it('O7: a checkout of umask 077 is built and started as documented, and is ready', async () => {
  const said = await place.documented('First start', 0, { 'trialbell doctor': 'trialbell doctor || true' });
  // There is no DNS in this network.
  expect(said.match(/^(?:LOOK|FAIL) .*$/gm)).toEqual([
    expect.stringMatching(/SPF could not be looked up/),
    expect.stringMatching(/DMARC could not be looked up/),
  ]);
  expect(await place.states('trialbell')).toMatchObject([{ State: 'running', Health: 'healthy' }]);
  expect(await (await fetch(`${site}/readyz`)).json()).toMatchObject({ ready: true });
});

it('O7: news reach the mailbox of who signed up on the page and of who was added by a verb', async () => {
  const form = new URLSearchParams({
    follow: `trial:${id}`,
    email: 'ann@example.net',
    trial_frequency: 'immediate',
    health: 'on',
    of_age: 'on',
    zone: daytime(),
    hour: '9',
  });
  const asked = await fetch(`${site}/subscriptions`, {
    method: 'POST',
    body: form,
    headers: { origin: site },
  });
  expect(asked.status, await asked.text()).toBe(200);
  const confirmation = await place.postbox.awaitMail('ann@example.net', '/confirm/');
  const link = /http:\S+\/confirm\/\S+/.exec(confirmation.text ?? '')?.[0] ?? '';
  const confirmed = await fetch(link, { method: 'POST', headers: { origin: site } });
  expect(await confirmed.text()).toContain('1 subscription is active now.');

  const how = `--frequency immediate --timezone ${daytime()} --confirmed --consent 'signed form'`;
  await place.must(
    `docker compose exec -T trialbell trialbell subscribe bob@example.net --trial ${id} ${how}`,
  );
  await place.publish({ [id]: { status: 'RECRUITING' } });
  for (const email of ['bob@example.net', 'ann@example.net'])
    await place.postbox.awaitMail(email, 'Now listed as recruiting');
});
