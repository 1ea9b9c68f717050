import type { Json } from '../../change.ts';
import { statusIn } from '../../change.ts';
import { listingName } from '../countries.ts';
import { statusName } from '../values.ts';
import type { Wording } from '../wording.ts';
import { type Mark, markOf } from './marks.ts';

/** A value before or after a change, as a chip: a few words, and the mark of a status. */
export type Chip = { text: string; mark: Mark | null };

/** Something that came or went: “+ New”, “− Gone” or a count, then its name. */
export type ChangePart = { sign: 'plus' | 'minus'; word: string; text: string; status: Chip | null };

/**
 * A change as a thing one can see: old → new with the size beside it, or what came and went. It stands beside
 * the sentence of the change and can replace it where `isWhole`.
 */
export type ChangeShape = {
  kind: 'values' | 'parts' | 'none';
  /** What changed: “Status”, “Completion date”. */
  label: string;
  /** The place or country that it is about, if the label does not say. */
  about: string | null;
  before: Chip | null;
  after: Chip | null;
  /** “7 months later”, “250 more”. */
  size: string | null;
  parts: ChangePart[];
  /** The shape says all that the sentence says. */
  isWhole: boolean;
};

/** A shape of two values. */
export function ofValues(
  label: string,
  before: Chip | null,
  after: Chip | null,
  more: Partial<Pick<ChangeShape, 'about' | 'size' | 'isWhole'>> = {},
): ChangeShape {
  return { kind: 'values', label, about: null, before, after, size: null, parts: [], isWhole: true, ...more };
}

/** A shape of what came and went. */
export function ofParts(label: string, parts: ChangePart[], isWhole = true): ChangeShape {
  return { ...ofValues(label, null, null), kind: 'parts', parts, isWhole };
}

/** No shape: the sentence has to say it. */
export function shapeless(label: string): ChangeShape {
  return { ...ofValues(label, null, null), kind: 'none', isWhole: false };
}

/** A chip without a mark. */
export function plainChip(text: string): Chip {
  return { text, mark: null };
}

/** A status, or the registry's own word where a country's listing has one, as a chip. */
export function statusChip(wording: Wording, value: Json): Chip {
  const status = statusIn(value);
  const key = `status.chip.${status ?? 'none'}`;
  const short = wording.say(wording.has(key) ? key : 'status.chip.none');
  const listed = listingName(wording, value);
  // The registry's own word says more than our status; our own long name does not.
  return { text: listed === statusName(wording, status) ? short : listed, mark: markOf(status) };
}
