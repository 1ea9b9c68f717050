import type { Change, Json } from '../../change.ts';
import { dateShift } from '../../dates.ts';
import { listDelta } from '../../diff/criteria.ts';
import type { DigestChange } from '../../digest-change.ts';
import type { TrialStatus } from '../../trial.ts';
import { accessName, enrollmentName } from '../change-sentences.ts';
import { asDate, shiftSize } from '../format-dates.ts';
import { linkedItem } from '../linked-sentences.ts';
import { valueInWords } from '../others.ts';
import { codeName } from '../values.ts';
import type { Wording } from '../wording.ts';
import { markOf } from './marks.ts';
import {
  type ChangePart,
  type ChangeShape,
  type Chip,
  ofParts,
  ofValues,
  plainChip,
  shapeless,
  statusChip,
} from './shape.ts';
import { countryShape, manySitesShape, siteShape } from './site-shapes.ts';

/** Longer values are no chips: the sentence has them. */
const chipLength = 60;
/** Lists show this many items that came, and as many that went. */
const itemsShown = 3;

/** The status of a change's trial; null if its record is not stored. */
type ShapedTrial = { status: TrialStatus | null };

/** The shape of a change of a trial. Texts and marks only; how it looks is the reader's program's matter. */
export function shapeOf(wording: Wording, change: DigestChange, { status }: ShapedTrial): ChangeShape {
  const label = wording.say(`trial.facet.${change.facet}`);
  switch (change.facet) {
    case 'status':
      return change.kind === 'status' ? statusShape(wording, change, label) : shapeless(label);
    case 'sites':
      return change.site ? siteShape(wording, [change]) : manySitesShape(wording, change);
    case 'countries':
      return countryShape(wording, change);
    case 'dates':
      return dateShape(wording, change, status);
    case 'results':
      return resultsShape(wording, change, label);
    case 'expanded-access':
      return accessShape(wording, change, label);
    case 'registration':
      return registrationShape(wording, change, label);
    case 'enrollment':
      return enrollmentShape(wording, change, label);
    case 'documents':
      return itemsShape(wording, change, label);
    case 'contacts':
      return shapeless(label);
    default:
      return otherShape(wording, change, label);
  }
}

/** A status that rests on dates or countries, or that is or was unknown, has more to say than old and new. */
function statusShape(wording: Wording, change: Change, label: string): ChangeShape {
  const { before, after, basis, dated, listedAs = null } = change;
  const isStated = dated === undefined && basis !== 'countries';
  const now = listedAs === null ? after : { status: after, listedAs };
  return ofValues(label, statusChip(wording, before), statusChip(wording, now), {
    isWhole: isStated && before !== 'UNKNOWN' && after !== 'UNKNOWN',
  });
}

/** A withdrawn trial never began or ended, even if the record calls a date actual (as in `dateSentence`). */
function dateShape(wording: Wording, change: Change, status: TrialStatus | null): ChangeShape {
  const label = wording.say(`change.date-name.${change.kind}`);
  const [before, after] = [asDate(change.before), asDate(change.after)];
  const shift = dateShift(before, after);
  const isRecorded = status === 'WITHDRAWN' && after?.type === 'ACTUAL';
  if (isRecorded && before?.date === after.date) return shapeless(label);
  const hasType = !isRecorded && (before?.type ?? null) !== (after?.type ?? null);
  const chip = (date: typeof before) =>
    date === null
      ? plainChip(wording.say('change.none'))
      : plainChip(
          wording.say('change.date', { date: wording.date(date), type: (hasType && date.type) || 'none' }),
        );
  const isSlip = shift.kind === 'slip';
  return ofValues(label, chip(before), chip(after), {
    size: isSlip
      ? wording.say('change.slip', {
          size: shiftSize(wording, shift),
          type: (!hasType && after?.type) || 'none',
        })
      : null,
    isWhole: change.implausible === undefined && shift.kind !== 'implausible',
  });
}

