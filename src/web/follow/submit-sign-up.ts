import type { SignUp } from '../../core/subscriptions/sign-up.ts';
import { suggestAddress } from '../../core/text/mail-address.ts';
import { normaliseText } from '../../core/text/text.ts';
import { submitRequest } from '../../use-cases/submit-request.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { longestTyped } from '../shared/limits.ts';
import { lookAt } from './follow.ts';
import {
  checkSignUp,
  checkWishes,
  type FieldErrors,
  type FollowFields,
  facetsToNotify,
  packFields,
  readFields,
  type SignUpFields,
  unpackForm,
} from './follow-fields.ts';
import { readFilters } from './follow-filters.ts';
import { findReaderHere, followHere } from './follow-here.ts';
import type { Offers } from './follow-offer-types.ts';
import { findOffers } from './follow-offers.ts';
import { followPage } from './follow-page.ts';
import { acceptProof, isCrowded, makeProof, type ProofView } from './proof-of-work.ts';

/**
 * `POST /subscriptions`: stores a sign-up for the workers. The response is the same for every address, which is not
 * looked up here (P2). An invalid form comes back filled in; `do=look` only shows an estimate and stores nothing. Where
 * a reader has confirmed before, no email is needed, and their consent is asked for at once.
 */
export async function handleSignUp(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const form = request.form.again === undefined ? request.form : unpackForm(field(request.form, 'again'), '');
  const fields = readFields(form, deps.config.defaultTimezone);
  if (field(request.form, 'do') === 'look')
    return followPage(request, deps, await lookAt(request, deps, fields, false));
  return signUp(request, deps, fields, await findOffers(deps, fields, false));
}

/**
 * `POST /search`: follows the typed words or number with the usual choices, or shows what they can mean. Without an
 * address it only leads to their page, but for the form of a browser that has confirmed.
 */
export async function followTyped(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { form } = request;
  const typed = normaliseText(field(form, 'q').slice(0, longestTyped));
  const isHere = field(form, 'here') === 'on';
  if (field(form, 'do') === 'find' || typed === '' || (field(form, 'email') === '' && !isHere))
    return { seeOther: `/search?q=${encodeURIComponent(typed)}` };
  const fields = readFields({ ...form, condition: [typed] }, deps.config.defaultTimezone);
  const offers = await findOffers(deps, fields, true);
  const follow = offers.ticked.map(({ value }) => value);
  if (follow.length === 0 || offers.problems.length + offers.choices.length > 0)
    return followPage(request, deps, { fields: { ...fields, follow }, offers });
  return signUp(request, deps, { ...fields, follow }, offers);
}

/** What became of a sign-up: faults, work to do first, the page of a known browser, or a stored request. */
type Outcome =
  | { errors: FieldErrors; cities: string[] }
  | { proof: ProofView }
  | { here: PageResponse }
  | { isAsked: true };

async function signUp(
  request: PageRequest,
  deps: WebDeps,
  fields: FollowFields,
  offers: Offers,
): Promise<PageResponse> {
  const outcome = await tryToSignUp(request, deps, fields, offers);
  if ('here' in outcome) return outcome.here;
  if ('isAsked' in outcome) return askedPage(request, fields.email, packFields(fields));
  const status = 'proof' in outcome ? 429 : 422;
  return followPage(request, deps, { fields, offers, ...outcome, status });
}

/** Stores a sign-up, unless the form has a fault, work has to be done first, or this browser is known. */
export async function tryToSignUp(
  request: PageRequest,
  deps: WebDeps,
  fields: FollowFields,
  offers: Offers,
): Promise<Outcome> {
  const reader = await findReaderHere(request, deps, fields.email);
  const ticked = { ...fields, follow: offers.ticked.map(({ value }) => value) };
  const checked = checkSignUp({ ...ticked, email: reader?.email ?? fields.email });
  const wishes = checkWishes(ticked);
  const read = 'data' in wishes ? await readFilters(deps, wishes.data, offers) : null;
  const errors = new Map([...('errors' in checked ? checked.errors : []), ...(read?.errors ?? [])]);
  if (errors.size > 0 || !read || !('data' in checked)) return { errors, cities: read?.cities ?? [] };
  const wish = makeWish(request, checked.data, offers, read.filters);
  const here = reader && (await followHere(request, deps, reader, { fields: ticked, offers, wish }));
  if (here) return { here };
  if (
    (await isCrowded(deps, request.now)) &&
    !(await acceptProof(deps, field(request.form, 'proof'), request.now))
  )
    return { proof: await makeProof(deps, request.now) };
  await submitRequest(deps, 'sign-up', wish, request.now);
  return { isAsked: true };
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
  { language }: PageRequest,
  data: SignUpFields,
  offers: Offers,
  filters: SignUp['choices'][number]['filters'],
): SignUp {
  const hasPlace = filters.country !== undefined || filters.place !== undefined;
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
    weeklyCap: data.cap,
    note: data.note === '' ? null : data.note,
    language,
  };
}

/** The page after a sign-up. It reveals nothing about the address. `again`: the form, to correct it. */
export function askedPage({ wording }: PageRequest, email: string, again: string | null): PageResponse {
  return {
    page: 'asked',
    title: wording.say('asked.title'),
    view: { email, meant: suggestAddress(email), again },
  };
}
