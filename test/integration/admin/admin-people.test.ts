import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import {
  countFollowers,
  listFollowers,
  listPeople,
  listPersonMails,
  listPersonSubscriptions,
  readPerson,
} from '../../../src/db/admin/people.ts';
import type { Database } from '../../../src/db/schema.ts';
import { openPeople, type PeopleWorld, secrets, staff, trialId } from '../../support/admin-people.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { useWorlds } from '../../support/world.ts';

const openWorld = useWorlds();
let here: PeopleWorld;
afterEach(() => here.close());

const open = async () => {
  here = await openPeople(openWorld);
  return here;
};
/** A page's words, when it is whole and gives nothing away. */
async function read(path: string, by = here.me) {
  const { status, text } = await by.get(path);
  expect([path, status, await findHtmlFaults(text)]).toEqual([path, 200, []]);
  for (const secret of secrets) expect(text).not.toContain(secret);
  return text
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.:])/g, '$1');
}
const find = (email: string, by = here.me) => by.post('/admin/subscribers/find', { email });

describe('finding somebody by address', () => {
  it('P8: leads to the person’s number; the look is in the log, and the address nowhere', async () => {
    const { log, world } = await open();
    const found = await find(' ann@EXAMPLE.net ');
    expect([found.status, found.headers.get('location')]).toEqual([303, here.ann]);
    expect(found.text).not.toContain('ann@');
    expect(await log()).toEqual([
      {
        actor: staff.me,
        act: 'find-address',
        subject: 'subscriber 1',
        reason: null,
        details: { stopped: 'no' },
      },
    ]);
    expect((await world.dump()).filter((line) => /ann@/i.test(line))).toEqual([]);
  });

  it('P8: that nobody has an address is told, and stands in the log as well', async () => {
    const { log, world } = await open();
    const { keys, db } = world.context;
    await sql`insert into suppressions values (${keys.hashAddress('gone@example.net')}, 'never', now())`.execute(
      db,
    );
    for (const [email, done, says] of [
      ['a.nn@example.net', 'nobody', 'Nobody here has this address. Email to it was not stopped.'],
      ['gone@example.net', 'nobody-stopped', 'Nobody here has this address. Email to it was stopped.'],
    ] as const) {
      const path = `/admin/subscribers?done=${done}`;
      expect((await find(email)).headers.get('location')).toBe(path);
      expect(await read(path)).toContain(says);
    }
    expect((await find('nonsense')).headers.get('location')).toBe('/admin/subscribers?done=no-address');
    expect((await log()).map(({ subject, details }) => [subject, details])).toEqual([
      ['nobody', { stopped: 'no' }],
      ['nobody', { stopped: 'never' }],
    ]);
  });

  it('P8: when the log cannot be written, nothing is told', async () => {
    const { breakLog } = await open();
    await breakLog();
    const answers = [await find('ann@example.net'), await find('nobody@example.net')];
    expect(answers.map(({ status, headers }) => [status, headers.get('location')])).toEqual([
      [500, null],
      [500, null],
    ]);
  });
});

describe('the list', () => {
  it('P8, P12: names people by number with counts, and no address or note; viewers see it without the forms', async () => {
    const { guest } = await open();
    const words = await read('/admin/subscribers');
    expect(words).toMatch(/2 people Subscriber 2: 1 followed Subscriber 1: 2 followed/);
    const seen = await guest.get('/admin/subscribers');
    expect(seen.text).toContain('Subscriber 2');
    expect(seen.text).not.toContain('/admin/subscribers/find');
  });

  it('M4: says who follows a trial, or a condition by any of its names', async () => {
    await open();
    await sql`update subscriptions set state = 'paused' where subscriber_id = 2`.execute(
      here.world.context.db,
    );
    expect(await read(`/admin/subscribers?follows=${trialId.toLowerCase()}`)).toMatch(
      new RegExp(`1 person follows the trial ${trialId}: .+ Subscriber 1: 1 followed`),
    );
    expect(await read('/admin/subscribers?follows=bronchial+asthma')).toMatch(
      /2 people follow Asthma \(MeSH D001249\) Subscriber 1: 1 followed Subscriber 2: 1 paused/,
    );
    expect(await read('/admin/subscribers?follows=migraine')).toMatch(/Nobody follows Migraine Disorders/);
  });

  it('M2: reports words that are neither trial nor condition, and offers others', async () => {
    const { me } = await open();
    for (const [typed, says] of [
      ['NCT09999999', 'The registry has no trial with the number NCT09999999.'],
      ['"xq"', 'too short'],
      ['!!', 'We found no trials for “!!”'],
      ['ms', 'can mean several things. Choose one:'],
      ['<script>x', '&lt;script&gt;x'],
    ] as const) {
      const { status, text } = await me.get(`/admin/subscribers?follows=${encodeURIComponent(typed)}`);
      expect([typed, status, await findHtmlFaults(text)]).toEqual([typed, 422, []]);
      expect(text).toContain(says);
    }
  });

  it('P9: both lists are paged by key, each person once', async () => {
    const { world, me } = await open();
    await addMany(120);
    const walk = async (path: string) => {
      const seen: string[] = [];
      for (let at: string | undefined = path; at !== undefined; ) {
        const { text } = await me.get(at);
        seen.push(...[...text.matchAll(/Subscriber (\d+)<\/a>/g)].map(([, n]) => n ?? ''));
        at = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
      }
      return seen.map(Number);
    };
    const all = await walk('/admin/subscribers');
    expect(all).toEqual(all.toSorted((a, b) => b - a));
    expect(new Set(all).size).toBe(122);
    const those = await walk('/admin/subscribers?follows=asthma');
    expect(those).toEqual(all.toReversed());
    expect(await listPeople(world.context.db, { before: 2, limit: 5 })).toHaveLength(1);
  });
});

