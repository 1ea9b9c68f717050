import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { listHeldChanges } from '../../../src/db/ingest/holds.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import { releaseHeldChanges } from '../../../src/use-cases/admin/decide-held.ts';
import { findHtmlFaults } from '../../support/browser.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { hasDocumentReader, readDocument } from '../../support/document-reader.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { type Pages, servePages } from '../../support/pages.ts';
import { type SignedIn, signIn } from '../../support/sign-in.ts';
import { manyStudies, study } from '../../support/study.ts';
import { openWorld, type World } from '../../support/world.ts';

const [one, two, three] = ['NCT09900001', 'NCT09900002', 'NCT09900003'] as const;
const ann = 'ann@example.net';
const hostile = 'Lung <script>alert(1)</script> & "co"';
const introduction = 'Dear members,\n\nsee <b>below</b> ]]> \u202e\u0007 https://bad.example/pay';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

describe('a report of a list', () => {
  let world: World;
  let pages: Pages;
  let owner: SignedIn;
  let path = '';

  beforeAll(async () => {
    const usual = (id: string, parts = {}) =>
      study(id, { title: `Made-up <i>trial</i> ${id.slice(-1)}`, ...parts });
    const studies = [one, two, three].map((id) => usual(id));
    world = await openWorld({ days: [{ timestamp: '2026-11-02T09:00:04', studies }] });
    await world.subscribe(ann, { trials: [one, two, three] });
    pages = await servePages(world);
    const days = [
      ['03', { status: 'SUSPENDED', whyStopped: 'Supply & <more>' }, { status: 'SUSPENDED' }],
      ['04', { status: 'SUSPENDED', whyStopped: 'Supply & <more>' }, {}],
    ] as const;
    for (const [day, first, second] of days) {
      const updatedOn = `2026-11-${day}`;
      world.refresh(`${updatedOn}T09:00:04`, [
        usual(one, { ...first, updatedOn }),
        usual(two, { ...second, updatedOn }),
        usual(three),
      ]);
      world.setNow(`${updatedOn}T12:00:00Z`);
      await world.round();
    }
    world.setNow('2026-11-06T12:00:00Z');
    owner = await signIn(world, pages, ann);
    const made = await owner.post('/manage/lists', {
      name: hostile,
      organization: 'Charity <&>',
      open: 'public',
    });
    path = made.headers.get('location') ?? '';
    await owner.post(path, { act: 'add', text: `number,reason\n${one},=Many asked\n${two},\n${three},` });
  });
  afterAll(async () => {
    await pages?.close();
    await world?.close();
  });

  const report = (fields: Record<string, string> = {}) =>
    owner.post(`${path}/report`, { introduction, contact: 'help@charity.example', ...fields });
  const said = (text: string) => text.replace(/\s+/g, ' ');
  /** What each form of a report has to say, and what it must not. */
  const expectTold = (text: string) => {
    for (const part of [
      `What changed: ${hostile}`,
      'A report from Charity <&>, from October 30, 2026 to November 5, 2026.',
      'Charity <&> writes:',
      'see <b>below</b> ]]> https://bad.example/pay',
      '1 trial on this list changed in the registry:',
      'Made-up <i>trial</i> 1',
      'Status: Now listed as paused (suspended). Before: recruiting.',
      'Supply & <more>',
      'The record was last updated on November 4, 2026.',
      'Why it is on this list, in the list owner’s words: “=Many asked”',
      'Official record on ClinicalTrials.gov',
      'Questions about this report: help@charity.example',
      'a trial on the list is not recommended by being there',
      'It is not medical advice.',
    ])
      expect(text).toContain(part);
    // The second trial’s change was taken back, and nobody’s own subscription is a reason.
    expect(text).not.toMatch(/Made-up <i>trial<\/i> [23]|you follow/);
    for (const invisible of ['\u202e', '\u0007']) expect(text).not.toContain(invisible);
  };

  it('D1: tells what is left of the released changes of a week, with old and new, on a page of its owner', async () => {
    const first = await owner.get(`${path}/report`);
    expect(await findHtmlFaults(first.text)).toEqual([]);
    expect(said(visibleBlocks(first.text).join(' '))).toContain('1 trial on this list changed');
    const { text } = await report({ as: 'page' });
    expect(await findHtmlFaults(text)).toEqual([]);
    expectTold(said(visibleBlocks(text).join(' ')));
    expect(text).not.toContain('href="https://bad.example');
    expect((await pages.get(`${path}/report`)).text).toContain('name="email"');
  });

  it('is saved as text and as HTML that needs nothing else', async () => {
    const text = await report({ as: 'text' });
    expect(text.headers.get('content-disposition')).toBe(
      'attachment; filename="trialbell-report-2026-10-30-2026-11-05.txt"',
    );
    expectTold(said(text.text.replaceAll('\n> ', '\n')));
    expect(text.text).toContain('https://clinicaltrials.gov/study/NCT09900001');
    const { text: html } = await report({ as: 'html' });
    // Its looks stand in its elements, so that they survive being pasted.
    const faults = await findHtmlFaults(html);
    expect(faults.filter((one) => !one.includes('no-inline-style'))).toEqual([]);
    expectTold(said(visibleBlocks(html).join(' ')));
    expect(html).not.toMatch(/<script|<link|class=|src=|href="https:\/\/bad/);
  });

  it.skipIf(!hasDocumentReader)(
    'is saved as DOCX that a foreign reader opens, with headings and links',
    async () => {
      const answer = await fetch(`${pages.url}${path}/report`, {
        method: 'POST',
        headers: { cookie: owner.cookie, 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ introduction, contact: 'help@charity.example', as: 'docx' }),
      });
      const { paragraphs, links } = readDocument(Buffer.from(await answer.arrayBuffer()));
      expectTold(said(paragraphs.map(([, text]) => text).join(' ')));
      expect(paragraphs[0]).toEqual(['Heading 1', `What changed: ${hostile}`]);
      expect(paragraphs.filter(([style]) => style === 'Heading 2').map(([, text]) => text)).toEqual([
        'Made-up <i>trial</i> 1',
      ]);
      expect(links).toContain('https://clinicaltrials.gov/study/NCT09900001');
      expect(links.join()).not.toContain('bad.example');
    },
  );

  it('speaks the language that its owner chooses, with the registry’s words marked', async () => {
    const { text } = await report({ as: 'html', language: 'es' });
    expect(text).toContain('<html lang="es">');
    expect(text).toContain('Qué cambió:');
    expect(text).toContain('<span lang="en">Made-up &lt;i&gt;trial&lt;/i&gt; 1</span>');
  });

  it('says that no change was seen, and that a record changed again after these days', async () => {
    const quiet = await report({ as: 'text', period: 'days', from: '2026-11-05', to: '2026-11-05' });
    expect(said(quiet.text)).toContain('We have not seen a change in what is on this list in these days.');
    const past = await report({ as: 'text', period: 'days', from: '2026-11-03', to: '2026-11-03' });
    expect(said(past.text)).toMatch(
      /Made-up <i>trial<\/i> 2 .*Now listed as paused.*This record changed again after November 3, 2026\. Its page shows what is listed now\./,
    );
  });

  it.each([
    ['days the wrong way round', { period: 'days', from: '2026-11-05', to: '2026-11-04' }, 'Choose two days'],
    ['no days', { period: 'days', from: '', to: 'x' }, 'Choose two days'],
    ['a long introduction', { introduction: 'a'.repeat(2_001) }, 'The introduction is too long.'],
    ['a long contact', { contact: 'a'.repeat(201) }, 'too long. Use 200 characters'],
  ])('says what is wrong with %s', async (_, fields, message) => {
    const { status, text } = await report({ ...fields, as: 'text' });
    expect(status).toBe(422);
    expect(said(visibleBlocks(text).join(' '))).toContain(message);
  });
});

