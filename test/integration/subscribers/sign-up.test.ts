import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { SignUp } from '../../../src/core/subscriptions/sign-up.ts';
import { addRequest } from '../../../src/db/subscribers/requests.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import {
  agreeHere,
  confirmPath,
  letWorkersWork,
  signUpAndConfirm,
  signUpForm,
} from '../../support/sign-ups.ts';
import { seeStatements } from '../../support/statements-seen.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});

const id = 'NCT09900001';
const other = 'NCT09900002';
const third = 'NCT09900003';
const ann = 'ann@example.net';
const asthmaMesh = { conditions: ['Asthma'], meshes: [{ id: 'D001249', term: 'Asthma' }] };
const studies = [study(id, asthmaMesh), study(other, asthmaMesh), study(third, asthmaMesh)];

async function openPages(): Promise<{ world: World; pages: Pages }> {
  const world = await open(onDayTwo(studies));
  await world.subscribe('first@example.net', { trials: [id, other, third] });
  const pages = await servePages(world);
  served.push(pages);
  return { world, pages };
}

/** A person's subscriptions in words, oldest first. */
async function followedBy({ context }: World, email: string): Promise<string[]> {
  const rows = await context.db
    .selectFrom('subscriptions')
    .innerJoin('subscribers', 'subscribers.id', 'subscriptions.subscriber_id')
    .select(['words', 'state'])
    .where('address_hash', '=', context.keys.hashAddress(email))
    .orderBy('subscriptions.id')
    .execute();
  return rows.map(({ words, state }) => `${words} ${state}`);
}

describe('signing up', () => {
  it('P9: from the form over the mail to a watched subscription, without any script', async () => {
    const { world, pages } = await openPages();
    const form = await pages.get(`/follow?trial=${id}`);
    expect(form.status).toBe(200);
    expect(form.text).toContain(`value="trial:${id}" checked`);
    expect(form.text).toContain('value="condition:Asthma">');
    const asked = await pages.post('/subscriptions', signUpForm(ann, [`trial:${id}`, 'condition:Asthma']));
    expect(asked.status).toBe(200);
    expect(asked.text).toContain(`<bdi>${ann}</bdi>`);
    await letWorkersWork(world);
    expect(await followedBy(world, ann)).toEqual([`${id} pending`, 'Asthma pending']);
    const path = await confirmPath(world, ann);
    expect((await pages.get(path)).text).toContain('once a week');
    expect((await pages.post(path, {})).text).toContain('The emails start now');
    await letWorkersWork(world);
    expect(await followedBy(world, ann)).toEqual([`${id} active`, 'Asthma active']);
    turnTo(world, 3, [
      study(id, { ...asthmaMesh, status: 'SUSPENDED', updatedOn: day(3) }),
      ...studies.slice(1),
    ]);
    await world.round();
    expect((await world.mails(ann)).at(-1)?.text).toContain('paused');
  });

  it('has the contract’s defaults when nothing else is chosen', async () => {
    const { world, pages } = await openPages();
    await signUpAndConfirm(world, pages, ann, [`trial:${id}`, 'condition:Asthma']);
    const rows = await world.context.db
      .selectFrom('subscriptions')
      .select(['kind', 'facets', 'frequency', 'weekday', 'filters'])
      .orderBy('id', 'desc')
      .limit(2)
      .execute();
    expect(rows.reverse()).toMatchObject([
      {
        kind: 'trial',
        frequency: 'daily',
        facets: ['status', 'sites', 'countries', 'dates', 'results', 'expanded-access', 'registration'],
      },
      {
        kind: 'condition',
        frequency: 'weekly',
        weekday: 1,
        facets: ['registration', 'status', 'results', 'expanded-access'],
        filters: {},
      },
    ]);
  });

  it('M3: a condition near a place: its filters and facets are stored, and shown before the button', async () => {
    const world = await open(
      onDayTwo([
        placed(id, 'Bergen', 'Norway', 60.39, 5.32),
        placed(other, 'Bergen', 'Germany', 54.42, 13.43),
      ]),
    );
    await world.subscribe('first@example.net', { trials: [id, other] });
    const pages = await servePages(world);
    served.push(pages);
    const choice = {
      city: 'bergen',
      km: '50',
      age_group: 'CHILD',
      phases: ['PHASE3', 'NA'],
      recruiting: 'on',
    };
    const unclear = await pages.post('/subscriptions', signUpForm(ann, ['condition:Asthma'], choice));
    expect(unclear.status).toBe(422);
    expect(unclear.text).toContain('one of these: “Bergen, Germany” “Bergen, Norway”');
    const near = { ...choice, country: 'Norway' };
    expect((await pages.post('/subscriptions', signUpForm(ann, ['condition:Asthma'], near))).status).toBe(
      200,
    );
    await letWorkersWork(world);
    const shown = await pages.get(await confirmPath(world, ann));
    for (const said of [
      'within 50 km (31 miles) of Bergen, Norway',
      'with a site in Norway',
      'children',
      'phase 3',
      'only while listed as recruiting',
    ])
      expect(shown.text).toContain(said);
    const [row] = await world.context.db
      .selectFrom('subscriptions')
      .select(['filters', 'facets'])
      .orderBy('id', 'desc')
      .limit(1)
      .execute();
    expect(row?.filters).toEqual({
      country: 'NO',
      place: { lat: 60.39, lon: 5.32, km: 50, name: 'Bergen, Norway' },
      ageGroup: 'CHILD',
      phases: ['PHASE3', 'NA'],
      recruitingOnly: true,
    });
    expect(row?.facets).toEqual(expect.arrayContaining(['sites', 'dates', 'status']));
  });
});

