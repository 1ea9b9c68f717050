import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The longest that each kind of another client's transaction took, in milliseconds. */
export type Longest = { signUp: number; settings: number; claim: number; release: number };

// Another client beside a planning: `bystander.ts DATABASE_URL`. It signs people up, changes settings of people who are due,
// claims deliveries and locks the counter of positions, one after the other, until its parent ends it.
const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
const longest: Longest = { signUp: 0, settings: 0, claim: 0, release: 0 };
const { rows } = await client.query('select count(*)::int as people from subscribers');
const people: number = rows[0].people;
let isOver = false;
process.once('message', () => {
  isOver = true;
});
process.send?.('ready');

const acts: Record<keyof Longest, (n: number) => Promise<unknown>> = {
  async signUp(n) {
    await client.query(`insert into subscribers (address, address_hash, language, timezone, hour, created_at)
      values (int8send(${n}), int8send(${n}), 'en', 'UTC', 9, now())`);
    await client.query(`insert into subscriptions (subscriber_id, state, kind, words, topics, facets, frequency, created_at)
      values (currval('subscribers_id_seq'), 'pending', 'condition', 'asthma', '{x}', '{status}', 'daily', now())`);
  },
  async settings(n) {
    const id = 1 + ((n * 7919) % people);
    await client.query(`select from subscribers where id = ${id} for update`);
    await client.query(`update subscriptions set facets = facets where subscriber_id = ${id}`);
  },
  claim: () =>
    client.query(`update deliveries set fence = fence + 1 where id in (
      select id from deliveries where phase = 'planned' order by due_at limit 50 for update skip locked)`),
  release: () => client.query(`update counters set value = value where name = 'position'`),
};
for (let n = 0; !isOver; n += 1) {
  for (const [name, act] of Object.entries(acts) as [keyof Longest, (n: number) => Promise<unknown>][]) {
    const startedAt = performance.now();
    await client.query('begin');
    await act(n);
    await client.query(name === 'claim' ? 'rollback' : 'commit');
    longest[name] = Math.max(longest[name], performance.now() - startedAt);
  }
  await sleep(10);
}
await client.query(`delete from subscribers where timezone = 'UTC'`);
await client.end();
process.send?.(longest);
process.disconnect?.();