function resultsShape(wording: Wording, change: Change, label: string): ChangeShape {
  const { kind, before, after } = change;
  const chip = (value: Json) =>
    plainChip(
      wording.say(`change.results.${value === 'partial' ? value : isNone(value) ? 'none' : 'posted'}`),
    );
  if (kind === 'results-posted') return ofValues(label, chip(before), chip(after), { isWhole: false });
  if (kind === 'results-updated')
    return ofValues(label, null, plainChip(wording.say('change.results.updated')), { isWhole: false });
  // A retracted paper is nothing new, and a notice is the authority's: only the sentence says so.
  return kind === 'paper' ? itemsShape(wording, change, label) : shapeless(label);
}

function isNone(value: Json): boolean {
  return value === null || value === 'none';
}

/** A record that became expanded access, or no longer is, has statuses of both kinds. */
function accessShape(wording: Wording, { before, after, record }: Change, label: string): ChangeShape {
  const chip = (value: Json): Chip => {
    const text = accessName(wording, value);
    if (text === null) return statusChip(wording, value);
    return { text, mark: typeof value === 'string' ? markOf(value) : null };
  };
  return ofValues(label, chip(before), chip(after), { about: record ?? null, isWhole: false });
}

function registrationShape(wording: Wording, { kind }: Change, label: string): ChangeShape {
  const sign = kind === 'removed' || kind === 'left' ? 'minus' : 'plus';
  const part: ChangePart = { sign, word: wording.say(`change.registration.${kind}`), text: '', status: null };
  return ofParts(label, [part], false);
}

function enrollmentShape(wording: Wording, { before, after }: Change, label: string): ChangeShape {
  const [was, is] = [countIn(before), countIn(after)];
  const size =
    was === null || is === null || was === is
      ? null
      : wording.say('change.count', { count: Math.abs(is - was), more: is > was ? 'yes' : 'no' });
  return ofValues(
    label,
    plainChip(enrollmentName(wording, before)),
    plainChip(enrollmentName(wording, after)),
    { size },
  );
}

function countIn(value: Json): number | null {
  const count = typeof value === 'object' && value !== null && !Array.isArray(value) ? value.count : null;
  return typeof count === 'number' ? count : null;
}

/** Papers and documents: what is listed now, or no longer. */
function itemsShape(wording: Wording, { kind, before, after }: Change, label: string): ChangeShape {
  return listShape(wording, label, before, after, (item) =>
    typeof item === 'object' && item !== null ? linkedItem(wording, kind, item) : null,
  );
}

function listShape(
  wording: Wording,
  label: string,
  before: Json,
  after: Json,
  nameOf: (item: Json) => string | null,
): ChangeShape {
  const { added, removed } = listDelta(before, after);
  const parts = (sign: ChangePart['sign'], items: Json[]) =>
    items.slice(0, itemsShown).flatMap((item): ChangePart[] => {
      const text = nameOf(item);
      return text ? [{ sign, word: wording.say(`change.part.${sign}`), text, status: null }] : [];
    });
  const all = [...parts('plus', added), ...parts('minus', removed)];
  if (all.length === 0) return shapeless(label);
  return ofParts(label, all, all.length === added.length + removed.length);
}

/** Short values as chips, lists by what came and went; long texts are for the sentence. */
function otherShape(wording: Wording, { kind, before, after }: Change, label: string): ChangeShape {
  if (kind === 'allocation' || kind === 'masking') {
    const chip = (code: Json) =>
      plainChip((typeof code === 'string' && codeName(wording, kind, code)) || wording.say('change.none'));
    return ofValues(wording.say(`trial.source.${kind}`), chip(before), chip(after), { isWhole: false });
  }
  if (!wording.has(`kind.name.${kind}`)) return shapeless(label);
  const named = wording.say(`kind.name.${kind}`);
  if (kind !== 'phase' && (Array.isArray(before) || Array.isArray(after)))
    return listShape(wording, named, before, after, (item) => valueInWords(wording, item));
  const chip = (value: Json) =>
    isNone(value) ? wording.say('change.none') : valueInWords(wording, value, chipLength * 2);
  const [was, is] = [chip(before), chip(after)];
  if (was === null || is === null || Math.max(was.length, is.length) > chipLength) return shapeless(named);
  return ofValues(named, plainChip(was), plainChip(is));
}
