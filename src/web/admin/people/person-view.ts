import type { Wording } from '../../../core/wording/wording.ts';
import type { Person, PersonMail, PersonSubscription } from '../../../db/admin/people.ts';
import { withoutAddresses } from '../../../errors.ts';
import { languageNames } from '../../http/negotiate-language.ts';
import { describeFilters, describeSubscription, nameFacets } from '../../shared/describe-subscription.ts';

/** A person's settings as names and values, in their time zone. */
export function viewSettings(wording: Wording, person: Person): { name: string; value: string }[] {
  const { say, moment, dayOf } = wording;
  const { timezone, hour } = person;
  const when = (at: string | null) => (at === null ? say('admin.person.none') : moment(at, timezone));
  const rows = {
    since: dayOf(person.createdAt, timezone),
    language: languageNames.get(person.language) ?? person.language,
    hour: `${wording.hour(hour)}, ${wording.zone(timezone)}`,
    subject: say(`admin.person.subject.${person.subject}`),
    'no-news': say(person.noNewsNotes ? 'admin.person.no-news.yes' : 'admin.person.no-news.no'),
    next: when(person.nextDueAt),
    last: when(person.lastDigestAt),
  };
  return Object.entries(rows).map(([name, value]) => ({ name: say(`admin.person.${name}`), value }));
}

/** A subscription in words, without its note and list name (P12). */
export function viewSubscription(wording: Wording, one: PersonSubscription, timezone: string) {
  const { say } = wording;
  const day = (at: string) => wording.dayOf(at, timezone);
  const { state, pausedUntil, endedAt } = one;
  const isTheirs = one.haltedBy === 'reader' && (state === 'paused' || state === 'ended');
  return {
    isTheirs,
    id: one.id,
    state,
    name: describeSubscription(wording, one),
    status: say(`admin.person.state.${state}`, {
      date: state === 'paused' ? (pausedUntil ? day(pausedUntil) : 'none') : endedAt ? day(endedAt) : 'none',
    }),
    facts: [
      isTheirs ? say('admin.person.theirs') : [],
      say(one.addedBy === 'admin' ? 'admin.person.added.admin' : 'admin.person.added.reader', {
        date: day(one.createdAt),
      }),
      one.consents.map(({ givenAt, way, wordingVersion, minAge }) =>
        say('admin.person.consent', {
          when: wording.moment(givenAt, timezone),
          way: withoutAddresses(way),
          version: wordingVersion,
          age: minAge,
        }),
      ),
      say(`manage.fact.often.${one.frequency}`, { weekday: say(`manage.weekday.${one.weekday}`) }),
      say('admin.person.told', { facets: nameFacets(wording, one) }),
      one.kind === 'condition' ? describeFilters(wording, one.filters) : [],
      state === 'active' && !one.isWatched ? say('manage.fact.waiting') : [],
      state === 'active' && one.nextDueAt
        ? say('manage.fact.next', { moment: wording.moment(one.nextDueAt, timezone) })
        : [],
    ]
      .flat()
      .map((fact) => fact.charAt(0).toUpperCase() + fact.slice(1)),
  };
}

/** A mail of the ledger in words. The server's reply is shown without addresses. */
export function viewMail({ say, moment }: Wording, mail: PersonMail, timezone: string) {
  return {
    id: mail.id,
    when: moment(mail.finishedAt ?? mail.dueAt, timezone),
    what: say(`admin.person.kind.${mail.kind}`),
    phase: say(`admin.person.phase.${mail.phase}`),
    isDoubtful: mail.wasAmbiguous,
    tries: mail.attempts > 1 ? say('admin.person.tries', { count: mail.attempts }) : null,
    reply: mail.reply === null ? null : withoutAddresses(mail.reply),
  };
}
