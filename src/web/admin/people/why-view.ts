import type { ChangeFacts, Explanation, FollowFacts, Step, WhyFacts } from '../../../core/why/facts.ts';
import { explainFollow } from '../../../core/why/follow.ts';
import { sayStep, sayVerdict } from '../../../core/why/say.ts';
import { wordsFor } from '../../../core/wording/change-sentences.ts';
import { shapeOf } from '../../../core/wording/shape/change-shape.ts';
import { quoteText } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';

const markKeys = { yes: 'admin.why.yes', no: 'admin.why.no', wait: 'admin.why.wait' };

/** One step: its sentence, and a word for whether it leads on. */
export type StepView = { mark: string | null; verdict: Step['verdict']; text: string };

function viewStep(wording: Wording, step: Step, timezone: string): StepView {
  return {
    mark: step.verdict === 'plain' ? null : wording.say(markKeys[step.verdict]),
    verdict: step.verdict,
    text: sayStep(wording, step, timezone),
  };
}

/** The subscriptions that match the trial, and the number of others. */
export function viewFollows(wording: Wording, facts: WhyFacts) {
  const all = facts.follows.map((follow) => ({ follow, steps: explainFollow(facts, follow) }));
  const matching = all.filter(({ steps }) => steps[0]?.verdict !== 'no');
  const others = all.length - matching.length;
  return {
    matching: matching.map(({ follow, steps }) => ({
      name: nameFollow(wording, follow),
      steps: steps.map((step) => viewStep(wording, step, facts.person.timezone)),
    })),
    others: sayOthers(wording, matching.length, others),
  };
}

function nameFollow({ say }: Wording, { kind, words, list }: FollowFacts): string {
  const name = say(kind === 'trial' ? 'admin.why.follow.trial' : 'admin.why.follow.condition', { words });
  return list === null ? name : say('admin.why.follow.list', { name, list: quoteText(list) });
}

function sayOthers({ say }: Wording, matching: number, others: number): string | null {
  if (matching + others === 0) return say('admin.why.follows.none');
  if (others === 0) return null;
  return say(matching === 0 ? 'admin.why.follows.no-match' : 'admin.why.follows.unmatched', {
    count: others,
  });
}

/** A change in the readers' words, with its steps. */
export function viewChange(
  wording: Wording,
  facts: WhyFacts,
  { id, change }: ChangeFacts,
  explained: Explanation | undefined,
) {
  const { timezone } = facts.person;
  const { trial } = facts;
  const { registry = '', firstPostedOn = null, status = 'UNKNOWN' } = trial ?? {};
  const card = { registry, firstPostedOn, status };
  const { sentence, quote } = wordsFor(wording, change, card);
  const steps = explained?.steps ?? [];
  return {
    id,
    shape: shapeOf(wording, change, card),
    sentence,
    quote,
    verdict: explained ? sayVerdict(wording, explained.verdict, timezone) : '',
    last: steps.length > 0 ? viewStep(wording, steps.at(-1) as Step, timezone) : null,
    isNot: explained?.verdict.kind === 'not' || explained?.verdict.kind === 'forgotten',
    steps: steps.map((step) => viewStep(wording, step, timezone)),
  };
}
