import { normaliseProse } from '../../core/text/text.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { estimateTicked } from './follow-estimate.ts';
import { checkWishes, type FollowField, type FollowFields, readFields, unpackForm } from './follow-fields.ts';
import { readFilters } from './follow-filters.ts';
import { answerList } from './follow-list.ts';
import { findOffers } from './follow-offers.ts';
import { type FollowShown, followPage } from './follow-page.ts';

/**
 * `GET /follow?trial=ID&condition=TEXT`: the sign-up form for the trials and conditions in the URL. It may be kept, so that
 * browsers still have what was typed after Back.
 */
export async function showFollow(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { trial = [], condition = [] } = request.query;
  const fields = readFields({ trial, condition }, deps.config.defaultTimezone);
  const page = await followPage(request, deps, await lookAt(request, deps, fields, true));
  return { ...page, cacheSeconds: 0 };
}

/** `POST /follow`: answers a pasted list with a form for its trials, or shows the earlier form again to correct it. */
export async function changeFollow(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  if (field(request.form, 'do') !== 'list') {
    const form = unpackForm(field(request.form, 'again'), field(request.form, 'email'));
    const fields = readFields(form, deps.config.defaultTimezone);
    return followPage(request, deps, { fields, offers: await findOffers(deps, fields, false) });
  }
  const list = await answerList(deps, normaliseProse(field(request.form, 'list').toWellFormed()));
  const ids = list.lines.flatMap(({ id, answer }) => (id !== null && answer !== 'unknown' ? id : []));
  const fields = readFields({ trial: [...new Set(ids)] }, deps.config.defaultTimezone);
  const status = list.isEmpty ? 422 : 200;
  return followPage(request, deps, { ...(await lookAt(request, deps, fields, true)), list, status });
}

/** The form with an estimate of its mails, or with its errors. */
export async function lookAt(
  request: PageRequest,
  deps: WebDeps,
  fields: FollowFields,
  firstShown: boolean,
): Promise<FollowShown> {
  const offers = await findOffers(deps, fields, firstShown);
  const ticked = { ...fields, follow: offers.ticked.map(({ value }) => value) };
  const shown = firstShown ? ticked : fields;
  const checked = checkWishes(ticked);
  if ('errors' in checked)
    return firstShown
      ? { fields: shown, offers, isFirst: true }
      : { fields, offers, errors: checked.errors, status: 422 };
  const { filters, errors, cities } = await readFilters(deps, checked.data, offers);
  if (errors.size > 0 && !firstShown) return { fields, offers, errors, cities, status: 422 };
  const wishes = errors.has('condition_frequency' satisfies FollowField)
    ? { ...checked.data, condition_frequency: 'weekly' as const }
    : checked.data;
  return {
    fields: shown,
    offers,
    isFirst: firstShown,
    estimate: await estimateTicked(deps, offers.ticked, wishes, filters, request.now),
  };
}
