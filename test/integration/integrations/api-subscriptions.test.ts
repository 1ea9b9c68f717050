import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { endApiKey, listApiKeys } from '../../../src/db/integrations/api-keys.ts';
import { doDueRequests } from '../../../src/jobs/requests.ts';
import type { Said } from '../../support/api.ts';
import { type Api, addKey, serveApi } from '../../support/api-world.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World, type WorldOptions } from '../../support/world.ts';

const open = useWorlds();
const served: Api[] = [];
afterEach(async () => {
  for (const api of served.splice(0)) await api.close();
});
const id = 'NCT09900001';
const path = '/api/v1/subscriptions';
async function openWith(options: WorldOptions = {}): Promise<{ world: World; api: Api }> {
  const world = await open({
    days: [{ timestamp: '2026-11-02T09:00:04', studies: [study(id)] }],
    ...options,
  });
  await world.subscribe('ann@example.net', { conditions: ['asthma'] });
  const api = await serveApi(world);
  served.push(api);
  return { world, api };
}
/** The effects of the workers and then of the mails. */
async function work(world: World): Promise<void> {
  await doDueRequests(world.context);
  await world.round();
}
const wish = { email: 'bob@example.net', trials: [id.toLowerCase()], conditions: ['Asthma'] };

describe('subscriptions that an organisation asks for', () => {
  it('P4: wait for the person, who gets the usual mail, sees them and confirms', async () => {
    const { world, api } = await openWith();
    const { authorization } = await addKey(world);
    const asked = { ...wish, hour: 7, timezone: 'Europe/Berlin', frequency: 'weekly', changes: ['status'] };
    const { status, json } = await api.post<Said['subscription']>(path, asked, { authorization });
    expect(status).toBe(202);
    expect(json.following).toEqual([
      { kind: 'trial', asked: id, id, name: `Made-up study ${id}` },
      { kind: 'condition', asked: 'Asthma', id: null, name: 'Asthma' },
    ]);
    await work(world);
    const [mail] = await world.mails('bob@example.net');
    const link = /https:\/\/bell\.example\.org(\/confirm\/[\w-]+)/.exec(mail?.text ?? '')?.[1] ?? '';
    expect(mail?.text).not.toMatch(/asthma|NCT|Lung Charity/i);
    const rows = () =>
      sql<{ state: string; frequency: string; facets: string[]; hour: number }>`
        select s.state, s.frequency, s.facets, p.hour from subscriptions s join subscribers p on p.id = s.subscriber_id
        where p.timezone = 'Europe/Berlin' order by s.id`
        .execute(world.context.db)
        .then((result) => result.rows);
    const waiting = { state: 'pending', frequency: 'weekly', facets: ['status'], hour: 7 };
    expect(await rows()).toEqual([waiting, waiting]);
    const page = await fetch(api.url + link);
    expect(await page.text()).toContain('Asthma');
    await fetch(api.url + link, { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } });
    expect((await rows()).map(({ state }) => state)).toEqual(['active', 'active']);
    const consents = await sql<{ way: string }>`select way from consents order by id desc limit 1`.execute(
      world.context.db,
    );
    expect(consents.rows[0]?.way).toContain('confirmed by the link of a mail');
  });

  it('M4: name several things in one text, or are refused with what a number is', async () => {
    const { world, api } = await openWith();
    const { authorization } = await addKey(world);
    const send = (body: object) => api.post<Said['subscription']>(path, body, { authorization });
    const { json } = await send({ email: 'eve@example.net', conditions: [`lung cancer, ${id}`] });
    expect(json.following.map(({ kind, name }) => [kind, name])).toEqual([
      ['trial', `Made-up study ${id}`],
      ['condition', 'Lung Neoplasms'],
    ]);
    const refused = await send({ email: 'eve@example.net', trials: [id, 'DRKS00012345'] });
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.json)).toMatch(/trials\[1\].*is a number of the German registry \(DRKS\)/);
  });

  it('P2: are answered the same for a new, pending, confirmed and suppressed address, without a look at it', async () => {
    const { world, api } = await openWith();
    const { authorization } = await addKey(world);
    const { db, keys } = world.context;
    await api.post(path, { ...wish, email: 'waits@example.net' }, { authorization });
    await work(world);
    await sql`insert into suppressions values (${keys.hashAddress('never@example.net')}, 'never', now())`.execute(
      db,
    );
    // The key's own count is about the key.
    const withoutKeyCount = async () => {
      await sql`delete from rate_limits where kind = 'key-sign-up'`.execute(db);
      return (await world.dump()).filter((line) => !/^(requests|api_keys)/.test(line));
    };
    const answers = [];
    for (const email of ['new@example.net', 'waits@example.net', 'ann@example.net', 'never@example.net']) {
      const before = await withoutKeyCount();
      const { status, headers, json } = await api.post(path, { ...wish, email }, { authorization });
      const { date: _, ...rest } = Object.fromEntries(headers);
      answers.push(JSON.stringify([status, rest, json]));
      // Only an encrypted request contains the address.
      expect(await withoutKeyCount()).toEqual(before);
    }
    expect(new Set(answers).size).toBe(1);
    expect((await world.dump()).join('\n')).not.toMatch(/new@example\.net/);
    await work(world);
    expect(await world.mails('never@example.net')).toEqual([]);
  });

  it('P3: mail a person once in 24 hours and three times in all, whatever a key asks', async () => {
    const { world, api } = await openWith();
    const { authorization } = await addKey(world);
    const victims = ['vic.tim@example.net', 'victim+1@example.net', 'VICTIM@example.net'];
    for (let day = 2; day < 9; day++) {
      world.setNow(`2026-11-0${day}T12:00:00Z`);
      for (const email of victims) await api.post(path, { ...wish, email }, { authorization });
      await doDueRequests(world.context);
    }
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from deliveries where kind = 'confirmation'`.execute(world.context.db);
    expect(rows[0]?.n).toBe(3);
  });

  it.each([
    [{ ...wish, email: 'bob' }, 400, 'email'],
    [{ ...wish, email: 'bob@example.net\r\nBcc: x@example.net' }, 400, 'email'],
    [{ trials: [id] }, 400, 'email'],
    [{ email: 'bob@example.net' }, 400, 'trials'],
    [{ ...wish, confirmed: true }, 400, 'body'],
    [{ ...wish, hour: 24 }, 400, 'hour'],
    [{ ...wish, timezone: 'Mars/Base' }, 400, 'timezone'],
    [{ ...wish, timezone: '+02:00' }, 400, 'timezone'],
    [{ ...wish, frequency: 'hourly' }, 400, 'frequency'],
    [{ ...wish, changes: ['status', 'gossip'] }, 400, 'changes[1]'],
    [{ ...wish, language: 'xx' }, 400, 'language'],
    [{ ...wish, trials: Array.from({ length: 51 }, () => id) }, 400, 'trials'],
    [{ ...wish, trials: ['\u0000'] }, 400, 'trials[0]'],
    [{ ...wish, conditions: ['asthma', '\u200b"'] }, 400, 'conditions[1]'],
    [[wish], 400, 'body'],
    [null, 400, 'body'],
    [{ ...wish, trials: [id, 'NCT12'] }, 422, 'trials[1]'],
    [{ ...wish, conditions: ['asthma', 'recurrence'] }, 422, 'conditions[1]'],
    [{ ...wish, conditions: ['qwertyuiop'] }, 422, 'conditions[0]'],
    [{ ...wish, conditions: ['neoplasms'], frequency: 'daily' }, 422, 'frequency'],
  ])('that are wrong are refused whole, and the parameter is named: %#', async (body, status, parameter) => {
    const { world, api } = await openWith();
    const { authorization } = await addKey(world);
    const got = await api.post(path, body, { authorization });
    expect([got.status, got.json.errors?.map((fault) => fault.parameter)]).toEqual([status, [parameter]]);
    const { rows } = await sql`select from requests`.execute(world.context.db);
    expect(rows).toEqual([]);
  });

  it('must be JSON, of an ordinary size', async () => {
    const { world, api } = await openWith();
    const { authorization } = await addKey(world);
    for (const [body, type, status] of [
      ['{"email":', 'application/json', 400],
      ['', 'application/json', 400],
      ['email=bob@example.net', 'application/x-www-form-urlencoded', 415],
      ['email', 'text/plain', 415],
      [JSON.stringify({ ...wish, email: 'x'.repeat(70_000) }), 'application/json', 413],
    ] as const)
      expect([type, (await api.post(path, body, { authorization, 'content-type': type })).status]).toEqual([
        type,
        status,
      ]);
  });
});

describe('keys', () => {
  it('P1: are kept as a hash; without one that is in use nothing is done', async () => {
    const { world, api } = await openWith();
    const { id: keyId, token, authorization } = await addKey(world);
    expect((await world.dump()).join('\n')).not.toContain(token);
    const { db } = world.context;
    for (const sent of [
      {},
      { authorization: 'Bearer tbk_x' },
      { authorization: `Basic ${token}` },
      { authorization: `Bearer tbk_${'A'.repeat(43)}` },
    ]) {
      const { status, headers } = await api.post(path, wish, sent as Record<string, string>);
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Trialbell API"']);
    }
    expect((await api.post(path, wish, { authorization })).status).toBe(202);
    expect(await endApiKey(db, keyId, world.context.now())).toBe(true);
    expect(await endApiKey(db, keyId, world.context.now())).toBe(false);
    expect((await api.post(path, wish, { authorization })).status).toBe(401);
    expect(await listApiKeys(db)).toMatchObject([
      { name: 'Lung Charity', endedAt: '2026-11-02T12:00:00.000Z' },
    ]);
    const { rows } = await sql`select from requests`.execute(db);
    expect(rows).toHaveLength(1);
  });

  it('do what their scopes say alone', async () => {
    const { world, api } = await openWith();
    const { authorization } = await addKey(world, { scopes: [] });
    const { status, headers } = await api.post(path, wish, { authorization });
    expect([status, headers.get('www-authenticate')]).toEqual([
      403,
      'Bearer error="insufficient_scope", scope="subscriptions"',
    ]);
  });

  it('read nothing about people: no address of the API answers more with a key', async () => {
    const { world, api } = await openWith();
    const { authorization } = await addKey(world);
    for (const one of ['/api/v1/subscriptions', '/api/v1/subscribers', '/api/v1/subscriptions/1'])
      expect([one, (await api.get(one, { authorization })).status]).toEqual([one, 404]);
    const without = await api.get<Said['trial']>(`/api/v1/trials/${id}`);
    const withKey = await api.get<Said['trial']>(`/api/v1/trials/${id}`, { authorization });
    expect(withKey.json).toEqual(without.json);
  });

  it('may be used so often in an hour over all processes, exactly; then again after Retry-After', async () => {
    const { world, api } = await openWith();
    const second = await serveApi(world);
    served.push(second);
    const { authorization } = await addKey(world, { hourly: 7 });
    const wrong = { email: 'bob' };
    const at = (instant: string) => world.setNow(instant);
    const burst = async () => {
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, n) => (n % 2 ? api : second).post(path, wrong, { authorization })),
      );
      return all.map(({ status }) => status).sort();
    };
    expect(await burst()).toEqual([...Array(7).fill(400), ...Array(13).fill(429)]);
    at('2026-11-02T12:40:00Z');
    const tired = await api.post(path, wish, { authorization });
    expect([tired.status, tired.headers.get('retry-after')]).toEqual([429, '1200']);
    at('2026-11-02T12:59:59.500Z');
    expect((await api.post(path, wish, { authorization })).headers.get('retry-after')).toBe('1');
    at('2026-11-02T13:00:00Z');
    expect(await burst()).toEqual([...Array(7).fill(400), ...Array(13).fill(429)]);
    const other = await addKey(world);
    expect((await api.post(path, wish, { authorization: other.authorization })).status).toBe(202);
  });
});
