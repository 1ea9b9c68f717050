import { undoDays } from '../../../core/subscriptions/lifetimes.ts';
import { foldAddress } from '../../../core/text/mail-address.ts';
import {
  listPersonMails,
  listPersonSubscriptions,
  type Person,
  readPerson,
} from '../../../db/admin/people.ts';
import { listAudit } from '../../../db/audit-log.ts';
import { readAllowance } from '../../../db/subscribers/rate-limits.ts';
import { readSuppression } from '../../../db/subscribers/suppressions.ts';
import { subscriberSubject } from '../../../use-cases/admin/audit.ts';
import { field, type PageRequest, type PageResponse } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { adminPage, tellAdmin } from '../guard.ts';
import { viewMail, viewSettings, viewSubscription } from './person-view.ts';

const mailsShown = 20;
/** Outcomes that the page can report; `admin.person.done.<code>` is the message. */
const doneCodes = [
  ...(['pause', 'resume', 'stop', 'undo', 'resent', 'link', 'suppressed', 'lifted'] as const),
  ...(['asked', 'waits', 'unasked', 'known'] as const),
];

/** A person by number: everything stored about them except address, notes and list names (P8, P12). */
export const showPerson = adminPage(async (request, deps) => {
  const { wording, now, query } = request;
  const person = await findPersonOf(request, deps);
  if (!person) return { notFound: true };
  const { id, timezone } = person;
  const { db } = deps;
  const email = deps.keys.decrypt(person.address);
  const [subscriptions, mails, stopped, limit] = await Promise.all([
    listPersonSubscriptions(db, id),
    listPersonMails(db, id, mailsShown),
    readSuppression(db, deps.keys, email),
    readConfirmationLimit(deps, email),
  ]);
  const done = field(query, 'done');
  return {
    page: 'admin-person',
    title: namePerson(request, id),
    view: {
      id,
      done: doneCodes.find((code) => code === done) ?? null,
      settings: viewSettings(wording, person),
      stopped: stopped && {
        reason: wording.say(`admin.person.stopped.${stopped.reason}`),
        since: wording.moment(stopped.since, timezone),
        because: stopped.because,
      },
      limit: limit && { times: limit.times, last: wording.moment(limit.lastAt, timezone) },
      subscriptions: subscriptions.map((one) => viewSubscription(wording, one, timezone)),
      isAnyPending: subscriptions.some(({ state }) => state === 'pending'),
      mails: mails.map((mail) => viewMail(wording, mail, timezone)),
      mailsShown,
      undoDays,
      today: now.slice(0, 10),
    },
  };
});

/** The person named in the path, or null. */
export async function findPersonOf({ params }: PageRequest, { db }: WebDeps): Promise<Person | null> {
  const id = parseId(params.id ?? '');
  return id === null ? null : readPerson(db, id);
}

/** A person's name as a page title. */
export function namePerson({ wording }: PageRequest, id: number): string {
  return wording.say('admin.person.title', { id });
}

/** Redirects to the person's page, with the outcome. */
export function toPerson(id: number, done: (typeof doneCodes)[number]): PageResponse {
  return { seeOther: `/admin/subscribers/${id}?done=${done}` };
}

/** How often a person was asked to confirm, and when last; null if they were not asked since they confirmed. */
export function readConfirmationLimit({ db, keys }: WebDeps, email: string) {
  return readAllowance(db, keys.hashAddress(foldAddress(email)), 'confirmation');
}

/** The page for an action that no longer applies: nothing was changed, and who did the last action on this person. */
export async function tellNothingDone(
  request: PageRequest,
  { db, config }: WebDeps,
  id: number,
  why: string = request.wording.say('admin.person.nothing'),
): Promise<PageResponse> {
  const { say, moment } = request.wording;
  const filter = { actor: null, act: null, subject: subscriberSubject(id), from: null, until: null };
  const [last] = await listAudit(db, filter, { before: null, limit: 1 });
  const who = last
    ? say('admin.person.last-act', {
        act: last.act,
        actor: last.actor,
        when: moment(last.at, config.defaultTimezone),
      })
    : [];
  return tellAdmin(say('admin.person.nothing.title'), [why, who].flat(), {
    status: 409,
    next: { href: `/admin/subscribers/${id}`, text: namePerson(request, id) },
  });
}

/** The page for an invalid form, with a link back to the person. */
export function tellWrong(request: PageRequest, id: number | null, sentence: string): PageResponse {
  const { say } = request.wording;
  const next =
    id === null
      ? { href: '/admin/subscribers', text: say('admin.people.title') }
      : { href: `/admin/subscribers/${id}`, text: namePerson(request, id) };
  return tellAdmin(say('admin.person.wrong.title'), [sentence], { status: 422, next });
}
