import { foldAddress } from '../../../core/text/mail-address.ts';
import {
  listPersonMails,
  listPersonSubscriptions,
  type Person,
  readPerson,
} from '../../../db/admin/people.ts';
import { listAudit } from '../../../db/audit-log.ts';
import { readAsk } from '../../../db/subscribers/rate-limits.ts';
import { undoDays } from '../../../db/subscribers/subscription-state.ts';
import { readSuppression } from '../../../db/subscribers/suppressions.ts';
import { type Answer, field, type Visit } from '../../http/page-response.ts';
import { parseId } from '../../http/params.ts';
import type { WebParts } from '../../http/web-deps.ts';
import { adminPage, tellAdmin } from '../guard.ts';
import { viewMail, viewSettings, viewSubscription } from './person-view.ts';

const mailsShown = 20;
/** What was just done for them: `admin.person.done.<code>` says it. */
const doneCodes = [
  ...(['pause', 'resume', 'stop', 'undo', 'resent', 'link', 'suppressed', 'lifted'] as const),
  ...(['asked', 'waits', 'unasked', 'known'] as const),
];

/** A person by number: all that is stored of them but address, notes and names of lists (P8, P12). */
export const showPerson = adminPage(async (visit, parts) => {
  const { wording, now, query } = visit;
  const person = await findPersonOf(visit, parts);
  if (!person) return { notFound: true };
  const { id, timezone } = person;
  const { db } = parts;
  const email = parts.keys.decrypt(person.address);
  const [subscriptions, mails, stopped, asks] = await Promise.all([
    listPersonSubscriptions(db, id),
    listPersonMails(db, id, mailsShown),
    readSuppression(db, parts.keys, email),
    readAsks(parts, email),
  ]);
  const done = field(query, 'done');
  return {
    page: 'admin-person',
    title: nameOf(visit, id),
    view: {
      id,
      done: doneCodes.find((code) => code === done) ?? null,
      settings: viewSettings(wording, person),
      stopped: stopped && {
        reason: wording.say(`admin.person.stopped.${stopped.reason}`),
        since: wording.moment(stopped.since, timezone),
      },
      asks: asks && { times: asks.times, last: wording.moment(asks.lastAt, timezone) },
      subscriptions: subscriptions.map((one) => viewSubscription(wording, one, timezone)),
      isAnyPending: subscriptions.some(({ state }) => state === 'pending'),
      mails: mails.map((mail) => viewMail(wording, mail, timezone)),
      mailsShown,
      undoDays,
      today: now.slice(0, 10),
    },
  };
});

/** The person an address is about; null when there is none. */
export async function findPersonOf({ params }: Visit, { db }: WebParts): Promise<Person | null> {
  const id = parseId(params.id ?? '');
  return id === null ? null : readPerson(db, id);
}

/** What a person is called on these pages, and in the log. */
export function subjectOf(id: number): string {
  return `subscriber ${id}`;
}

/** The same as a title. */
export function nameOf({ wording }: Visit, id: number): string {
  return wording.say('admin.person.title', { id });
}

/** Their page again, saying what was done. */
export function toPerson(id: number, done: (typeof doneCodes)[number]): Answer {
  return { seeOther: `/admin/subscribers/${id}?done=${done}` };
}

/** How often somebody was asked to confirm, and when last; null when not since they confirmed. */
export function readAsks({ db, keys }: WebParts, email: string) {
  return readAsk(db, keys.hashAddress(foldAddress(email)), 'confirmation');
}

/** For who comes second, or comes with an old page: nothing was done, and what was done last for this person, by whom. */
export async function tellNothingDone(
  visit: Visit,
  { db, config }: WebParts,
  id: number,
  why: string = visit.wording.say('admin.person.nothing'),
): Promise<Answer> {
  const { say, moment } = visit.wording;
  const filter = { actor: null, act: null, subject: subjectOf(id), from: null, until: null };
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
    next: { href: `/admin/subscribers/${id}`, text: nameOf(visit, id) },
  });
}

/** What was wrong with a form, and the way back to the person. */
export function tellWrong(visit: Visit, id: number | null, sentence: string): Answer {
  const { say } = visit.wording;
  const next =
    id === null
      ? { href: '/admin/subscribers', text: say('admin.people.title') }
      : { href: `/admin/subscribers/${id}`, text: nameOf(visit, id) };
  return tellAdmin(say('admin.person.wrong.title'), [sentence], { status: 422, next });
}
