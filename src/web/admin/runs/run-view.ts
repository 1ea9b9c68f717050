import type { Facet } from '../../../core/change.ts';
import { registryName } from '../../../core/registries.ts';
import { runFigureNames } from '../../../core/run-figures.ts';
import { wordsFor } from '../../../core/wording/change-sentences.ts';
import { shapeOf } from '../../../core/wording/shape/change-shape.ts';
import { quoteRegistry } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { HeldChange } from '../../../db/ingest/run-facets.ts';
import type { RunRow } from '../../../db/ingest/runs.ts';

/** A run as lists show it. */
export type RunView = {
  id: number;
  name: string;
  outcome: string;
  isGood: boolean;
  when: string;
  figures: string[];
  reason: string | null;
};

/** A run in words: its kind, its outcome, and its figures without zeros. */
export function viewRun(wording: Wording, run: RunRow, timezone: string): RunView {
  const { say } = wording;
  const outcome = run.outcome ?? 'running';
  const figures = runFigureNames.filter((name) => name === 'seen' || run[name] > 0);
  return {
    id: run.id,
    name: say(`admin.run.kind.${run.kind}`, { registry: registryName(run.registry) }),
    outcome: say(`admin.run.outcome.${outcome}`),
    isGood: outcome === 'completed' || outcome === 'running',
    when: wording.moment(run.startedAt, timezone),
    figures: figures.map((name) => say(`admin.run.figure.${name}`, { count: run[name] })),
    reason: run.reason,
  };
}

/** The name of a facet. */
export function facetName({ say }: Wording, facet: Facet): string {
  return say(`trial.facet.${facet}`);
}

/** A held change with the sentence that readers would get. */
export function viewHeld(wording: Wording, one: HeldChange) {
  const { sentence, quote } = wordsFor(wording, one.change, one);
  return {
    id: one.registryId,
    path: `/trials/${encodeURIComponent(one.registryId)}`,
    title: quoteRegistry(wording, one.title) || wording.say('card.no-title'),
    shape: shapeOf(wording, one.change),
    sentence,
    quote,
  };
}
