import { normaliseProse } from '../../core/text/text.ts';
import { type Answer, field, type Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { estimateTicked } from './follow-estimate.ts';
import { checkWishes, type FollowField, type FollowFields, readFields, unpackForm } from './follow-fields.ts';
import { readFilters } from './follow-filters.ts';
import { answerList } from './follow-list.ts';
import { findOffers } from './follow-offers.ts';
import { type FollowShown, followPage } from './follow-page.ts';

/** `GET /follow?trial=ID&condition=TEXT`: the sign-up form for what the address names. */
export async function showFollow(visit: Visit, parts: WebParts): Promise<Answer> {
  const { trial = [], condition = [] } = visit.query;
  const fields = readFields({ trial, condition }, parts.config.defaultTimezone);
  return followPage(visit, parts, await lookAt(visit, parts, fields, true));
}

/** `POST /follow`: the answers to a pasted list with the form for what was understood, or the form once more as it was sent. */
export async function changeFollow(visit: Visit, parts: WebParts): Promise<Answer> {
  if (field(visit.form, 'do') !== 'list') {
    const form = unpackForm(field(visit.form, 'again'), field(visit.form, 'email'));
    const fields = readFields(form, parts.config.defaultTimezone);
    return followPage(visit, parts, { fields, offers: await findOffers(parts, fields, false) });
  }
  const list = await answerList(parts, normaliseProse(field(visit.form, 'list').toWellFormed()));
  const ids = list.lines.flatMap(({ id, answer }) => (id !== null && answer !== 'unknown' ? id : []));
  const fields = readFields({ trial: [...new Set(ids)] }, parts.config.defaultTimezone);
  const status = list.isEmpty ? 422 : 200;
  return followPage(visit, parts, { ...(await lookAt(visit, parts, fields, true)), list, status });
}

/** The form with what its choices would have meant, or with what is wrong with them. */
export async function lookAt(
  visit: Visit,
  parts: WebParts,
  fields: FollowFields,
  firstShown: boolean,
): Promise<FollowShown> {
  const offers = await findOffers(parts, fields, firstShown);
  const ticked = { ...fields, follow: offers.ticked.map(({ value }) => value) };
  const shown = firstShown ? ticked : fields;
  const checked = checkWishes(ticked);
  if ('errors' in checked)
    return firstShown
      ? { fields: shown, offers, isFirst: true }
      : { fields, offers, errors: checked.errors, status: 422 };
  const { filters, errors, cities } = await readFilters(parts, checked.data, offers);
  if (errors.size > 0 && !firstShown) return { fields, offers, errors, cities, status: 422 };
  const wishes = errors.has('condition_frequency' satisfies FollowField)
    ? { ...checked.data, condition_frequency: 'weekly' as const }
    : checked.data;
  return {
    fields: shown,
    offers,
    isFirst: firstShown,
    estimate: await estimateTicked(parts, offers.ticked, wishes, filters, visit.now),
  };
}
