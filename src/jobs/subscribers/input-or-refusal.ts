import type { InputResolution, ResolvedCondition } from '../../core/matching/understood.ts';
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
    case 'several-trials': {
      const listed = understanding.trials.map(({ id, title }) => `  --trial ${id}   ${title}`);
      return `"${understanding.words}" is in the records of several trials. Choose one of these:\n${listed.join('\n')}`;
    }
    case 'choose': {
      const { words, suggestions, literal } = understanding;
      const list = (of: typeof suggestions) => of.map(({ term }) => `  --condition "${term}"`);
      const lines = literal
        ? [`  --condition '"${words}"'   these exact words, wherever they are written`]
        : [];
      lines.push(...list(suggestions.filter(({ beside }) => !beside)));
      const beside = list(suggestions.filter((one) => one.beside));
      if (beside.length > 0) lines.push('Also named in trials with these words:', ...beside);
      return `"${words}" can mean several things. Choose one of these words:\n${lines.join('\n')}`;
    }
    default:
      return problemSentence(createWording('en'), understanding);
  }
}
