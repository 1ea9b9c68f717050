import type { Facet } from '../../../core/change.ts';
import type { Transition } from '../../../core/diff/transition.ts';
import { registryName } from '../../../core/registries.ts';
import { runFigureNames } from '../../../core/run-figures.ts';
import { type ChangeShape, ofValues, statusChip } from '../../../core/wording/shape/shape.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import type { RunRow } from '../../../db/ingest/runs.ts';

/** A run as lists show it. */
export type RunView = {
  id: number;
  name: string;
  outcome: string;
  isGood: boolean;
  when: string;
  seen: string;
  changes: string;
  /** Figures beside these two, without zeros. */
  figures: string[];
  reason: string | null;
};

/** A registry's own timestamp of its data: the day in words, and its time, if it has one, as it stands there. */
export function sayDataStamp(wording: Wording, stamp: string): string {
  const [day = '', time] = stamp.split('T');
  return time && time !== '00:00:00' ? `${wording.date(day)} (${time})` : wording.date(day);
}

/** A run in words: its kind, its outcome, and its figures without zeros. */
export function viewRun(wording: Wording, run: RunRow, timezone: string): RunView {
  const { say, number } = wording;
  const outcome = run.outcome ?? 'running';
  const figures = runFigureNames.filter((name) => name !== 'seen' && name !== 'changes' && run[name] > 0);
  return {
    id: run.id,
    name: say(`admin.run.kind.${run.kind}`, { registry: registryName(run.registry) }),
    outcome: say(`admin.run.outcome.${outcome}`),
    isGood: outcome === 'completed' || outcome === 'running',
    when: wording.moment(run.startedAt, timezone),
    seen: number(run.seen),
    changes: number(run.changes),
    figures: figures.map((name) => say(`admin.run.figure.${name}`, { count: run[name] })),
    reason: run.reason,
  };
}

/** The name of a facet. */
export function facetName({ say }: Wording, facet: Facet): string {
  return say(`trial.facet.${facet}`);
}

/** A transition: its name, and its statuses before and after as a change shows them. */
export function viewTransition(
  wording: Wording,
  { facet, kind, before, after }: Transition,
): { name: string; shape: ChangeShape | null } {
  const name = facetName(wording, facet);
  const label = kind === facet ? name : `${name}: ${kind.replaceAll('-', ' ')}`;
  if (before === null && after === null) return { name: label, shape: null };
  return { name: label, shape: ofValues(label, statusChip(wording, before), statusChip(wording, after)) };
}
