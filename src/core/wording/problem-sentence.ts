import type { InputResolution } from '../matching/understood.ts';
import { quoteText } from './values.ts';
import type { Wording } from './wording.ts';

/** Why a typed text cannot be followed. */
export type InputProblem = Exclude<InputResolution, { kind: 'understood' | 'choose' }>;

const trialsShown = 6;

/** Says why a typed text cannot be followed, and what to do. */
export function problemSentence(wording: Wording, problem: InputProblem): string {
  return wording.say(`follow.problem.${problem.kind}`, {
    words: quoteText(problem.kind === 'no-such-trial' ? problem.id : problem.words, 120),
    register: problem.kind === 'other-number' ? problem.register : 'other',
    trials:
      problem.kind === 'several-trials'
        ? problem.trials
            .slice(0, trialsShown)
            .map(({ id }) => id)
            .join(', ')
        : '',
  });
}
