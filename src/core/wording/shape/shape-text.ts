import { markSigns } from './marks.ts';
import type { ChangePart, ChangeShape, Chip } from './shape.ts';

/** Signs before a part, in text. */
export const partSigns = { plus: '+', minus: '−' } as const;

/** A chip in text: its mark as a sign, then its words. */
export function chipText({ text, mark }: Chip): string {
  return mark === null ? text : `${markSigns[mark]} ${text}`;
}

/** A part in text: “+ New: Lakeshore Hospital, Toronto (● recruiting)”. */
export function partText({ sign, word, text, status }: ChangePart): string {
  const named = [word, text].filter((one) => one !== '').join(': ');
  return `${partSigns[sign]} ${named}${status === null ? '' : ` (${chipText(status)})`}`;
}

/** A shape in text, without its label: “‖ paused → ● recruiting”. Empty if the change has none. */
export function shapeText({ about, before, after, size, parts }: ChangeShape): string {
  const values = [before, after].flatMap((chip) => (chip === null ? [] : chipText(chip))).join(' → ');
  const sized = [values, size].filter((one) => one !== null && one !== '').join(', ');
  const lines = [sized, ...parts.map(partText)].filter((one) => one !== '').join('; ');
  return about === null ? lines : `${about}: ${lines}`;
}
