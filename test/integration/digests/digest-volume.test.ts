import { sql } from 'kysely';
import PostalMime, { type Email } from 'postal-mime';
import { afterEach, describe, expect, it } from 'vitest';
import { sendDelivery } from '../../../src/jobs/delivery/send.ts';
import { planDigests } from '../../../src/jobs/digests/plan.ts';
import { htmlLimitBytes } from '../../../src/mail/render.ts';
import { unwrapText, visibleBlocks } from '../../support/html-text.ts';
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

const idOf = (n: number) => `NCT${String(9_910_000 + n).padStart(8, '0')}`;

async function open(studies: unknown[]) {
  sink = await startSmtpSink();
  world = await openWorld({
    days: [{ timestamp: '2026-11-02T09:00:04', studies }],
    config: { smtpUrl: sink.url, mailRatePerDomain: 0 },
  });
  pages = await servePages(world);
}

/** The registry's data of a day in November 2026, polled at noon. */
async function pollOn(day: number, studies: Record<string, StudyParts>) {
  const on = `2026-11-${String(day).padStart(2, '0')}`;
  world.refresh(
    `${on}T09:00:04`,
    Object.entries(studies).map(([id, parts]) => study(id, { updatedOn: on, ...parts })),
  );
  world.setNow(`${on}T12:00:00Z`);
  return world.poll();
}

async function planOn(day: number): Promise<number[]> {
  world.setNow(`2026-11-${String(day).padStart(2, '0')}T09:00:00Z`);
  return (await planDigests(world.context)).deliveryIds;
}

async function receive(id: number | undefined): Promise<Email & { raw: string }> {
  await sendDelivery(world.context, id ?? -1);
  const raw = sink.mails.at(-1)?.message.toString() ?? '';
  return { ...(await PostalMime.parse(raw)), raw };
}

describe('a digest of very much', () => {
  it('D5, D1: one mail for all of it below 80 KB: the rest is counted, stands on its page, and is never sent again', async () => {
    const ids = Array.from({ length: 96 }, (_, n) => idOf(n));
    await open(ids.map((id) => study(id, { status: 'NOT_YET_RECRUITING' })));
    await world.subscribe('ann@example.net', {
      conditions: ['asthma'],
      trials: ids.slice(0, 3),
      frequency: 'weekly',
      facets: ['status'],
    });
    // Two days' changes: more at once would be held as the registry's own doing.
    await pollOn(3, Object.fromEntries(ids.slice(0, 48).map((id) => [id, { status: 'RECRUITING' }])));
    await pollOn(
      4,
      Object.fromEntries(
        ids.map((id, n) => [
          id,
          n < 48 ? { status: 'RECRUITING' } : { status: 'SUSPENDED', whyStopped: 'Supply' },
        ]),
      ),
    );
    const deliveries = await planOn(9);
    expect(deliveries).toHaveLength(1);
    const { html = '', text = '', subject } = await receive(deliveries[0]);
    expect(Buffer.byteLength(html)).toBeLessThan(htmlLimitBytes);
    expect(subject).toBe('96 trials you follow changed in the registry');
    const shown = ids.filter((id) => html.includes(`${id}, listed`));
    expect(shown.length).toBeLessThan(96);
    // The weightiest are shown.
    expect(ids.slice(0, 48).filter((id) => !shown.includes(id))).toEqual([]);
    for (const part of [visibleBlocks(html).join(' '), unwrapText(text)])
      expect(part).toContain(`${96 - shown.length} more trials have changes. They belong to this email`);
    const page = await pages.get(/https:\/\/[^/]+(\/digests\/\S+)/.exec(text)?.[1] ?? '');
    expect(ids.filter((id) => !page.text.includes(`${id}, listed`))).toEqual([]);
    expect(await planOn(16)).toEqual([]);
    const { rows } = await sql`select count(distinct change_id)::int as n from digest_items`.execute(
      world.context.db,
    );
    expect(rows).toEqual([{ n: 96 }]);
  });
});

describe('bad input, from the registry to the mail', () => {
  it('a trial with a megabyte of text, one written from right to left, and a hundred sites in one change', async () => {
    const hundred = Array.from({ length: 100 }, (_, n) => `Clinic ${n}, City ${n}, Country ${n % 30}`);
    const arabic = 'تجربة سريرية لعلاج الربو (CAR-T) لدى الأطفال';
    const before = { status: 'RECRUITING' };
    await open([idOf(1), idOf(2), idOf(3)].map((id) => study(id, before)));
    await world.subscribe('ann@example.net', { trials: [idOf(1), idOf(2), idOf(3)] });
    await pollOn(3, {
      [idOf(1)]: {
        status: 'SUSPENDED',
        whyStopped: 'A very long reason. '.repeat(50_000),
        title: 'A very long title. '.repeat(50_000),
        summary: 'A very long summary. '.repeat(50_000),
        sites: ['Zeta Clinic, Bergen, Norway'],
      },
      [idOf(2)]: { ...before, title: `\u202e${arabic}`, completion: '2031-06-30' },
      [idOf(3)]: { ...before, sites: ['Zeta Clinic, Bergen, Norway', ...hundred] },
    });
    const deliveries = await planOn(4);
    expect(deliveries).toHaveLength(1);
    const { html = '', text = '', raw } = await receive(deliveries[0]);
    expect(Buffer.byteLength(html)).toBeLessThan(20_000);
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
    for (const part of [visibleBlocks(html).join(' '), unwrapText(text)]) {
      expect(part).toContain(`${idOf(1)}, listed as paused`);
      expect(part).toContain('shortened: “A very long reason.');
      expect(part).toContain(arabic);
      expect(part).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
      expect(part).toMatch(/9\d more new sites: /);
    }
    expect(html).toContain(`<bdi>${arabic}</bdi>`);
    // Nothing is lost: every site and the whole texts are in the stored change and version.
    expect((await world.changes(idOf(3))).filter(({ kind }) => kind === 'site-added')).toHaveLength(100);
    expect((await world.versions(idOf(1))).at(-1)?.title.length).toBeGreaterThan(900_000);
    const page = await pages.get(/https:\/\/[^/]+(\/digests\/\S+)/.exec(text)?.[1] ?? '');
    expect([page.status, page.text.length < 60_000]).toEqual([200, true]);
  });
});
