import { encodeOnce, encodeQuotedPrintable } from './quoted-printable.ts';

/** Noncharacters (Unicode, section 23.7), which never occur in text, enclose the name of a gap. */
const [opens, closes] = ['\u{FDD2}', '\u{FDD3}'];
const gaps = new RegExp(`${opens}([^${closes}]*)${closes}`);

/** What stands in a template's values where something personal will be. */
export function gap(name: string): string {
  return opens + name + closes;
}

/** Values for gaps, by name: what the template would have had there, escaped if it escapes. */
export type Values = { readonly [name: string]: string };

/** Rendered text with gaps, whose other lines are encoded for the wire already. */
export type Gapped = {
  /** Its bytes before they are encoded, with what `values` put into the gaps. */
  bytesWith: (values: Values) => number;
  /**
   * Returns it encoded as quoted-printable. A value of `blocks` stands for whole lines, which are already
   * encoded. `fold` is applied to each other line that has a gap.
   */
  fill: (values: Values, blocks?: string, fold?: (line: string) => string) => string;
};

/** The HTML and the text of a mail's part, with gaps. */
export type GappedPart = { html: Gapped; text: Gapped };

/** Lines without a gap, encoded; or a line in pieces, of which every other one is the name of a gap. */
type Part = string | string[];

/** The gap that whole lines are put into. */
export const blocksGap = `${gap('blocks')}\n`;

/** Encodes everything around the gaps of a rendered text. The text must end with a line break. */
export function makeGapped(text: string): Gapped {
  const parts: Part[] = [];
  let plain = '';
  for (const line of text.replace(/\n$/, '').split('\n')) {
    if (!line.includes(opens)) {
      plain += `${line}\n`;
      continue;
    }
    parts.push(encodeQuotedPrintable(plain), line.split(gaps));
    plain = '';
  }
  parts.push(encodeQuotedPrintable(plain));
  const names = parts.flatMap((part) => (typeof part === 'string' ? [] : part.filter((_, n) => n % 2 === 1)));
  const ownBytes =
    Buffer.byteLength(text) - names.reduce((sum, name) => sum + Buffer.byteLength(gap(name)), 0);
  return {
    bytesWith: (values) => names.reduce((sum, name) => sum + Buffer.byteLength(values[name] ?? ''), ownBytes),
    fill(values, blocks = '', fold) {
      let filled = '';
      for (const part of parts) {
        if (typeof part === 'string') filled += part;
        else if (part[1] === 'blocks') filled += blocks;
        else filled += fillLine(part, values, fold);
      }
      return filled;
    },
  };
}

function fillLine(pieces: string[], values: Values, fold?: (line: string) => string): string {
  let line = '';
  for (const [n, piece] of pieces.entries()) line += n % 2 === 0 ? piece : (values[piece] ?? '');
  return encodeOnce(fold ? fold(line) : line);
}
