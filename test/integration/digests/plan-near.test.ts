import { sql } from 'kysely';
import PostalMime from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import type { SubscriptionFilters } from '../../../src/core/subscriptions/filters.ts';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { unwrapText } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';
import { type StudyParts, study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

let world: World;
let sink: SmtpSink;
let pages: Pages;
afterEach(async () => {
  await pages.close();
  await world.close();
  await sink.close();
});

const leipzig: SubscriptionFilters = {
  place: { lat: 51.33962, lon: 12.37129, km: 100, name: 'Leipzig, Germany' },
};
const bergen = 'Zeta Clinic, Bergen, Norway @ 60.39 5.32';
const halle = 'Klinikum Halle, Halle, Germany @ 51.48158 11.97947';
const paris = 'Hôpital Nord, Paris, France @ 48.85341 2.3488';

/** Somebody follows asthma near Leipzig, every day; two trials with a site in reach and two without are watched. */
async function open(filters: SubscriptionFilters = leipzig) {
  sink = await startSmtpSink();
  const studies = [
    study('NCT09900001', { sites: [bergen], status: 'NOT_YET_RECRUITING' }),
    study('NCT09900002', { sites: [halle, bergen], status: 'NOT_YET_RECRUITING' }),
    study('NCT09900003', { sites: [halle] }),
  ];
  const days = [{ timestamp: '2026-11-02T09:00:04', studies }];
  world = await openWorld({ days, config: { smtpUrl: sink.url, mailRatePerDomain: 0 } });
  const facets = ['status', 'sites', 'dates', 'registration'] as const;
  await world.subscribe('ann@example.net', {
    conditions: ['asthma'],
    facets: [...facets],
    frequency: 'daily',
  });
  await sql`update subscriptions set filters = ${JSON.stringify(filters)}::jsonb`.execute(world.context.db);
  pages = await servePages(world);
}

async function pollAndPlan(trials: Record<string, StudyParts>): Promise<number[]> {
  const studies = Object.entries(trials).map(([id, parts]) =>
    study(id, { updatedOn: '2026-11-03', ...parts }),
  );
  world.refresh('2026-11-03T09:00:04', studies);
  world.setNow('2026-11-03T12:00:00Z');
  await world.poll();
  world.setNow('2026-11-04T09:00:00Z');
  return (await planDigests(world.context)).deliveryIds;
}

async function receive(id: number | undefined) {
  await sendDelivery(world.context, id ?? -1);
  const raw = sink.mails[0]?.message.toString() ?? '';
  return { raw, mail: await PostalMime.parse(raw) };
}

const news = {
  NCT09900001: { sites: [bergen], status: 'RECRUITING' },
  NCT09900002: { sites: [halle, bergen], status: 'RECRUITING' },
  NCT09900003: { sites: [halle, paris, bergen] },
};

describe('near a place', () => {
  it('D2: what now recruits near it stands first, with the distance; far sites are folded; the page says the same', async () => {
    await open();
    const [id] = await pollAndPlan(news);
    const { mail, raw } = await receive(id);
    const text = unwrapText(mail.text ?? '');
    const said = [
      '1 trial is now listed as recruiting near Leipzig and 1 trial has changed sites.',
      'Nearest site listed as recruiting: Klinikum Halle, Halle, Germany, about 31 km (19 miles) from Leipzig.',
      '2 new sites farther away: 1 in France and 1 in Norway.',
    ];
    for (const sentence of said) expect(text).toContain(sentence);
    expect(text.match(/NCT0990000\d, listed/g)).toEqual(['NCT09900002, listed', 'NCT09900003, listed']);
    // D6: the place stands in the body alone.
    const headers = raw.slice(0, raw.indexOf('\r\n\r\n'));
    expect(headers).not.toMatch(/Leipzig|Halle|asthma|NCT/i);
    const path = /https:\/\/[^/]+(\/digests\/\S+)/.exec(mail.text ?? '')?.[1];
    const page = await pages.get(path ?? '');
    for (const sentence of said) expect(page.text).toContain(sentence);
  });

  it('D2: a digest composed again while it waited says it as before', async () => {
    await open();
    await world.subscribe('ann@example.net', { trials: ['NCT09900001'] });
    const [id] = await pollAndPlan(news);
    await sql`update subscriptions set state = 'ended', ended_at = now() where kind = 'trial'`.execute(
      world.context.db,
    );
    const { mail } = await receive(id);
    const text = unwrapText(mail.text ?? '');
    expect(text).toContain('1 trial is now listed as recruiting near Leipzig and 1 trial has changed sites.');
    expect(text).not.toContain('NCT09900001');
  });

  it('M3: the first site in reach makes a trial new, near and first of all', async () => {
    await open();
    const [id] = await pollAndPlan({
      NCT09900001: { sites: [bergen, halle], status: 'RECRUITING' },
      NCT09900003: { sites: [halle], status: 'SUSPENDED' },
    });
    const { mail } = await receive(id);
    const text = unwrapText(mail.text ?? '');
    expect(text).toContain(
      '1 trial listed as recruiting near Leipzig is new to you and 1 trial is now listed as paused.',
    );
    expect(text).toContain(
      'Listed as recruiting. Nearest site listed as recruiting: Klinikum Halle, Halle, Germany, about 31 km (19 miles) from Leipzig.',
    );
  });

  it('a country alone: its sites first, those of others by name after them', async () => {
    await open({ country: 'Germany' });
    const [id] = await pollAndPlan({
      NCT09900003: { sites: [halle, paris, 'Klinik Ost, Zwickau, Germany @ 50.7 12.5'] },
    });
    const { mail } = await receive(id);
    const text = unwrapText(mail.text ?? '');
    expect(text.indexOf('Zwickau')).toBeGreaterThan(0);
    expect(text.indexOf('Zwickau')).toBeLessThan(text.indexOf('Paris'));
    expect(text).not.toContain('farther away');
  });
});