function placed(one: string, city: string, country: string, lat: number, lon: number) {
  const raw = study(one, { ...asthmaMesh, sites: [`Clinic, ${city}, ${country}`] });
  raw.protocolSection.contactsLocationsModule.locations[0].geoPoint = { lat, lon };
  return raw;
}

describe('the answer', () => {
  it('P2: is the same for a new, a pending, a confirmed and a suppressed address, and comes before the address is looked up', async () => {
    const { world } = await openPages();
    const { context, take } = seeStatements(world.context);
    const pages = await servePages({ ...world, context });
    served.push(pages);
    const people = {
      fresh: 'a@example.net',
      pending: 'b@example.net',
      confirmed: 'c@example.net',
      stopped: 'd@example.net',
    };
    await world.subscribe(people.pending, { trials: [id], consent: null });
    await world.subscribe(people.confirmed, { trials: [id] });
    const hash = world.context.keys.hashAddress(people.stopped);
    await world.context.db
      .insertInto('suppressions')
      .values({ address_hash: hash, reason: 'complaint', since: day(1) })
      .execute();
    take();
    const seen = [];
    for (const email of Object.values(people)) {
      const { status, headers, text } = await pages.post(
        '/subscriptions',
        signUpForm(email, [`trial:${id}`]),
      );
      const kept = [...headers].filter(([name]) => name !== 'date');
      seen.push({ status, kept, text: text.replaceAll(email, 'X'), statements: take() });
    }
    expect(seen[0]?.status).toBe(200);
    expect(seen[0]?.statements.at(-1)).toMatch(/^insert into "requests"/);
    expect(seen[0]?.statements.join('\n')).not.toMatch(/subscribers|subscriptions|suppressions/);
    for (const one of seen.slice(1)) expect(one).toEqual(seen[0]);
    await letWorkersWork(world);
    const mailed = await Promise.all(
      Object.values(people).map(async (email) => (await world.mails(email)).length),
    );
    expect(mailed).toEqual([1, 1, 0, 0]);
    expect(await followedBy(world, people.stopped)).toEqual([]);
  });

  it('repeats the address, offers to correct it with everything filled in again, and sees a mistyped domain', async () => {
    const { pages } = await openPages();
    const asked = await pages.post(
      '/subscriptions',
      signUpForm('ann@gmial.com', [`trial:${id}`], {
        trials: `${id}\n${other}`,
        hour: '17',
        note: 'for Bea',
      }),
    );
    expect(asked.text).toContain('Did you mean ann@gmail.com?');
    expect(asked.text).toContain('Wrong address?');
    const again = /name="again" value="([^"]*)"/.exec(asked.text)?.[1]?.replaceAll('&quot;', '"') ?? '';
    const form = await pages.post('/follow', { do: 'edit', again, email: 'ann@gmail.com' });
    expect(form.status).toBe(200);
    expect(form.text).toContain('value="ann@gmail.com"');
    expect(form.text).toContain(`value="trial:${id}" checked`);
    expect(form.text).toContain(`value="trial:${other}">`);
    expect(form.text).toMatch(/value="17" selected/);
    expect(form.text).toContain('>for Bea</textarea>');
    const well = await pages.post('/subscriptions', signUpForm(ann, [`trial:${id}`]));
    expect(well.text).not.toContain('Did you mean');
  });

  it('P6: to a request that did not come from our pages is a refusal that keeps nothing', async () => {
    const { world, pages } = await openPages();
    const foreign = await pages.post('/subscriptions', signUpForm(ann, [`trial:${id}`]), {
      'sec-fetch-site': 'cross-site',
    });
    expect(foreign.status).toBe(403);
    expect(await world.context.db.selectFrom('requests').selectAll().execute()).toEqual([]);
  });
});

