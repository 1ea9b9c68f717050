import type { SignUp } from '../../core/subscriptions/sign-up.ts';
import { suggestAddress } from '../../core/text/mail-address.ts';
import { submitRequest } from '../../use-cases/submit-request.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { consentWording } from '../shared/consent.ts';
import { lookAt } from './follow.ts';
import {
  checkSignUp,
  checkWishes,
  facetsToNotify,
  packFields,
  readFields,
  type SignUpFields,
} from './follow-fields.ts';
import { readFilters } from './follow-filters.ts';
import type { Offers } from './follow-offer-types.ts';
import { findOffers } from './follow-offers.ts';
import { followPage } from './follow-page.ts';
import { acceptProof, isCrowded, makeProof } from './proof-of-work.ts';

/**
 * `POST /subscriptions`: stores a sign-up for the workers. The response is the same for every address, which is not
 * looked up here (P2). An invalid form comes back filled in; `do=look` only shows an estimate and stores nothing.
 */
export async function handleSignUp(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { form } = request;
  const fields = readFields(form, deps.config.defaultTimezone);
  if (field(form, 'do') === 'look')
    return followPage(request, deps, await lookAt(request, deps, fields, false));
  const offers = await findOffers(deps, fields, false);
  const ticked = { ...fields, follow: offers.ticked.map(({ value }) => value) };
  const checked = checkSignUp(ticked);
  const wishes = checkWishes(ticked);
  const read = 'data' in wishes ? await readFilters(deps, wishes.data, offers) : null;
  const errors = new Map([...('errors' in checked ? checked.errors : []), ...(read?.errors ?? [])]);
  if (errors.size > 0 || !read || !('data' in checked))
    return followPage(request, deps, {
      fields,
      offers,
      errors,
      cities: read?.cities ?? [],
      status: 422,
    });
  if ((await isCrowded(deps, request.now)) && !(await acceptProof(deps, field(form, 'proof'), request.now))) {
    const proof = await makeProof(deps, request.now);
    return followPage(request, deps, { fields, offers, proof, status: 429 });
  }
  const wish = makeWish(request, deps, checked.data, offers, read.filters);
  await submitRequest(deps, 'sign-up', wish, request.now);
  return askedPage(request, wish.email, packFields(fields));
}

/** `POST /confirm`: requests the confirmation mail again. The response reveals as little as that of a sign-up. */
export async function handleConfirmationRequest(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const email = field(request.form, 'email').toWellFormed().slice(0, 254);
  if (!/^[^\s@]+@[^\s@]+$/.test(email))
    return {
      page: 'confirm-trouble',
      title: request.wording.say('confirm.trouble'),
      view: { why: 'again', email, error: true },
      status: 422,
    };
  await submitRequest(deps, 'confirm-again', { email }, request.now);
  return askedPage(request, email, null);
}

function makeWish(
  { wording, language, cookies }: PageRequest,
  deps: WebDeps,
  data: SignUpFields,
  offers: Offers,
  filters: SignUp['choices'][number]['filters'],
): SignUp {
  const hasPlace = filters.country !== undefined || filters.place !== undefined;
  const { wordingVersion, wordingHash } = consentWording(wording, deps.config.minAge);
  return {
    email: data.email,
    choices: offers.ticked.map(({ kind, understood }) => ({
      understood,
      filters: kind === 'trial' ? {} : filters,
      facets: kind === 'trial' ? data.trial_facets : facetsToNotify(data.condition_facets, hasPlace),
      frequency: kind === 'trial' ? data.trial_frequency : data.condition_frequency,
    })),
    hour: data.hour,
    timezone: data.zone,
    subject: data.subject,
    note: data.note === '' ? null : data.note,
    language,
    browser: cookies.browser ?? null,
    consent: { wordingVersion, wordingHash },
  };
}

function askedPage({ wording, cookies }: PageRequest, email: string, again: string | null): PageResponse {
  return {
    page: 'asked',
    title: wording.say('asked.title'),
    view: { email, meant: suggestAddress(email), again, isKnownBrowser: cookies.browser !== undefined },
  };
}
