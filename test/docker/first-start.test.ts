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
  // There is no DNS in this network, and but one registry.
  expect(said.match(/^(?:LOOK|FAIL) .*$/gm)).toEqual([
    expect.stringMatching(/SPF could not be looked up/),
    expect.stringMatching(/DMARC could not be looked up/),
    expect.stringMatching(/\(CTIS\) could not be reached/),
    expect.stringMatching(/ISRCTN registry could not be reached/),
  ]);
  expect(await place.states('trialbell')).toMatchObject([{ State: 'running', Health: 'healthy' }]);
  expect(await (await fetch(`${site}/readyz`)).json()).toMatchObject({ ready: true });
});

it('O7: news of an imported trial reach the mailbox of who signed up on the page and of who was added by a verb', async () => {
  const imported = await place.must(`docker compose exec -T trialbell trialbell import --trial ${id}`);
  expect(imported).toContain('1 trials read, 1 of them new, 0 quarantined.');
  const form = new URLSearchParams({
    follow: `trial:${id}`,
    email: 'ann@example.net',
    trial_frequency: 'immediate',
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
  expect(await confirmed.text()).toContain('The emails start now');

  await place.follow('bob@example.net', id);
  await place.publish({ [id]: { status: 'RECRUITING' } });
  for (const email of ['bob@example.net', 'ann@example.net'])
    await place.postbox.awaitMail(email, '→ ● recruiting');
});

it('O7: the program runs as an ordinary user, without capabilities, on files that it cannot change; logs are limited', async () => {
  const containers = JSON.parse(await place.must('docker inspect $(docker compose ps --quiet)')) as {
    Name: string;
    Config: { User: string };
    HostConfig: Record<string, unknown>;
  }[];
  expect(containers).toHaveLength(2);
  for (const { Name, Config, HostConfig } of containers) {
    expect(HostConfig).toMatchObject({
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } },
    });
    if (!Name.includes('trialbell-1')) continue;
    expect(Config.User).toBe('1000:1000');
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] });
  }
  expect(await place.documented('First start', 1)).toContain('Following');
  // A verb's own lines are all that it says.
  const runs = await place.run('docker compose run --rm -T trialbell runs --json');
  expect(runs.code).toBe(0);
  expect(JSON.parse(runs.stdout)).toBeDefined();
  expect(runs.stderr).not.toContain('"level"');
});

it('O7: a full disk makes the container unhealthy, which says why, and an admin hears of it', async () => {
  const resize = (size: string) => place.engine.must(`mount -o remount,size=${size} /var/lib/docker`);
  const health = "docker inspect --format '{{json .State.Health}}' trialbell-trialbell-1";
  await resize('$(( $(df --output=used -B1 /var/lib/docker | tail -n 1) + 150000000 ))');
  await expect
    .poll(() => place.must(health), { interval: 1_000 })
    .toMatch(/"Status":"unhealthy".*the disk of DATA_DIR is full/);
  await place.postbox.awaitMail('volunteer@example.org', 'MB are left on the disk of DATA_DIR');
  await resize('50%');
  await expect.poll(() => place.must(health), { interval: 1_000 }).toMatch(/"Status":"healthy"/);
});

it('O7: killed in the middle of the news, and put away and started again, it loses and repeats nothing', async () => {
  const readers = ['early-cho', 'early-dee', 'eve', 'fay'].map((name) => `${name}@example.net`);
  for (const email of readers) await place.follow(email, id);
  const held = place.postbox.hold();
  await place.publish({ [id]: { status: 'SUSPENDED' } });
  await expect.poll(held.seen).toBeGreaterThanOrEqual(6);
  await place.crash('trialbell');
  held.release();
  for (const email of readers) await place.postbox.awaitMail(email, /\bsuspended\b/i);
  await place.must('docker compose down\ndocker compose up -d --wait');
  // Of those whose text the mail server had, only it knew whether it took them.
  const told = await place.sql(
    "select phase, count(*) from deliveries where kind = 'digest' group by 1 order by 1",
  );
  expect(told).toBe('ambiguous|4\nsent|4\n');
});