describe('the mails', () => {
  it('P3: three trials followed in ten minutes make one mail, whose link makes all of them active', async () => {
    const { world, pages } = await openPages();
    for (const [at, trial] of [id, other, third].entries()) {
      world.setNow(`${day(2)}T12:0${at * 4}:00Z`);
      await pages.post('/subscriptions', signUpForm(ann, [`trial:${trial}`]));
      await letWorkersWork(world);
    }
    expect(await world.mails(ann)).toHaveLength(1);
    await pages.post(await confirmPath(world, ann), {});
    expect(await followedBy(world, ann)).toEqual([`${id} active`, `${other} active`, `${third} active`]);
  });

  it('P3: 1,000 sign-ups for one victim, with dots and plus-tags: one a day, three in all while unconfirmed', async () => {
    const { world, pages } = await openPages();
    const { context } = world;
    await pages.post('/subscriptions', signUpForm('v.ictim@gmail.com', [`trial:${id}`]));
    const [row] = await context.db.selectFrom('requests').select('params').execute();
    const wish = JSON.parse(context.keys.decrypt(row?.params ?? Buffer.alloc(0))) as SignUp;
    const spelled = (n: number) =>
      `${[...'victim']
        .map((letter, at) => letter + ((n >> at) % 2 ? '.' : ''))
        .join('')
        .replace(/\.$/, '')}${n % 3 ? `+${n}` : ''}@${n % 2 ? 'Gmail.com' : 'gmail.com'}`;
    for (let n = 1; n < 1_000; n++) {
      const params = context.keys.encrypt(JSON.stringify({ ...wish, email: spelled(n) }));
      await addRequest(context.db, { kind: 'sign-up', params, now: context.now() });
    }
    await letWorkersWork(world);
    expect(await world.mails()).toHaveLength(1);
    for (const n of [3, 4, 5, 6]) {
      world.setNow(`${day(n)}T12:01:00Z`);
      for (const email of ['victim@gmail.com', 'vi.ctim+x@gmail.com']) {
        await pages.post('/subscriptions', { ...signUpForm(email, [`trial:${other}`]) });
      }
      await letWorkersWork(world);
    }
    expect(await world.mails()).toHaveLength(3);
    // The address itself is kept as it was typed.
    expect(new Set((await world.mails()).map((mail) => mail.to?.[0]?.address)).size).toBeGreaterThan(1);
  });

  it('P3: after confirming the counters start anew, and the same browser adds without a mail', async () => {
    const { world, pages } = await openPages();
    const cookie = await signUpAndConfirm(world, pages, ann, [`trial:${id}`]);
    expect(cookie).toMatch(/^__Host-browser=[\w-]{43}$/);
    const asked = await pages.post('/subscriptions', signUpForm(ann, [`trial:${other}`]), { cookie });
    expect(asked.headers.get('cache-control')).toBe('no-store');
    expect(asked.text).toContain('a…@e….net');
    expect(await followedBy(world, ann)).toEqual([`${id} active`]);
    expect((await agreeHere(pages, asked.text, cookie)).text).toContain('The emails start now');
    await letWorkersWork(world);
    expect(await followedBy(world, ann)).toEqual([`${id} active`, `${other} active`]);
    expect(await world.mails(ann)).toHaveLength(1);
    const watched = await world.context.db.selectFrom('subscriptions').select('watching_since').execute();
    expect(watched.map((row) => row.watching_since)).not.toContain(null);
    // Another browser, on the same day: a new mail all the same.
    await pages.post('/subscriptions', signUpForm(ann, [`trial:${third}`]));
    await letWorkersWork(world);
    expect(await world.mails(ann)).toHaveLength(2);
    expect((await followedBy(world, ann)).at(-1)).toBe(`${third} pending`);
  });

  it('P3: the browser that confirmed one address adds nothing to another, and nothing after 30 days', async () => {
    const { world, pages } = await openPages();
    const cookie = await signUpAndConfirm(world, pages, ann, [`trial:${id}`]);
    await pages.post('/subscriptions', signUpForm('bob@example.net', [`trial:${id}`]), { cookie });
    await letWorkersWork(world);
    expect(await followedBy(world, 'bob@example.net')).toEqual([`${id} pending`]);
    world.setNow('2026-12-03T12:00:00Z');
    await pages.post('/subscriptions', signUpForm(ann, [`trial:${other}`]), { cookie });
    await letWorkersWork(world);
    expect((await followedBy(world, ann)).at(-1)).toBe(`${other} pending`);
  });

  it('P3: an empty address is an error, but in the browser that confirmed, until it is signed out there', async () => {
    const { world, pages } = await openPages();
    const empty = signUpForm('', ['condition:Asthma']);
    const refused = await pages.post('/subscriptions', empty);
    expect([refused.status, refused.text.includes('id="e-email"')]).toEqual([422, true]);
    const cookie = await signUpAndConfirm(world, pages, ann, [`trial:${id}`]);
    const asked = await pages.post('/subscriptions', empty, { cookie });
    expect(asked.status).toBe(200);
    // What was agreed to is what was shown.
    const again = await agreeHere(
      pages,
      asked.text.replace(/name="seen" value="[^"]*"/, 'name="seen" value="x"'),
      cookie,
    );
    expect([again.status, await followedBy(world, ann)]).toEqual([409, [`${id} active`]]);
    await agreeHere(pages, again.text, cookie);
    expect(await followedBy(world, ann)).toEqual([`${id} active`, 'Asthma active']);
    const left = await pages.post('/manage/leave', {}, { cookie });
    expect(left.headers.getSetCookie().join()).toMatch(/__Host-browser=; Max-Age=0/);
    expect((await pages.post('/subscriptions', empty, { cookie })).status).toBe(422);
  });

  it('P3: what is followed already stays as it is, paused or not, and the page says so', async () => {
    const { world, pages } = await openPages();
    const cookie = await signUpAndConfirm(world, pages, ann, [`trial:${id}`]);
    await world.context.db.updateTable('subscriptions').set({ state: 'paused' }).execute();
    const follow = async (trials: string[]) => {
      const asked = await pages.post('/subscriptions', signUpForm('', trials), { cookie });
      return (await agreeHere(pages, asked.text, cookie)).text;
    };
    const again = await follow([`trial:${id}`]);
    expect(again).toMatch(/<h1>You already follow this<.*what is paused stays paused.*NCT09900001/s);
    expect(again).not.toMatch(/The emails start now|Your first update email/);
    const both = await follow([`trial:${id}`, `trial:${other}`]);
    expect(both).toMatch(/stays paused.*NCT09900001.*You now follow:.*NCT09900002.*Your first update email/s);
    expect(await followedBy(world, ann)).toEqual([`${id} paused`, `${other} active`]);
  });

  it('P3: a request of the version before, whose form asked for the consent, still counts', async () => {
    const { world, pages } = await openPages();
    const { context } = world;
    const cookie = await signUpAndConfirm(world, pages, ann, [`trial:${id}`]);
    await pages.post('/subscriptions', signUpForm(ann, [`trial:${other}`]));
    const [row] = await context.db.selectFrom('requests').select('params').execute();
    const wish = JSON.parse(context.keys.decrypt(row?.params ?? Buffer.alloc(0))) as SignUp;
    const before = {
      ...wish,
      browser: cookie.split('=')[1] ?? '',
      consent: { wordingVersion: 'sign-up-1', wordingHash: 'x'.repeat(64) },
    };
    await context.db.deleteFrom('requests').execute();
    const params = context.keys.encrypt(JSON.stringify(before));
    await addRequest(context.db, { kind: 'sign-up', params, now: context.now() });
    await letWorkersWork(world);
    expect(await followedBy(world, ann)).toEqual([`${id} active`, `${other} active`]);
    const consents = await context.db.selectFrom('consents').select('wording_version').execute();
    expect(consents.map((one) => one.wording_version)).toContain('sign-up-1');
  });

  it('P3: a sign-up by somebody else changes neither hour nor subject of a confirmed person, nor what they follow', async () => {
    const { world, pages } = await openPages();
    await signUpAndConfirm(world, pages, ann, [`trial:${id}`], { hour: '7', subject: 'plain' });
    await pages.post(
      '/subscriptions',
      signUpForm(ann, [`trial:${id}`], { hour: '3', trial_frequency: 'weekly', zone: 'Asia/Tokyo' }),
    );
    await letWorkersWork(world);
    expect(await followedBy(world, ann)).toEqual([`${id} active`]);
    const person = await world.context.db
      .selectFrom('subscribers')
      .select(['hour', 'timezone', 'subject'])
      .where('address_hash', '=', world.context.keys.hashAddress(ann))
      .executeTakeFirstOrThrow();
    expect(person).toEqual({ hour: 7, timezone: 'Europe/Oslo', subject: 'plain' });
  });

  it('P3: while very many sign up, a form without work done comes back filled in, and one with it goes through once', async () => {
    const { world, pages } = await openPages();
    const now = world.context.now();
    await sql`insert into rate_limits select sha256(n::text::bytea), 'confirmation', 1, ${now}, ${now}
      from generate_series(1, 300) n`.execute(world.context.db);
    const form = signUpForm(ann, [`trial:${id}`], { note: 'mine' });
    const asked = await pages.post('/subscriptions', form);
    expect(asked.status).toBe(429);
    expect(asked.text).toContain('>mine</textarea>');
    expect(asked.text).toContain('If your browser does not run it, please try again in an hour.');
    const challenge = JSON.parse(
      /data-challenge="([^"]*)"/.exec(asked.text)?.[1]?.replaceAll('&quot;', '"') ?? '',
    );
    const { solveChallenge } = await import('altcha-lib');
    const { deriveKey } = await import('altcha-lib/algorithms/sha');
    const solution = await solveChallenge({ challenge, deriveKey });
    const pack = (payload: object) => Buffer.from(JSON.stringify(payload)).toString('base64');
    for (const wrong of [
      '',
      'x',
      pack({ challenge, solution: { ...solution, counter: 1 } }),
      pack({ challenge: { ...challenge, signature: 'ab' }, solution }),
    ])
      expect((await pages.post('/subscriptions', { ...form, proof: wrong })).status).toBe(429);
    const proof = pack({ challenge, solution });
    expect((await pages.post('/subscriptions', { ...form, proof })).status).toBe(200);
    expect((await pages.post('/subscriptions', { ...form, proof })).status).toBe(429);
    for (const path of ['/follow.js', '/altcha/pow.js', '/altcha/algorithms/web/sha.js'])
      expect((await pages.get(path)).headers.get('content-type')).toMatch(/^text\/javascript/);
  });
});

describe('stored data', () => {
  it('P1, P12: names nobody: neither address nor note stands in any row, before and after the workers', async () => {
    const { world, pages } = await openPages();
    const note = 'Quirine asked for this in the clinic';
    await pages.post('/subscriptions', signUpForm('quirine@clinic.example', [`trial:${id}`], { note }));
    const stages = [await world.dump()];
    await letWorkersWork(world);
    const path = await confirmPath(world, 'quirine@clinic.example');
    expect((await pages.get(path)).text).toContain(note);
    await pages.post(path, {});
    await letWorkersWork(world);
    stages.push(await world.dump());
    for (const dump of stages)
      for (const secret of [
        'quirine',
        'clinic.example',
        note.toLowerCase(),
        path.split('/')[2]?.toLowerCase() ?? '',
      ]) {
        const hex = Buffer.from(secret).toString('hex');
        expect(dump.filter((line) => line.toLowerCase().includes(secret) || line.includes(hex))).toEqual([]);
      }
    const [mail] = await world.mails('quirine@clinic.example');
    expect(`${mail?.subject} ${mail?.text} ${mail?.html}`).not.toMatch(/asked for this|NCT\d|asthma/i);
  });
});
