import { isUsualCount, readTransition } from '../../../core/diff/transition.ts';
import { wordsFor } from '../../../core/wording/change-sentences.ts';
import { shapeOf } from '../../../core/wording/shape/change-shape.ts';
import { quoteRegistry } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import {
  countReaders,
  type HeldReaders,
  type HeldSample,
  type HeldTransition,
  readHeldRun,
  sampleHeld,
} from '../../../db/admin/held-run.ts';
import { listHeldChanges } from '../../../db/ingest/holds.ts';
import { readUsualCounts, type UsualCounts } from '../../../db/ingest/transitions.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { facetName, viewTransition } from './run-view.ts';

/** How many changes of each transition are shown. */
const samplesEach = 3;

/**
 * What a run holds: why, whom it would reach, and a table of its transitions with samples. Null if it holds nothing.
 * `draw` chooses the samples; `chosen` are the transitions to select, by default those that are usual.
 */
export async function viewHeldRun(
  wording: Wording,
  { db, actions }: WebDeps,
  runId: number,
  { draw, chosen }: { draw: number; chosen: readonly string[] | null },
) {
  const facets = (await listHeldChanges(db)).filter((one) => one.runId === runId);
  if (facets.length === 0) return null;
  const [{ transitions, readers }, usual, samples, everybody] = await Promise.all([
    readHeldRun(db, runId),
    readUsualCounts(db, runId),
    sampleHeld(db, runId, { each: samplesEach, draw }),
    countReaders(db),
  ]);
  const bySample = Map.groupBy(samples, ({ transition }) => transition);
  return {
    changes: facets.reduce((sum, one) => sum + one.changes, 0),
    reasons: facets.flatMap(({ facet, because }) =>
      because === null ? [] : { facet: facetName(wording, facet), because },
    ),
    people: readers.people,
    everybody,
    how: sayReaders(wording, readers),
    runs: usual.runs,
    draw,
    transitions: transitions.map((one) => ({
      ...viewRow(wording, one, usual, chosen),
      sample: (bySample.get(one.transition) ?? []).map((held) => viewSample(wording, actions, held)),
    })),
  };
}

function viewRow(
  wording: Wording,
  { transition, changes, trials, people }: HeldTransition,
  { runs, counts }: UsualCounts,
  chosen: readonly string[] | null,
) {
  const usual = counts.get(transition) ?? 0;
  const isUsual = isUsualCount(trials, { usual, runs });
  const read = readTransition(transition);
  return {
    ...(read ? viewTransition(wording, read) : { name: transition, shape: null }),
    key: transition,
    changes,
    trials,
    people,
    usual: runs === 0 ? null : wording.number(usual < 10 ? Math.round(usual * 10) / 10 : Math.round(usual)),
    isFarAbove: usual * 2 < trials && runs > 0 && !isUsual,
    isChosen: chosen ? chosen.includes(transition) : isUsual,
  };
}

/** A held change with what readers would get, and its record at the registry. */
function viewSample(wording: Wording, actions: WebDeps['actions'], one: HeldSample) {
  const { sentence, quote } = wordsFor(wording, one.change, one);
  return {
    id: one.registryId,
    path: `/trials/${encodeURIComponent(one.registryId)}`,
    recordUrl: actions.recordUrl(one.registry, one.registryId),
    title: quoteRegistry(wording, one.title) || wording.say('card.no-title'),
    shape: shapeOf(wording, one.change, one),
    sentence,
    quote,
  };
}

/** When people would be told, such as “38 each day, 374 each week”; null if nobody would. */
export function sayReaders({ say, list }: Wording, readers: HeldReaders): string | null {
  const parts = (['immediate', 'daily', 'weekly', 'paused'] as const).flatMap((how) => {
    const count = readers[how] ?? 0;
    return count === 0 ? [] : say(`admin.held.how.${how}`, { count });
  });
  return parts.length === 0 ? null : list(parts);
}