/** Adds this many people who follow asthma. */
async function addMany(count: number): Promise<void> {
  await sql`with p as (insert into subscribers (address, address_hash, language, timezone, hour, created_at)
      select sha256(n::text::bytea), sha256(n::text::bytea), 'en', 'UTC', 9, now() from generate_series(1, ${count}) n returning id)
    insert into subscriptions (subscriber_id, state, kind, words, topics, facets, frequency, created_at)
    select p.id, 'active', 'condition', 'asthma', s.topics, s.facets, 'weekly', now()
    from p, (select topics, facets from subscriptions where subscriber_id = 2) s`.execute(
    here.world.context.db,
  );
}

describe('a person’s page', () => {
  it('P8, P12: shows all of them but address, note and list name', async () => {
    const { world, ann, guest } = await open();
    const { db } = world.context;
    await sql`update subscriptions set filters = '{"country":"Norway"}', state = 'paused', paused_until = '2026-12-24T00:00:00Z'
      where id = 2`.execute(db);
    await sql`update subscribers set timezone = 'Europe/Amsterdam' where id = 1`.execute(db);
    await sql`update consents set way = 'mail from ann@example.net' where subscription_id = 2`.execute(db);
    await sql`insert into deliveries (kind, subscriber_id, phase, attempts, due_at, planned_at, finished_at, reply, was_ambiguous)
      values ('digest', 1, 'failed', 3, now(), now(), now(), '550 <ann@example.net> unknown', true)`.execute(
      db,
    );
    const words = await read(ann);
    for (const part of [
      'Language of emails English',
      'Time of emails 9:00 AM, Netherlands Time',
      'Subject lines neutral',
      'Next email due November 3, 2026',
      `(${trialId})`,
      'Followed no. 1',
      'Paused until December 24, 2026',
      'Added by an admin on',
      'on paper, November 2, 2026 (text by-hand, at least 16 years old)',
      'Agreed on November 2, 2026',
      'They hear about: status (recruiting',
      'With a site in Norway',
      'Emails once a week, on Monday',
      'mail from [address]',
      'Digest: failed. It was in doubt once: a copy may have come. 3 tries. 550 <[address]> unknown',
    ])
      expect(words.replaceAll('&lt;', '<').replaceAll('&gt;', '>')).toContain(part);
    expect(words).not.toContain('No email goes to this person');
    const seen = await read(ann, guest);
    expect(seen).toContain('Followed no. 1');
    expect((await guest.get(ann)).text).not.toMatch(/<form[^>]+subscribers/);
    for (const link of [`${ann}/why`, `${ann}/preview`, '/admin/audit?subject=subscriber+1'])
      expect((await guest.get(ann)).text).toContain(`href="${link}"`);
  });

  it('shows the last 20 mails, newest first', async () => {
    const { world, ann, me } = await open();
    await sql`insert into deliveries (kind, subscriber_id, phase, due_at, planned_at, reply)
      select 'digest', 1, 'sent', now(), now(), 'reply ' || n from generate_series(1, 25) n`.execute(
      world.context.db,
    );
    const { text } = await me.get(ann);
    const replies = [...text.matchAll(/reply (\d+)/g)].map(([, n]) => Number(n));
    expect(replies).toEqual(Array.from({ length: 20 }, (_, n) => 25 - n));
  });

  it('is no page for nobody', async () => {
    const { me } = await open();
    for (const path of ['3', 'x', '0', '99999999999999999999', '-1'])
      expect([path, (await me.get(`/admin/subscribers/${path}`)).status]).toEqual([path, 404]);
  });
});

