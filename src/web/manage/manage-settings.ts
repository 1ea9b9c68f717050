import { readWeeklyCap, weeklyCaps } from '../../core/schedule.ts';
import type { AddressChangeRequest } from '../../core/subscriptions/link-requests.ts';
import { addressChangesADay } from '../../core/subscriptions/mail-allowances.ts';
import { subjectStyles } from '../../core/subscriptions/subject-styles.ts';
import { isMailAddress } from '../../core/text/mail-address.ts';
import { offerTimezones, readTimezone } from '../../core/text/time-zones.ts';
import type { Instant } from '../../core/trial.ts';
import type { Wording } from '../../core/wording/wording.ts';
import { readSettings, renewFeed, type Settings } from '../../db/admin/subscriber-settings.ts';
import { listFollowed } from '../../db/subscribers/followed.ts';
import { isLanguage, languagesWithRegions } from '../../languages.ts';
import { changeSettings } from '../../use-cases/account/change-settings.ts';
import { submitRequest } from '../../use-cases/submit-request.ts';
import { languageCookieSeconds, languageNames } from '../http/negotiate-language.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { estimateYear, sayVolume } from '../shared/year-volume.ts';
import { makeDerivedLink } from './derived-link.ts';
import { askForAddress, reportDone, signedIn } from './manage-session.ts';

/** The settings of the signed-in person: time, language, subjects, no-news notes, address and private feed. */
export const showSettings = signedIn((request, deps, subscriberId) => showForm(request, deps, subscriberId));

async function showForm(
  request: PageRequest,
  deps: WebDeps,
  subscriberId: number,
  error: { field: 'hour' | 'zone' | 'language' | 'email'; code: string } | null = null,
): Promise<PageResponse> {
  const { wording, form, now } = request;
  const person = await readSettings(deps.db, subscriberId);
  if (!person) return askForAddress(request, { status: 401 });
  const linkFor = (purpose: 'feed' | 'calendar') =>
    makeDerivedLink(deps.keys, purpose, { id: person.id, generation: person.feedGeneration });
  const home = deps.config.baseUrl.replace(/\/+$/, '');
  return {
    page: 'manage-settings',
    title: wording.say('settings.title'),
    status: error ? 422 : 200,
    view: {
      address: deps.keys.decrypt(person.address),
      hour: form.hour ? field(form, 'hour') : String(person.hour),
      zone: form.zone ? field(form, 'zone') : person.timezone,
      subject: form.subject ? field(form, 'subject') : person.subject,
      subjectStyles,
      cap: form.cap ? field(form, 'cap') : String(person.weeklyCap ?? ''),
      ...(await volumesOf(deps, wording, person, now)),
      noNews: form.asks_quiet ? field(form, 'quiet') !== '' : person.noNewsNotes,
      mailLanguage: form.language ? field(form, 'language') : person.language,
      mailLanguages: [...new Set([...languagesWithRegions, person.language])].map((code) => ({
        code,
        name: languageNames.get(code) ?? code,
      })),
      email: field(form, 'email'),
      hours: Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: wording.hour(hour) })),
      timezones: offerTimezones(person.timezone),
      feedUrl: `${home}/manage/feed/${linkFor('feed')}.atom`,
      calendarUrl: `${home}/manage/calendar/${linkFor('calendar')}.ics`,
      error,
    },
  };
}

/** The limits to choose from, each with the emails of the last 12 months that it would have left. */
async function volumesOf({ db }: WebDeps, wording: Wording, person: Settings, now: Instant) {
  const followed = (await listFollowed(db, person.id)).filter(({ state }) => state === 'active');
  const { hour, timezone } = person;
  const limits = [null, ...weeklyCaps];
  const volumes = await estimateYear(db, followed, { hour, timezone, now }, limits);
  return {
    volume: volumes?.[0] ? sayVolume(wording, volumes[0], timezone) : null,
    caps: limits.map((cap, n) => ({ value: String(cap ?? ''), mails: volumes?.[n]?.mails ?? null })),
  };
}

/** Changes time, language and subject style. From then on the pages use the chosen language. */
export const submitSettings = signedIn(async (request, deps, subscriberId) => {
  const { form, now } = request;
  const hour = field(form, 'hour');
  if (!/^\d{1,2}$/.test(hour) || Number(hour) > 23)
    return showForm(request, deps, subscriberId, { field: 'hour', code: 'choice' });
  const person = await readSettings(deps.db, subscriberId);
  if (!person) return askForAddress(request, { status: 401 });
  // What a newer version has stored is kept if it comes back unchanged.
  const timezone =
    field(form, 'zone') === person.timezone ? person.timezone : readTimezone(field(form, 'zone'));
  if (timezone === null) return showForm(request, deps, subscriberId, { field: 'zone', code: 'choice' });
  // Older forms lack this field.
  const language = form.language ? field(form, 'language') : null;
  if (language !== null && language !== person.language && !isLanguage(language))
    return showForm(request, deps, subscriberId, { field: 'language', code: 'choice' });
  const subject = subjectStyles.find((style) => style === field(form, 'subject')) ?? null;
  const noNewsNotes = form.asks_quiet ? field(form, 'quiet') !== '' : null;
  const cap = form.cap ? field(form, 'cap') : null;
  const weeklyCap = cap === '' ? ('none' as const) : readWeeklyCap(cap ?? '');
  const chosen = { hour: Number(hour), timezone, noNewsNotes, subject, weeklyCap, language };
  if (!(await changeSettings(deps, subscriberId, chosen, now)))
    return askForAddress(request, { status: 401 });
  const done = reportDone('settings');
  if (language === null || !isLanguage(language)) return done;
  const chosenLanguage = { name: 'language', value: language, maxAgeSeconds: languageCookieSeconds } as const;
  return { ...done, cookies: [...done.cookies, chosenLanguage] };
});

/** Requests an address change. Both addresses get a mail, and the response is the same for every address. */
export const askForNewAddress = signedIn(async (request, deps, subscriberId) => {
  const email = field(request.form, 'email');
  if (!isMailAddress(email)) return showForm(request, deps, subscriberId, { field: 'email', code: 'email' });
  const ask: AddressChangeRequest = { subscriberId, email };
  await submitRequest(deps, 'change-address', ask, request.now);
  const view = { email, most: addressChangesADay };
  return { page: 'manage-address-asked', title: request.wording.say('manage.asked.title'), view };
});

/** Gives the private feed a new URL; the old one stops working. */
export const changeFeed = signedIn(async (request, { db }, subscriberId) =>
  (await renewFeed(db, subscriberId)) ? reportDone('feed') : askForAddress(request, { status: 401 }),
);
