import type { Instant } from '../../core/trial.ts';
import { nameList } from '../../core/wording/digest/reasons.ts';
import type { Pending } from '../../use-cases/subscriptions/confirm.ts';
import type { Cookie, PageRequest, PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { consentWording } from '../shared/consent.ts';
import { describeFilters, describeSubscription, nameFacets } from '../shared/describe-subscription.ts';
import { holdsLine } from '../shared/list-words.ts';
import { typedBox } from './follow-box.ts';

/** What waits for a reader to agree to it; the note is not encrypted here. */
export type ToAgree = {
  choices: Omit<Pending['choices'][number], 'note'>[];
  lists: Omit<Pending['lists'][number], 'id' | 'revision'>[];
  hour: number;
  timezone: string;
  notes: string[];
};

/** The form of the page: where its button leads, the mark of what it shows, and what else it sends. */
type AgreementForm = {
  action: string;
  seen: string;
  /** More waits than the page that was sent had shown (P4). */
  isOther: boolean;
  /** In a browser that is known already: the masked address, and the sign-up form, packed. */
  here: { address: string; again: string; often?: string } | null;
};

/**
 * The page where the emails are started: all that would be followed, the consent in full, once, and one button. Only
 * this page and the next one name what was chosen (P10).
 */
export function agreePage(
  { wording }: PageRequest,
  { config }: Pick<WebDeps, 'config'>,
  { choices, lists, hour, timezone, notes }: ToAgree,
  form: AgreementForm,
): PageResponse {
  return {
    page: 'confirm',
    title: wording.say('confirm.title'),
    status: form.isOther ? 409 : 200,
    view: {
      ...form,
      notes,
      choices: choices.map((choice) => ({
        name: describeSubscription(wording, choice),
        often: wording.say(`follow.option.${choice.frequency}`),
        told: nameFacets(wording, choice),
        only: choice.kind === 'condition' ? describeFilters(wording, choice.filters) : [],
      })),
      lists: lists.map((list) => ({
        name: nameList(wording, list),
        holds: holdsLine(wording, list),
        often: wording.say(`list.often.${list.frequency ?? 'usual'}`),
      })),
      hour: wording.hour(hour),
      zone: wording.zone(timezone),
      consent: consentWording(wording, config.minAge, lists.length > 0),
    },
  };
}

/** What is followed now, and what was followed before and stays as it was. */
type Started = {
  started: ToAgree['choices'];
  already: ToAgree['choices'];
  lists?: readonly { name: string; organization: string }[];
  alreadyLists?: readonly { name: string; organization: string }[];
};

/**
 * The page after that button: what is followed now, when the first update email may come, and how to follow more.
 * `already`: what was followed before, and stays as it was.
 */
export function startedPage(
  { wording }: PageRequest,
  { started, already, lists = [], alreadyLists = [] }: Started,
  { firstDueAt, timezone }: { firstDueAt: Instant | null; timezone: string },
  cookies: Cookie[] = [],
): PageResponse {
  const namesOf = (some: typeof lists) => some.map((list) => nameList(wording, list));
  const nameAll = (choices: ToAgree['choices']) =>
    choices.map((choice) => describeSubscription(wording, choice));
  return {
    page: 'confirmed',
    title: wording.say(started.length + lists.length > 0 ? 'started.title' : 'started.title.already'),
    view: {
      started: [...namesOf(lists), ...nameAll(started)],
      already: [...namesOf(alreadyLists), ...nameAll(already)],
      box: typedBox(wording, true),
      first: firstDueAt === null ? null : wording.moment(firstDueAt, timezone),
    },
    cookies,
  };
}
