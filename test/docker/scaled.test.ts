import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Installation, install, site } from './installation.ts';

const id = 'NCT09900001';
const services = ['trialbell', 'worker', 'send', 'valkey', 'postgres'];
const readers = ['early-ann', 'early-bob', 'cho', 'dee'].map((name) => `${name}@example.net`);
let place: Installation;
beforeAll(async () => {
  place = await install({ [id]: { status: 'NOT_YET_RECRUITING' } });
  place.setEnv({ COMPOSE_FILE: 'docker-compose.yml:compose.scale.yml', WORKERS: '1', SENDERS: '2' });
});
afterAll(() => place.remove());

const countHealthy = async () =>
  Object.fromEntries(
    await Promise.all(
      services.map(async (name) => [
        name,
        (await place.states(name)).filter(({ State, Health }) => State === 'running' && Health === 'healthy')
          .length,
      ]),
    ),
  );
const wanted = { trialbell: 1, worker: 1, send: 2, valkey: 1, postgres: 1 };

it('O7: pages and workers run apart on one image, and their numbers outlive down and up', async () => {
  await place.must('docker compose build');
  await place.documented('More processes');
  expect(await countHealthy()).toEqual(wanted);
  const images = await place.must(
    "docker inspect --format '{{.Image}}' $(docker compose ps --quiet trialbell worker send)",
  );
  expect(new Set(images.trim().split('\n')).size).toBe(1);
  for (const email of readers) await place.follow(email, id);
  await place.must('docker compose down');
  await place.documented('More processes');
  expect(await countHealthy()).toEqual(wanted);
  expect(await place.sql('select count(*) from subscribers')).toBe(`${readers.length}\n`);
  expect(await (await fetch(`${site}/readyz`)).json()).toMatchObject({ ready: true });
});

it('O7: workers killed in the middle of the news, and both servers started again, lose and repeat nothing', async () => {
  const held = place.postbox.hold();
  await place.publish({ [id]: { status: 'RECRUITING' } });
  await expect.poll(held.seen).toBe(readers.length);
  await place.crash('worker send');
  await place.must('docker compose restart valkey postgres\ndocker compose up -d --wait postgres valkey');
  held.release();
  for (const email of readers) await place.postbox.awaitMail(email, '→ ● recruiting');
  await expect.poll(countHealthy, { interval: 2_000 }).toEqual(wanted);
  // Of those whose text the mail server had, only it knew whether it took them.
  const ledger = "select phase, count(*) from deliveries where kind = 'digest' group by 1 order by 1";
  await expect.poll(() => place.sql(ledger), { interval: 1_000 }).toBe('ambiguous|2\nsent|2\n');
});

it('O7: without its queue a worker says so', async () => {
  await place.must('docker compose stop valkey');
  const { code, stdout } = await place.run('docker compose exec -T worker trialbell ready');
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^Redis at valkey:6379 does not answer: .*\. Check that it runs and that REDIS_URL is right\.\n$/,
  );
});
