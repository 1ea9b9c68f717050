import { trialTopic } from '../../core/matching/topics.ts';
import type { TrialName } from '../../core/subscriptions/typed-text.ts';
import type { InputProblem } from '../../core/wording/problem-sentence.ts';
import { findTrials } from '../../use-cases/subscriptions/find-trials.ts';
import { readInputs } from '../../use-cases/subscriptions/read-input.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { openTrialAsker } from '../shared/lookups.ts';

/** The answer to one line of a pasted list, or to one of several names in it. */
export type ListLine = {
  line: string;
  answer: 'understood' | 'renamed' | 'twice' | 'unknown' | 'no-number' | 'later' | 'words' | 'problem';
  id: string | null;
  title: string | null;
  problem?: InputProblem;
};
export type ListView = {
  lines: ListLine[];
  understood: number;
  tooMany: boolean;
  isEmpty: boolean;
  typed: string;
};

/** Most lines of a pasted list. */
export const linesAtMost = 500;
const lineLength = 200;

/** Resolves each line of a pasted list to a trial and its current number, or says what is wrong with it. */
export async function answerList(deps: WebDeps, typed: string): Promise<ListView> {
  const all = typed
    .split(/[\n\r;,\t]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const texts = all.slice(0, linesAtMost).map((line) => line.slice(0, lineLength));
  const ask = openTrialAsker(deps);
  const read = await readInputs(deps.db, deps.actions.findTrialIds, texts, 'trial', ask);
  const named = [...read.values()].flatMap(({ trials }) => trials);
  const known = await findTrials(deps.db, named, ask);
  const seen = new Set<string>();
  const answerTrial = (line: string, { registry, id: asked }: TrialName): ListLine => {
    const trial = known.get(trialTopic(registry, asked)) ?? 'unknown';
    if (trial === 'unknown') return { line, answer: 'unknown', id: asked, title: null };
    // A trial that an unavailable registry could not look up is followed now and read later.
    const { id, title } = trial === 'away' ? { id: asked, title: null } : trial;
    if (seen.has(id)) return { line, answer: 'twice', id, title };
    seen.add(id);
    if (trial === 'away') return { line, answer: 'later', id, title };
    return { line, answer: id === asked ? 'understood' : 'renamed', id, title };
  };
  const lines = texts.flatMap((line): ListLine[] => {
    const { trials = [], refused = [], words = [] } = read.get(line) ?? {};
    const none = { line, id: null, title: null };
    return [
      ...trials.map((one) => answerTrial(line, one)),
      ...refused.map(
        (one): ListLine =>
          one.kind === 'understood' || one.kind === 'choose' || one.kind === 'no-number'
            ? { ...none, answer: 'no-number' }
            : { ...none, answer: 'problem', problem: one },
      ),
      ...words.map((some): ListLine => ({ ...none, answer: 'words', title: some })),
    ];
  });
  return {
    lines,
    understood: seen.size,
    tooMany: all.length > linesAtMost,
    isEmpty: all.length === 0,
    typed,
  };
}
