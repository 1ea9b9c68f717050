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
export const showFrame: PageHandler = inFrame(async (request, deps) => {
  const fields = fieldsOf(pick(request.query), deps);
  return framePage(request, deps, subjectOf(request, fields, await findOffers(deps, fields, true)));
});

/** `POST /embed/follow`: signs up from the frame. */
export const submitFrame: PageHandler = inFrame(async (request, deps) => {
  const fields = readFields(request.form, deps.config.defaultTimezone);
  const offers = await findOffers(deps, fields, true);
  const follow = offers.ticked.map(({ value }) => value);
  const subject = subjectOf(request, fields, offers);
  if (!isClear(offers)) return framePage(request, deps, subject, { status: 422 });
  const outcome = await tryToSignUp(request, deps, { ...fields, follow }, offers);
  if (!('errors' in outcome)) return frameOutcome(request, deps, subject, outcome);
  const [error = 'email'] = outcome.errors.values();
  return frameOutcome(request, deps, subject, { error });
});

/** A handler of the frame: there is none without `EMBED_HOSTS`, and its browser is taken for an unknown one. */
export function inFrame(
  handler: (request: PageRequest, deps: WebDeps) => Promise<PageResponse>,
): PageHandler {
  return (request, deps) =>
    deps.config.embedHosts.length === 0 ? { notFound: true } : handler({ ...request, cookies: {} }, deps);
}

/** What a frame offers to follow. */
export type FrameSubject = {
  heading: string;
  /** What is followed, a line each. */
  names: string[];
  /** What the usual choices mean. */
  usual: string[];
  email: string;
  /** The path that the form is sent to, and its hidden fields. */
  action: string;
  hidden: Readonly<Record<string, string>>;
  /** The path of the page with all choices. */
  longForm: string;
  isUnclear?: boolean;
};

/** What became of a sign-up, as the page in the frame. */
export function frameOutcome(
  request: PageRequest,
  deps: WebDeps,
  subject: FrameSubject,
  outcome: { here: PageResponse } | { isAsked: true } | { proof: ProofView } | { error: string },
): PageResponse {
  if ('here' in outcome) return outcome.here;
  if ('isAsked' in outcome) return framePage(request, deps, subject, { isAsked: true });
  return framePage(request, deps, subject, { ...outcome, status: 'proof' in outcome ? 429 : 422 });
}

type Shown = { isAsked?: boolean; error?: string; proof?: ProofView; status?: number };

/** The page in the frame. What is not clear is chosen on the long form, in a window of its own. */
export function framePage(
  { wording, language }: PageRequest,
  { config }: WebDeps,
  { isUnclear, ...subject }: FrameSubject,
  { isAsked = false, error, proof, status = 200 }: Shown = {},
): Page & { status: number } {
  const { say } = wording;
  const path = (to: string) => speakIn(to, language, config.defaultLanguage);
  return {
    page: 'embed',
    title: say(isAsked ? 'asked.title' : 'follow.title'),
    view: {
      ...subject,
      state: isAsked ? 'asked' : isUnclear ? 'unclear' : 'form',
      error: error && say(`follow.error.${error}`, { most: 0, letters: 0, city: '', cities: '' }),
      proof: proof ?? null,
      action: path(subject.action),
      longForm: path(subject.longForm),
      privacy: path('/privacy'),
    },
    status,
    framedBy: config.embedHosts,
  };
}

function subjectOf({ wording }: PageRequest, fields: FollowFields, offers: Offers): FrameSubject {
  const { say } = wording;
  const kinds = [...new Set(offers.ticked.map(({ kind }) => kind))];
  const asked = [
    ...fields.trial.map((one) => ['trial', one]),
    ...fields.condition.map((one) => ['condition', one]),
  ];
  return {
    heading: say(`box.title.${kinds[0] === 'trial' && offers.ticked.length === 1 ? 'trial' : 'condition'}`),
    names: offers.ticked.map(({ label, isRegistryText }) =>
      isRegistryText ? wording.registryText(label) : label,
    ),
    usual: kinds.map((kind) => say(`box.usual.${kind}`)),
    email: fields.email,
    action: '/embed/follow',
    hidden: { trials: fields.trial.join('\n'), conditions: fields.condition.join('\n') },
    longForm: `/follow?${new URLSearchParams(asked)}`,
    isUnclear: !isClear(offers),
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