describe('a report of a list with held changes', () => {
  it('C12: leaves them out, says that they are being checked, and tells them once they are released', async () => {
    const usual = { updatedOn: '2026-09-01' };
    const world = await openWorld(onDayTwo(manyStudies(51, usual)));
    closers.push(world.close);
    await importTrials(world.context, world.registry, { kind: 'all' });
    await world.subscribe(ann, { trials: ['NCT08000001'] });
    const pages = await servePages(world);
    closers.push(pages.close);
    turnTo(world, 3, manyStudies(51, { status: 'SUSPENDED', updatedOn: day(3) }));
    expect(await world.poll()).toMatchObject({ outcome: 'held' });
    world.setNow('2026-11-06T12:00:00Z');
    const owner = await signIn(world, pages, ann);
    const made = await owner.post('/manage/lists', { name: 'Ours' });
    const path = made.headers.get('location') ?? '';
    await owner.post(path, { act: 'add', text: 'NCT08000001' });
    await owner.post(path, { act: 'move', open: 'link' });
    const read = async () => (await owner.post(`${path}/report`, { as: 'text' })).text.replace(/\s+/g, ' ');
    const held = await read();
    expect(held).toContain('We have not seen a change in what is on this list in these days.');
    expect(held).toContain('We are checking, so a change may be missing from this report.');
    // A private list has no link that a report could give away.
    expect(held).not.toMatch(/suspended|\/lists\/|\/l\//);
    const runId = (await listHeldChanges(world.context.db))[0]?.runId ?? -1;
    await releaseHeldChanges(world.context, runId, null, world.context.now());
    world.setNow('2026-11-07T12:00:00Z');
    owner.post = (await signIn(world, pages, ann)).post;
    const released = await read();
    expect(released).toContain('Now listed as paused (suspended). Before: recruiting.');
    expect(released).not.toContain('We are checking');
  });
});
