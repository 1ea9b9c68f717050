import type { Change, Facet, Json } from '../../../core/change.ts';
import { listDelta } from '../../../core/diff/criteria.ts';
import type { Trial } from '../../../core/trial.ts';
import { wordsFor } from '../../../core/wording/change-sentences.ts';
import { shapeOf } from '../../../core/wording/shape/change-shape.ts';
import type { ChangePart, Chip } from '../../../core/wording/shape/shape.ts';
import { quoteText } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import { type MarkedWords, markWords } from './marked-words.ts';

/** One side of a row. `status` with its mark, `parts` that only this side has, or a text with its own words marked. */
export type CompareCell = {
  chip: Chip | null;
  size: string | null;
  parts: ChangePart[];
  words: MarkedWords[];
};

/** A field with what it was and is; or a sentence where there is nothing to set side by side. */
export type CompareRow = {
  label: string;
  about: string | null;
  before: CompareCell;
  after: CompareCell;
  sentence: string | null;
  quote: string | null;
};

const withoutTexts: readonly Facet[] = ['design', 'results', 'documents', 'status'];
const textLength = 6_000;
const itemsShown = 60;
const noCell: CompareCell = { chip: null, size: null, parts: [], words: [] };

/** Changes as rows, in their order. Sites that came or went share one row. */
export function compareRows(wording: Wording, changes: readonly Change[], trial: Trial): CompareRow[] {
  const rows: CompareRow[] = [];
  let sites: CompareRow | null = null;
  for (const change of changes.flatMap(byList)) {
    const row = rowOf(wording, change, trial);
    const isSite = change.site !== undefined && row.before.parts.length + row.after.parts.length > 0;
    if (isSite && sites) {
      sites.before.parts.push(...row.before.parts);
      sites.after.parts.push(...row.after.parts);
      continue;
    }
    if (isSite) sites = row;
    rows.push(row);
  }
  return rows;
}

/** A change of the criteria in parts: what is needed, what rules out, and the rest. */
function byList(change: Change): Change[] {
  if (change.kind !== 'criteria') return [change];
  const listOf = (item: Json) =>
    typeof item === 'object' && item !== null && !Array.isArray(item) ? item.list : undefined;
  const [was, is] = [change.before, change.after].map((side) => (Array.isArray(side) ? side : []));
  return ['inclusion', 'exclusion', 'other'].flatMap((list) => {
    const before = (was ?? []).filter((item) => listOf(item) === list);
    const after = (is ?? []).filter((item) => listOf(item) === list);
    const { added, removed } = listDelta(before, after);
    return added.length + removed.length === 0
      ? []
      : [{ ...change, kind: `criteria-${list}`, before, after }];
  });
}

function rowOf(wording: Wording, change: Change, trial: Trial): CompareRow {
  const list = /^criteria-(.*)/.exec(change.kind)?.[1];
  const kind = list === undefined ? change.kind : 'criteria';
  const shape = shapeOf(wording, { ...change, kind }, trial);
  const { sentence, quote } = wordsFor(wording, { ...change, kind }, trial);
  const about = list === undefined ? shape.about : wording.say(`trial.compare.criteria.${list}`);
  const texts = textsOf(change);
  const row = { label: shape.label, about, quote, sentence: null };
  if (texts) {
    const words = markWords(...texts);
    const ofRegistry = (pieces: MarkedWords[]) =>
      pieces.map(({ text, isMarked }) => ({ text: wording.registryText(text), isMarked }));
    return {
      ...row,
      before: { ...noCell, words: ofRegistry(words.before) },
      after: { ...noCell, words: ofRegistry(words.after) },
    };
  }
  if (shape.kind === 'none') return { ...row, before: noCell, after: noCell, sentence };
  const parts = (sign: ChangePart['sign']) => shape.parts.filter((part) => part.sign === sign);
  return {
    ...row,
    before: { ...noCell, chip: shape.before, parts: parts('minus') },
    after: { ...noCell, chip: shape.after, size: shape.size, parts: parts('plus') },
    sentence: shape.isWhole ? null : sentence,
  };
}

/** Both sides of a change of a text, or of a list of texts, as far as they differ; null for anything else. */
function textsOf({ kind, facet, before, after }: Change): [string, string] | null {
  if (kind !== 'why-stopped' && withoutTexts.includes(facet)) return null;
  if (Array.isArray(before) || Array.isArray(after)) {
    const { added, removed } = listDelta(before, after);
    const isText = [...added, ...removed].every((item) => textIn(item) !== null);
    return isText && kind !== 'age-groups' ? [joinTexts(removed), joinTexts(added)] : null;
  }
  const isLong =
    kind === 'why-stopped' || [before, after].some((value) => typeof value === 'string' && value.length > 60);
  return isLong ? [cut(textIn(before) ?? ''), cut(textIn(after) ?? '')] : null;
}

function joinTexts(items: readonly Json[]): string {
  return cut(items.slice(0, itemsShown).map(textIn).join('\n'));
}

function cut(text: string): string {
  return text
    .split('\n')
    .map((line) => quoteText(line, textLength))
    .join('\n')
    .slice(0, textLength);
}

function textIn(value: Json): string | null {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return typeof value.text === 'string' ? value.text : null;
  return typeof value === 'string' ? value : null;
}
