import { speakIn } from '../../languages.ts';
import type { Page, PageHandler, PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { lookAt } from './follow.ts';
import { type FollowFields, readFields } from './follow-fields.ts';
import type { Offers } from './follow-offer-types.ts';
import { findOffers } from './follow-offers.ts';
import { followPage } from './follow-page.ts';
import type { ProofView } from './proof-of-work.ts';
import { tryToSignUp } from './submit-sign-up.ts';

/**
 * Signing up from pages of others: a form there that leads to ours, and a frame. Neither can do more than anybody can:
 * ask for a confirmation mail (P3, P6).
 */

/**
 * `POST /embed/form`: the sign-up form with what a form on another page sent: `email`, and `trial` and `condition` as in
 * `/follow`. It stores nothing: the reader sends it from here. A POST keeps the address out of every URL.
 */
export async function showOutsideForm(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const { email = [] } = request.form;
  const fields = fieldsOf({ ...pick(request.form), email }, deps);
  return followPage(request, deps, await lookAt(request, deps, fields, true));
}

/** `GET /embed/follow?trial=ID&condition=TEXT`: the frame with the sign-up form, on pages of `EMBED_HOSTS` alone. */
export const showFrame: PageHandler = async (request, deps) => {
  if (deps.config.embedHosts.length === 0) return { notFound: true };
  const fields = fieldsOf(pick(request.query), deps);
  return framePage(request, deps, fields, await findOffers(deps, fields, true));
};

/** `POST /embed/follow`: signs up from the frame, whose browser is taken for an unknown one: it can act for nobody. */
export const submitFrame: PageHandler = async (request, deps) => {
  if (deps.config.embedHosts.length === 0) return { notFound: true };
  const stranger = { ...request, cookies: {} };
  const fields = readFields(request.form, deps.config.defaultTimezone);
  const offers = await findOffers(deps, fields, true);
  const follow = offers.ticked.map(({ value }) => value);
  if (!isClear(offers)) return framePage(request, deps, fields, offers, { status: 422 });
  const outcome = await tryToSignUp(stranger, deps, { ...fields, follow }, offers);
  if ('isAsked' in outcome) return framePage(request, deps, fields, offers, { isAsked: true });
  if ('here' in outcome) return outcome.here;
  if ('proof' in outcome)
    return framePage(request, deps, fields, offers, { proof: outcome.proof, status: 429 });
  const [error = null] = outcome.errors.values();
  return framePage(request, deps, fields, offers, { error, status: 422 });
};

type Shown = { isAsked?: boolean; error?: string | null; proof?: ProofView; status?: number };

/** The page in the frame. What is not clear is chosen on the long form, in a window of its own. */
function framePage(
  { wording, language }: PageRequest,
  { config }: WebDeps,
  fields: FollowFields,
  offers: Offers,
  { isAsked = false, error = null, proof, status = 200 }: Shown = {},
): Page & { status: number } {
  const { say } = wording;
  const kinds = [...new Set(offers.ticked.map(({ kind }) => kind))];
  const path = (to: string) => speakIn(to, language, config.defaultLanguage);
  const asked = [
    ...fields.trial.map((one) => ['trial', one]),
    ...fields.condition.map((one) => ['condition', one]),
  ];
  return {
    page: 'embed',
    title: say(isAsked ? 'asked.title' : 'follow.title'),
    view: {
      heading: say(`box.title.${kinds[0] === 'trial' && offers.ticked.length === 1 ? 'trial' : 'condition'}`),
      state: isAsked ? 'asked' : isClear(offers) ? 'form' : 'unclear',
      names: offers.ticked.map(({ label, isRegistryText }) =>
        isRegistryText ? wording.registryText(label) : label,
      ),
      usual: kinds.map((kind) => say(`box.usual.${kind}`)),
      fields,
      error: error && say(`follow.error.${error}`, { most: 0, letters: 0, city: '', cities: '' }),
      proof: proof ?? null,
      action: path('/embed/follow'),
      longForm: path(`/follow?${new URLSearchParams(asked)}`),
      privacy: path('/privacy'),
    },
    status,
    framedBy: config.embedHosts,
  };
}

/** Whether everything that was asked for can be followed as it stands. */
function isClear({ ticked, problems, choices }: Offers): boolean {
  return ticked.length > 0 && problems.length + choices.length === 0;
}

/** What others may say beforehand: the subject alone. */
function pick({ trial = [], condition = [] }: PageRequest['query']) {
  return { trial, condition };
}

function fieldsOf(form: PageRequest['form'], { config }: WebDeps): FollowFields {
  return readFields(form, config.defaultTimezone);
}
