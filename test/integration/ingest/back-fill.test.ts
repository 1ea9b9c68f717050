import { afterEach, describe, expect, it } from 'vitest';
import { countHistories, keepHistory, readBackFill } from '../../../src/db/ingest/back-fill.ts';
import { backFillHistory } from '../../../src/jobs/ingest/back-fill.ts';
import { importTrials } from '../../../src/jobs/ingest/import.ts';
import type { Registry } from '../../../src/registries/registry.ts';
import { type MadeVersion, madeAnswers, serveHistory } from '../../support/ctgov-history.ts';
import { day, onDayTwo, turnTo } from '../../support/days.ts';
import { visibleBlocks } from '../../support/html-text.ts';
import { servePages } from '../../support/pages.ts';
import { study } from '../../support/study.ts';
import { useWorlds, type World } from '../../support/world.ts';

const open = useWorlds();
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const id = 'NCT09900001';
const other = 'NCT09900002';
const studies = [study(id, { updatedOn: '2026-10-30' }), study(other, { updatedOn: '2026-10-30' })];
const made: MadeVersion[] = [
  {
    date: '2024-01-10',
    status: 'NOT_YET_RECRUITING',
    dates: { completionDate: { date: '2027-01', precision: 'month', type: 'ESTIMATED' } },
  },
  {
    date: '2025-04-02',
    status: 'RECRUITING',
    dates: { completionDate: { date: '2027-06', precision: 'month', type: 'ESTIMATED' } },
  },
];

/** A world of two stored trials, of which Ann follows one, with a server of made-up histories. */
async function openWorld(historyBackfill: 'ctgov'[], answers: Map<string, unknown>) {
  const world = await open(onDayTwo(studies));
  const served = await serveHistory(answers);
  closers.push(served.close);
  const { history } = served.registry;
  if (!history) throw new Error('no history');
  const registry: Registry = { ...world.registry, history };
  world.context.registries.set('ctgov', registry);
  await world.subscribe('ann@example.net', { trials: [id] });
  await importTrials(world.context, registry, { kind: 'all' });
  await world.round();
  world.context.config.historyBackfill = historyBackfill;
  return { world, served, turn: () => backFillHistory(world.context, registry) };
}

async function pagesOf(world: World) {
  const pages = await servePages(world);
  closers.unshift(pages.close);
  return pages;
}

const wordsOf = (html: string) => visibleBlocks(html).join(' ').replace(/\s+/g, ' ');

describe("C17: the registry's own history, from a server of made-up answers", () => {
  it('is read once for each trial, and told by the timeline alone', async () => {
    const answers = new Map([...madeAnswers(id, made), ...madeAnswers(other, made)]);
    const { world, served } = await openWorld(['ctgov'], answers);
    const pages = await pagesOf(world);
    const told = async () => ({
      changes: await world.changes(),
      versions: await world.versions(id),
      mails: (await world.mails()).length,
      rest: await Promise.all(
        [`/trials/${id}/feed.atom`, `/trials/${id}/changes.csv`, `/api/v1/trials/${id}/changes`].map(
          async (path) => (await pages.get(path)).text.replaceAll(/generatedAt":"[^"]*/g, ''),
        ),
      ),
    });
    const before = await told();
    await world.round();
    await world.round();
    await world.round();
    expect(served.asked.filter((path) => path.includes(id))).toEqual(
      ['?history=true', '/history/0', '/history/1'].map((rest) => `/api/int/studies/${id}${rest}`),
    );
    turnTo(world, 9, studies);
    await world.round();
    expect(await told()).toEqual(before);

    const { text } = await pages.get(`/trials/${id}/changes`, { 'accept-language': 'en' });
    const [, section = ''] = text.split('id="registry-history"');
    const words = wordsOf(`<p>${section}`);
    expect(words).toContain('Before we watched: the registry’s own history');
    expect(words).toMatch(
      /April 2, 2025.*From the history of ClinicalTrials\.gov Status: was not yet recruiting → .*now recruiting End of trial: was January 2027 → .*now June 2027.*January 10, 2024 · First version .*Status: not yet recruiting End of trial: January 2027/,
    );
    expect(
      section.match(/href="https:\/\/clinicaltrials\.gov\/study\/NCT09900001\?tab=history"/g),
    ).toHaveLength(2);
    const spanish = wordsOf((await pages.get(`/trials/${id}/changes`, { 'accept-language': 'es' })).text);
    expect(spanish).toContain('Antes de que observáramos: el historial del propio registro');

    await world.context.db
      .updateTable('trials')
      .set({ removed_at: `${day(9)}T12:00:00Z` })
      .execute();
    expect((await pages.get(`/trials/${id}/changes?gone`)).text).not.toContain('registry-history');
  });

  it('is neither asked for nor shown unless HISTORY_BACKFILL names the registry', async () => {
    const { world, served, turn } = await openWorld([], madeAnswers(id, made));
    await turn();
    expect(served.asked).toEqual([]);
    await keepHistory(world.context.db, 1, world.context.now(), [
      { day: '2024-01-10', status: 'RECRUITING', dates: null },
    ]);
    expect((await (await pagesOf(world)).get(`/trials/${id}/changes`)).text).not.toContain(
      'registry-history',
    );
  });

  it('is left alone for a day after an answer that is not understood, and then goes on with the next trial', async () => {
    const { world, served, turn } = await openWorld(['ctgov'], new Map());
    await turn();
    await turn();
    expect(served.asked).toHaveLength(1);
    const state = await readBackFill(world.context.db, 'ctgov');
    expect(state).toEqual({ day: day(2), requests: 1, pausedUntil: `${day(3)}T12:00:00.000Z` });
    world.setNow(`${day(3)}T12:00:00Z`);
    await turn();
    expect(served.asked).toHaveLength(2);
    expect(new Set(served.asked).size).toBe(2);
    expect(await countHistories(world.context.db, 'ctgov')).toEqual({ kept: 0, unread: 2 });
  });

  it('waits as long as the registry asks, and then asks again for the same trial', async () => {
    const { world, served, turn } = await openWorld(['ctgov'], madeAnswers(id, made));
    served.setFault({ status: 429, headers: { 'retry-after': '7200' } });
    await turn();
    expect((await readBackFill(world.context.db, 'ctgov'))?.pausedUntil).toBe(`${day(2)}T14:00:00.000Z`);
    const [first] = served.asked;
    served.setFault(null);
    world.setNow(`${day(2)}T13:59:59Z`);
    await turn();
    expect(served.asked).toHaveLength(1);
    world.setNow(`${day(2)}T14:00:00Z`);
    await turn();
    expect(served.asked[1]).toBe(first);
  });
});
