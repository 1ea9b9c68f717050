import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { findOrAddSubscriber } from '../../src/db/subscribers/subscribers.ts';
import { signUpForm } from '../support/sign-ups.ts';
import { withBenchApp } from './app.ts';
import { fillRegistry, idOf } from './whole-registry.ts';

/** How long a sign-up takes for the owner of an address that is new, waits, follows already, or gets no mail for good. */
export type SignUpResult = { address: (typeof states)[number]; p50: number; p95: number };

const states = ['new', 'pending', 'active', 'suppressed'] as const;
const now = '2026-11-20T15:00:00.000Z';

/** Signs up `count` times for each kind of address, taking turns, so that whatever else goes on meets all alike (P2). */
export function benchSignUps(count: number): Promise<SignUpResult[]> {
  return withBenchApp(
    { PORT: '0', CTGOV_PACE_MS: '0' },
    () => now,
    async (app) => {
      await fillRegistry(app, 600, null);
      for (const state of states) await addPerson(app, state);
      const server = fork(join(import.meta.dirname, 'page-server.ts'), {
        env: { ...process.env, DATA_DIR: app.context.config.dataDir, PORT: '0', LOG_LEVEL: 'error' },
      });
      const [url] = (await once(server, 'message')) as [string];
      const times = new Map(states.map((state) => [state, [] as number[]]));
      for (let n = -50; n < count; n += 1) {
        // Nobody works them off here, and very many that wait would raise the price (P3).
        await sql`delete from requests`.execute(app.context.db);
        for (const state of [...states.slice(n & 3), ...states.slice(0, n & 3)]) {
          const address = state === 'new' ? `new${n + 50}@example.net` : `${state}@example.net`;
          const ms = await signUp(url, address);
          if (n >= 0) times.get(state)?.push(ms);
        }
      }
      server.disconnect();
      await once(server, 'exit');
      return [...times].map(([address, taken]) => {
        const sorted = taken.toSorted((one, other) => one - other);
        const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
        return { address, p50: at(0.5), p95: at(0.95) };
      });
    },
  );
}

async function signUp(url: string, email: string): Promise<number> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(signUpForm(email, [`trial:${idOf(1)}`])))
    for (const one of [value].flat()) body.append(name, one);
  const startedAt = performance.now();
  const answer = await fetch(`${url}/subscriptions`, {
    method: 'POST',
    body,
    headers: { 'sec-fetch-site': 'same-origin' },
    redirect: 'manual',
  });
  await answer.text();
  if (answer.status !== 200) throw new Error(`a sign-up was answered with ${answer.status}`);
  return performance.now() - startedAt;
}

async function addPerson({ context: { db, keys } }: App, state: (typeof states)[number]): Promise<void> {
  if (state === 'new') return;
  const email = `${state}@example.net`;
  if (state === 'suppressed') {
    await sql`insert into suppressions (address_hash, reason, since)
      values (${keys.hashAddress(email)}, 'complaint', ${now})`.execute(db);
    return;
  }
  const { id } = await db
    .transaction()
    .execute((tx) => findOrAddSubscriber(tx, keys, { email, language: 'en', timezone: 'UTC', hour: 9, now }));
  await sql`insert into subscriptions (subscriber_id, state, kind, registry, registry_id, words, topics, facets, frequency,
      position, watching_since, created_at)
    values (${id}, ${state}, 'trial', 'ctgov', ${idOf(1)}, ${idOf(1)}, array[${`ctgov:${idOf(1)}`}], '{status}', 'daily',
      0, ${now}, ${now})`.execute(db);
}
