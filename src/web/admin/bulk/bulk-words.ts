import type { BulkLine } from '../../../core/subscriptions/bulk.ts';
import { withoutAddresses } from '../../../errors.ts';
import { languagesWithRegions } from '../../../languages.ts';
import type { PageRequest } from '../../http/page-response.ts';

/** The answer to a line, in words. */
export function sayAnswer(
  { wording }: PageRequest,
  { answer, other, text }: Pick<BulkLine, 'answer' | 'other' | 'text'>,
) {
  return wording.say(`admin.bulk.answer.${answer}`, {
    other: other ?? 0,
    repeats: other === undefined ? 'no' : 'yes',
    // An address in the wrong column must not be shown.
    text: withoutAddresses(text ?? ''),
    languages: languagesWithRegions.join(', '),
    reason: (text ?? '').replaceAll('-', '_'),
  });
}
