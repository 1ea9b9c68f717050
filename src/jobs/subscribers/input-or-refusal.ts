import type { InputResolution, ResolvedCondition } from '../../core/matching/understood.ts';
import { registryName } from '../../core/registries.ts';
import { problemSentence } from '../../core/wording/problem-sentence.ts';
import { TrialbellError } from '../../errors.ts';
import { createWording } from '../../mail/catalogue.ts';
import type { Context } from '../context.ts';
import { understandInput } from './understand-input.ts';

/**
 * Resolves every trial number, registry link and condition in a text. Throws a TrialbellError with
 * suggestions if one cannot be followed.
 */
export async function understandOrRefuse(
  context: Context,
  text: string,
  as: 'trial' | 'condition',
): Promise<ResolvedCondition[]> {
  return (await understandInput(context, text, as)).map((one) => {
    if (one.kind === 'understood') return one.understood;
    throw new TrialbellError(refusal(one), one.kind === 'no-number' ? { exitCode: 2 } : {});
  });
}

/** Why something cannot be followed, with the remedy, for the command line. */
function refusal(understanding: Exclude<InputResolution, { kind: 'understood' }>): string {
  switch (understanding.kind) {
    case 'no-number':
      return `"${understanding.words}" is not a trial number. An NCT number has eight digits, such as NCT01234567.`;
    case 'other-number':
    case 'unknown-number':
    case 'away':
      return problemSentence(createWording('en'), understanding);
    case 'several-trials': {
      const listed = understanding.trials.map(({ id, title }) => `  --trial ${id}   ${title}`);
      return `"${understanding.words}" stands in several records. Choose one of these trials:\n${listed.join('\n')}`;
    }
    case 'no-such-trial':
      return `${registryName(understanding.registry)} does not know ${understanding.id}. Check the number.`;
    case 'too-short':
      return `"${understanding.words}" is too short to be followed as written: it can mean many things. Spell it out.`;
    case 'attribute':
      return `"${understanding.words}" is a trait of many illnesses (${understanding.term}) and cannot be followed alone. Name the illness.`;
    case 'choose': {
      const { words, suggestions, literal } = understanding;
      const list = (of: typeof suggestions) => of.map(({ term }) => `  --condition "${term}"`);
      const lines = literal
        ? [`  --condition '"${words}"'   the words themselves, wherever they are written`]
        : [];
      lines.push(...list(suggestions.filter(({ beside }) => !beside)));
      const beside = list(suggestions.filter((one) => one.beside));
      if (beside.length > 0) lines.push('Also named in trials with these words:', ...beside);
      return `"${words}" can mean several things. Choose one of these words:\n${lines.join('\n')}`;
    }
    case 'unknown':
      return `The registry knows no trial for "${understanding.words}". Check the spelling, or try a more general word for the illness.`;
  }
}
