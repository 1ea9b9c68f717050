import { stepsOf } from '../../core/diff/history.ts';
import { registryFacts, registryName } from '../../core/registries.ts';
import type { Day } from '../../core/trial.ts';
import { shapeOf } from '../../core/wording/shape/change-shape.ts';
import { type ChangeShape, ofValues } from '../../core/wording/shape/shape.ts';
import type { Wording } from '../../core/wording/wording.ts';
import type { TrialPage } from '../../db/catalog/trial-pages.ts';
import { loadHistory } from '../../db/ingest/back-fill.ts';
import type { WebDeps } from '../http/web-deps.ts';

/** What a registry's own history says of a trial before its first reading. */
export type HistoryView = {
  registry: string;
  /** The history on the registry's own page. */
  href: string;
  steps: { day: string; at: Day; isFirst: boolean; shapes: ChangeShape[] }[];
};

/**
 * The registry's own history of a trial, newest first; null if none is kept, its record is gone or withheld, or
 * `HISTORY_BACKFILL` does not name the registry.
 */
export async function viewHistory(
  wording: Wording,
  { trialId, registry, id }: Pick<TrialPage, 'trialId' | 'registry' | 'id'>,
  { db, config }: Pick<WebDeps, 'db' | 'config'>,
): Promise<HistoryView | null> {
  const named: readonly string[] = config.historyBackfill;
  const href = registryFacts(registry)?.historyUrl?.(id);
  if (href === undefined || !named.includes(registry)) return null;
  const steps = stepsOf(await loadHistory(db, trialId));
  if (steps.length === 0) return null;
  return {
    registry: registryName(registry),
    href,
    steps: steps.map(({ day, status, isFirst, changes }) => {
      const shapes = changes.map((change) => shapeOf(wording, change, { status }));
      return {
        day: wording.date({ date: day, precision: 'day', type: null }),
        at: day,
        isFirst,
        // What the first version said was no change.
        shapes: isFirst ? shapes.map(({ label, after }) => ofValues(label, null, after)) : shapes,
      };
    }),
  };
}
