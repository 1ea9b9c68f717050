import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import { expireRows } from '../../../src/db/maintenance/retention.ts';
import { keptDays } from '../../../src/web/site/legal.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type WorldOptions } from '../../support/world.ts';

const open = useWorlds();
const served: Pages[] = [];
afterEach(async () => {
  for (const pages of served.splice(0)) await pages.close();
});
async function openPages(config: WorldOptions['config'] = {}): Promise<Pages> {
  const pages = await servePages(await open({ config }));
  served.push(pages);
  return pages;
}
const textOf = (html: string) => visibleBlocks(html).join('\n');

const named = {
  operator: { name: 'Example Charity', address: '1 Example Street', privacyContact: 'privacy@example.org' },
  minAge: 18,
};

describe('the pages about the service', () => {
  it('may be kept and found, and stand in every page’s foot', async () => {
    const pages = await openPages(named);
    const home = (await pages.get('/')).text;
    for (const path of ['/about', '/privacy', '/terms', '/operator']) {
      const { status, text, headers } = await pages.get(path);
      expect([path, status, headers.get('x-robots-tag')]).toEqual([path, 200, null]);
      expect(headers.get('etag')).toMatch(/^"/);
      expect(text.match(/<h1>/g)).toHaveLength(1);
      expect(home).toContain(`href="${path}"`);
    }
  });

  it('name the operator, how to reach them, and the least age', async () => {
    const pages = await openPages(named);
    const operator = (await pages.get('/operator')).text;
    expect(textOf(operator)).toMatch(/Example Charity[\s\S]*1 Example Street/);
    expect(operator).toContain('href="mailto:privacy@example.org"');
    const privacy = (await pages.get('/privacy')).text;
    expect(privacy).toContain('href="mailto:privacy@example.org"');
    expect(textOf(privacy)).toContain('You must be at least 18 years old.');
    expect(textOf(privacy)).toContain('A record of what they do is kept for good under these');
    expect(textOf((await pages.get('/terms')).text)).toContain('if you are at least 18 years old');
  });

  it('say so where the operator has given nothing', async () => {
    const pages = await openPages();
    expect(textOf((await pages.get('/operator')).text)).toContain('has not given an address yet');
    expect(textOf((await pages.get('/privacy')).text)).toContain('has not given a contact yet');
  });

  it('tell who else sees the mails: the relay where there is one, and the mailbox provider', async () => {
    const without = textOf((await (await openPages()).get('/privacy')).text);
    const relay = 'It sees your address and the text of each email.';
    expect(without).not.toContain(relay);
    expect(without).toContain('Your email provider gets each email and can read it.');
    const pages = await openPages({ smtpUrl: 'smtp://127.0.0.1:9' });
    expect(textOf((await pages.get('/privacy')).text)).toContain(relay);
  });

  it('P4: promise the times that are kept', async () => {
    const shown = textOf((await (await openPages()).get('/privacy')).text);
    for (const days of [7, 28, 30, 90]) expect(shown).toContain(`${days} days`);

    const world = await open({
      days: [{ timestamp: '2026-11-02T09:00:04', studies: [study('NCT09900001')] }],
    });
    const { db } = world.context;
    const now = '2027-11-02T12:00:00.000Z';
    const ago = (days: number) => new Date(Date.parse(now) - days * 86_400_000).toISOString();
    for (const [email, state, days] of [
      ['pending-old@example.net', 'pending', keptDays.unconfirmed + 1],
      ['pending-new@example.net', 'pending', keptDays.unconfirmed - 1],
      ['ended-old@example.net', 'ended', keptDays.stopped + 1],
      ['ended-new@example.net', 'ended', keptDays.stopped - 1],
    ] as const) {
      const [subscribed] = await world.subscribe(email, { trials: ['NCT09900001'] });
      expect(subscribed).toBeDefined();
      const which = sql`where id = (select max(id) from subscriptions)`;
      await sql`update subscriptions set words = ${email}, state = ${state}, created_at = ${ago(days)}, ended_at = ${ago(days)} ${which}`.execute(
        db,
      );
      await sql`update subscribers set created_at = ${ago(days)} where id = (select max(id) from subscribers)`.execute(
        db,
      );
    }
    for (const kind of ['requests', 'rateLimits'] as const) {
      for (const days of [keptDays[kind] + 1, keptDays[kind] - 1]) {
        const at = ago(days);
        if (kind === 'requests')
          await sql`insert into requests (kind, params, due_at, created_at) values (${`${days}`}, '', ${at}, ${at})`.execute(
            db,
          );
        else
          await sql`insert into rate_limits (address_hash, kind, times, first_at, last_at) values ('', ${`${days}`}, 1, ${at}, ${at})`.execute(
            db,
          );
      }
    }
    const subscriber = sql`(select min(id) from subscribers)`;
    await sql`insert into digests (subscriber_id, horizon, content, due_at, planned_at)
      select ${subscriber}, d, '{}', ${now}, ${now}::timestamptz - d * interval '1 day'
      from unnest(${[keptDays.digests + 1, keptDays.digests - 1]}::int[]) as d`.execute(db);
    await sql`delete from deliveries`.execute(db);
    await sql`insert into deliveries (kind, subscriber_id, phase, attempts, due_at, planned_at, finished_at)
      select 'manage', ${subscriber}, 'sent', d, ${now}, ${now}, ${now}::timestamptz - d * interval '1 day'
      from unnest(${[keptDays.otherMails + 1, keptDays.otherMails - 1]}::int[]) as d`.execute(db);
    await sql`insert into bounces (delivery_id, kind, bounced_at)
      select max(d.id), b.kind, ${now}::timestamptz - days * interval '1 day'
      from deliveries d, (values ('soft', ${keptDays.bounces + 1}::int), ('hard', ${keptDays.bounces - 1})) as b (kind, days)
      group by b.kind, days`.execute(db);
    await sql`update subscribers set created_at = ${now} where id = ${subscriber}`.execute(db);

    await expireRows(db, now);
    const left = async (query: ReturnType<typeof sql<{ left: string | number }>>) =>
      (await query.execute(db)).rows.map((row) => String(row.left));
    expect(await left(sql`select words as left from subscriptions order by 1`)).toEqual([
      'ended-new@example.net',
      'pending-new@example.net',
    ]);
    expect(await left(sql`select kind as left from requests`)).toEqual([String(keptDays.requests - 1)]);
    expect(await left(sql`select kind as left from bounces`)).toEqual(['hard']);
    expect(await left(sql`select kind as left from rate_limits`)).toEqual([String(keptDays.rateLimits - 1)]);
    expect(await left(sql`select horizon as left from digests`)).toEqual([String(keptDays.digests - 1)]);
    expect(await left(sql`select attempts as left from deliveries`)).toEqual([
      String(keptDays.otherMails - 1),
    ]);
  });

  it('robots may read the public pages, and neither personal ones nor the search', async () => {
    const pages = await openPages();
    const { status, text, headers } = await pages.get('/robots.txt');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    const closed = [...text.matchAll(/^Disallow: (.*)$/gm)].map(([, path]) => path);
    for (const path of ['/manage', '/confirm', '/unsubscribe', '/digests', '/search', '/suggest', '/follow'])
      expect(closed).toContain(path);
    for (const path of ['/', '/trials', '/conditions', '/about', '/privacy'])
      expect(closed.some((one) => path.startsWith(one ?? '-'))).toBe(false);
  });
});
