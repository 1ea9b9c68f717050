import type { InputResolution } from '../../../core/matching/understood.ts';
import type { BulkLine } from '../../../core/subscriptions/bulk.ts';
import type { TrialName } from '../../../core/subscriptions/typed-text.ts';
import type { AskTrials } from '../../../use-cases/subscriptions/find-trials.ts';
import { type ReadInput, readInputs } from '../../../use-cases/subscriptions/read-input.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import type { Entry } from './bulk-entries.ts';

/** The lines of a list, one for each trial or condition that a cell names, and the trials to look up. */
export type SplitLines = { entries: Entry[]; trials: Map<Entry, TrialName> };

/** Splits lines whose cells name several trials or conditions, and answers those whose numbers lead nowhere. */
export async function splitCells(
  deps: WebDeps,
  entries: readonly Entry[],
  ask: AskTrials,
): Promise<SplitLines> {
  const sound = entries.filter(({ answer }) => answer === null);
  const read = (column: 'trial' | 'condition') => {
    const texts = new Set(sound.map((entry) => entry[column]).filter((text) => text !== ''));
    return readInputs(deps.db, deps.actions.findTrialIds, [...texts], column, ask);
  };
  const [byTrial, byCondition] = [await read('trial'), await read('condition')];
  const split: SplitLines = { entries: [], trials: new Map() };
  for (const entry of entries) {
    const named = entry.trial === '' ? byCondition.get(entry.condition) : byTrial.get(entry.trial);
    if (entry.answer !== null || !named) split.entries.push(entry);
    else if (entry.trial === '') splitConditions(split, entry, named);
    else splitTrials(split, entry, named);
  }
  return split;
}

function splitTrials(split: SplitLines, entry: Entry, { trials, refused, words }: ReadInput): void {
  const isOne = trials.length + refused.length + words.length === 1;
  for (const name of trials) {
    const one = isOne ? entry : { ...entry, trial: name.id };
    split.entries.push(one);
    split.trials.set(one, name);
  }
  for (const condition of words) split.entries.push({ ...entry, trial: '', condition });
  for (const problem of refused) split.entries.push({ ...entry, ...refuse(problem) });
}

/** Refuses a trial number among the conditions: a reviewer must see which lines are about a trial. */
function splitConditions(split: SplitLines, entry: Entry, { trials, refused, words }: ReadInput): void {
  const [problem] = refused.filter(({ kind }) => kind !== 'unknown');
  if (trials.length > 0) split.entries.push({ ...entry, answer: 'condition', text: 'number' });
  else if (problem) split.entries.push({ ...entry, ...refuse(problem) });
  else if (words.length === 0) split.entries.push({ ...entry, answer: 'condition' });
  else
    for (const condition of words) split.entries.push(words.length === 1 ? entry : { ...entry, condition });
}

/** The answer to a number that leads nowhere. */
export function refuse(problem: InputResolution): Pick<BulkLine, 'answer' | 'text'> {
  switch (problem.kind) {
    case 'other-number':
      return { answer: 'other-number', text: problem.register };
    case 'several-trials':
      return { answer: 'several-trials', text: problem.trials.map(({ id }) => id).join(', ') };
    case 'unknown-number':
    case 'away':
      return { answer: problem.kind };
    default:
      return { answer: 'no-number' };
  }
}