describe('an address', () => {
  it('P8: is shown by an act of its own, which is in the log, in an answer that nothing keeps', async () => {
    const { me, ann, log } = await open();
    const shown = await me.post(`${ann}/address`, {});
    expect([shown.status, shown.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(await findHtmlFaults(shown.text)).toEqual([]);
    expect(shown.text).toContain('<bdi>ann@example.net</bdi>');
    expect(/<title>(.+)<\/title>/.exec(shown.text)?.[1]).toBe('Subscriber 1');
    expect(await log()).toMatchObject([{ actor: staff.me, act: 'show-address', subject: 'subscriber 1' }]);
    expect((await me.get(`${ann}/address`)).status).toBe(404);
    await read(ann);
  });

  it('P8: is not shown when the log cannot be written, to a viewer, or of nobody', async () => {
    const { me, guest, ann, log, breakLog } = await open();
    const refused = await guest.post(`${ann}/address`, {});
    expect([refused.status, refused.text.includes('ann@')]).toEqual([403, false]);
    expect((await me.post('/admin/subscribers/9/address', {})).status).toBe(404);
    expect(await log()).toEqual([]);
    await breakLog();
    for (const act of ['address', 'export']) {
      const { status, text } = await me.post(`${ann}/${act}`, {});
      expect([act, status, text.includes('ann@')]).toEqual([act, 500, false]);
    }
  });
});

describe('a person’s data as a file', () => {
  it('P5, P12: is what they would download, but for what is private to them, and says so; it is in the log', async () => {
    const { me, guest, ann, log } = await open();
    const { status, text, headers } = await me.post(`${ann}/export`, {});
    expect([status, headers.get('content-disposition'), headers.get('cache-control')]).toEqual([
      200,
      'attachment; filename="trialbell-subscriber-1-2026-11-02.json"',
      'no-store',
    ]);
    const file = JSON.parse(text);
    expect(file).toMatchObject({
      notes: expect.stringMatching(/^Left out: private notes/),
      address: 'ann@example.net',
      subscriptions: [
        {
          words: trialId,
          note: expect.stringMatching(/^Left out/),
          list_name: expect.stringMatching(/^Left out/),
        },
        { words: 'asthma' },
      ],
    });
    for (const secret of ['for my sister', 'Family', 'bob@']) expect(text).not.toContain(secret);
    expect(await log()).toMatchObject([{ act: 'export', subject: 'subscriber 1' }]);
    expect((await guest.post(`${ann}/export`, {})).status).toBe(403);
    expect((await me.post('/admin/subscribers/9/export', {})).status).toBe(404);
  });
});

describe('with 10,000 people and many mails', () => {
  it('P9: every query of these pages uses an index and reads only the rows that it shows', async () => {
    const { world } = await open();
    const { db } = world.context;
    await addMany(10_000);
    await sql`insert into deliveries (kind, subscriber_id, phase, due_at, planned_at)
      select 'digest', 1 + n % 10000, 'sent', now(), now() from generate_series(1, 200000) n`.execute(db);
    await sql`insert into subscriptions (subscriber_id, state, kind, words, topics, facets, frequency, created_at)
      select 1 + n % 10000, 'active', 'trial', 'x', array['trial:ctgov:NCT' || n], '{status}', 'daily', now()
      from generate_series(1, 20000) n`.execute(db);
    await sql`insert into consents (subscription_id, wording_version, wording_hash, way, min_age, given_at)
      select id, 'x', 'x', 'x', 16, now() from subscriptions`.execute(db);
    await sql`analyze`.execute(db);
    const spy = await openSpy(world.databaseUrl);
    try {
      for (const ask of [
        () => listPeople(spy.db, { before: 5_000, limit: 51 }),
        () => listFollowers(spy.db, ['trial:ctgov:NCT77'], { after: null, limit: 51 }),
        () => countFollowers(spy.db, ['trial:ctgov:NCT77']),
        () => readPerson(spy.db, 77),
        () => listPersonSubscriptions(spy.db, 77),
        () => listPersonMails(spy.db, 77, 20),
      ])
        await ask();
      const plans = await spy.explainAll();
      expect(plans.length).toBe(7);
      for (const plan of plans) {
        expect(plan).toMatch(/Index (Only )?Scan/);
        expect(plan).not.toMatch(/Seq Scan on (subscribers|subscriptions|deliveries|consents)/);
      }
    } finally {
      await spy.close();
    }
  });
});

/** A connection that records its statements, so that they can be explained with the same values. */
async function openSpy(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const asked: CompiledQuery[] = [];
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => {
      asked.push(query);
    },
  });
  return {
    db,
    async explainAll(): Promise<string[]> {
      const plans: string[] = [];
      for (const { sql: text, parameters } of [...asked]) {
        const { rows } = await pool.query(`explain ${text}`, [...parameters]);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
      return plans;
    },
    close: () => db.destroy(),
  };
}
