import type { Change, Json } from '../change.ts';
import { listDelta } from '../diff/criteria.ts';
import { valueName } from './values.ts';
import type { Wording } from './wording.ts';

const itemsShown = 3;
const itemLength = 160;
const valueLength = 300;

/**
 * The sentence for a change of a minor facet: old and new values if they are short, additions and removals of
 * a list.
 */
export function otherSentence(wording: Wording, change: Change): string {
  if (change.kind === 'allocation' || change.kind === 'masking') return designSentence(wording, change);
  const label = `kind.name.${change.kind}`;
  const sentence = wording.has(label) ? named(wording, change, wording.say(label)) : null;
  return (
    sentence ?? wording.say('other.without-values', { facet: wording.say(`facet.name.${change.facet}`) })
  );
}

/** The sentence for allocation and masking, from the codes of both sides (D2). */
function designSentence(wording: Wording, { kind, before, after }: Change): string {
  const name = (code: Json) =>
    typeof code === 'string' && wording.has(`trial.code.${kind}.${code}`)
      ? wording.say(`trial.code.${kind}.${code}`)
      : wording.say('access.none');
  const values = { before: name(before), after: name(after) };
  if (kind === 'allocation') {
    if (after === 'RANDOMIZED') return wording.say('design.randomized', values);
    return wording.say(before === 'RANDOMIZED' ? 'design.not-randomized' : 'design.allocation', values);
  }
  if (after === null) return wording.say('design.masking-dropped', values);
  const degree = after === 'NONE' ? 'open' : after === 'SINGLE' ? 'single' : 'double';
  return wording.say(`design.masking.${degree}`, values);
}

function named(wording: Wording, { kind, before, after }: Change, name: string): string | null {
  // Phases are a list that reads as one value.
  const isList = kind !== 'phase' && (Array.isArray(before) || Array.isArray(after));
  if (isList) return listSentence(wording, name, before, after);
  const was = valueInWords(wording, before, valueLength);
  const is = valueInWords(wording, after, valueLength);
  if ((was === null && !isEmpty(before)) || (is === null && !isEmpty(after))) return null;
  if (was !== null && is !== null) return wording.say('other.changed', { name, before: was, after: is });
  if (is !== null) return wording.say('other.added', { name, after: is });
  return was === null ? null : wording.say('other.dropped', { name, before: was });
}

function isEmpty(value: Json): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function listSentence(wording: Wording, name: string, before: Json, after: Json): string | null {
  const { added, removed } = listDelta(before, after);
  const [came, went] = [itemList(wording, added), itemList(wording, removed)];
  if (came === null || went === null) return null;
  if (came !== '' && went !== '')
    return wording.say('other.list-changed', { name, added: came, removed: went });
  if (came !== '') return wording.say('other.list-added', { name, added: came });
  return went === '' ? null : wording.say('other.list-removed', { name, removed: went });
}

/** The first items, quoted; null if one of them has no words. */
function itemList(wording: Wording, items: Json[]): string | null {
  const shown = items.slice(0, itemsShown).map((item) => valueInWords(wording, item));
  if (shown.some((text) => text === null)) return null;
  const rest = items.length - shown.length;
  return [...shown, ...(rest > 0 ? [wording.say('other.list-rest', { count: rest })] : [])].join(', ');
}

/** A value in words: the registry's own text in quotation marks, our own words without. */
export function valueInWords(wording: Wording, item: Json, most = itemLength): string | null {
  const isCriterion = typeof item === 'object' && item !== null && !Array.isArray(item);
  const text = valueName(wording, isCriterion ? (item.text ?? null) : item, most);
  if (text === null) return null;
  if (isCriterion) {
    const key = `criterion.${String(item.list)}`;
    return wording.say(wording.has(key) ? key : 'criterion.other', { text });
  }
  const isOwnWords = typeof item === 'string' && !wording.has(`code.${item}`);
  return isOwnWords ? wording.say('other.item', { text }) : text;
}
