import { readSettings } from '../../db/admin/subscriber-settings.ts';
import { listCountries } from '../../db/catalog/places.ts';
import { type Followed, listFollowed } from '../../db/subscribers/followed.ts';
import { changeDetails } from '../../db/subscribers/subscription-settings.ts';
import {
  changeFrequency,
  lockChooser,
  pauseSubscriptions,
  resumeSubscriptions,
  stopSubscriptions,
  undoStop,
} from '../../db/subscribers/subscription-state.ts';
import { type Answer, field, type Visit } from '../http/page-response.ts';
import type { WebParts } from '../http/web-deps.ts';
import { countryOptions, describeFilters, nameChoice } from '../shared/describe-subscription.ts';
import { type ChoiceErrors, type ChoiceFields, fieldsOf, offered, readChoice } from './manage-choice.ts';
import { readPauseDate } from './manage-dates.ts';
import { askForAddress, signedIn } from './manage-session.ts';

async function findOwn(parts: WebParts, subscriberId: number, id: string): Promise<Followed | null> {
  if (!/^\d{1,15}$/.test(id)) return null;
  const followed = await listFollowed(parts.db, subscriberId);
  return followed.find((one) => one.id === Number(id)) ?? null;
}

/** One subscription with all that can be changed of it. */
export const showSubscription = signedIn(async (visit, parts, subscriberId) => {
  const one = await findOwn(parts, subscriberId, visit.params.id ?? '');
  return one ? showChoice(visit, parts, one, fieldsOf(one, parts.keys), new Map()) : { notFound: true };
});

async function showChoice(
  visit: Visit,
  parts: WebParts,
  one: Followed,
  fields: ChoiceFields,
  errors: ChoiceErrors,
): Promise<Answer> {
  const { wording, now } = visit;
  return {
    page: 'manage-subscription',
    title: nameChoice(wording, one),
    status: errors.size > 0 ? 422 : 200,
    view: {
      action: `/manage/subscriptions/${one.id}`,
      kind: one.kind,
      state: one.state,
      fields,
      errors: Object.fromEntries(errors),
      offered,
      countries:
        one.kind === 'condition'
          ? countryOptions(wording, await listCountries(parts.db), fields.country)
          : [],
      filters: describeFilters(wording, one.filters),
      today: now.slice(0, 10),
    },
  };
}

/** Changes, pauses, resumes, stops one subscription, or undoes its stop. */
export const changeSubscription = signedIn(async (visit, parts, subscriberId) => {
  const { form, now } = visit;
  const act = field(form, 'act');
  const id = visit.params.id ?? '';
  if (act === 'undo' || act === 'stop' || act === 'resume')
    return changeState(parts, subscriberId, id, act, now);
  const one = await findOwn(parts, subscriberId, id);
  const person = await readSettings(parts.db, subscriberId);
  if (!person) return askForAddress(visit, { status: 401 });
  if (!one) return { notFound: true };
  if (act === 'pause') {
    const pause = readPauseDate(field(form, 'until'), person.timezone, now);
    if ('error' in pause) {
      const fields = { ...fieldsOf(one, parts.keys), until: field(form, 'until') };
      return showChoice(visit, parts, one, fields, new Map([['until', pause.error]]));
    }
    await parts.db.transaction().execute(async (tx) => {
      const chooser = await lockChooser(tx, subscriberId);
      if (chooser) await pauseSubscriptions(tx, chooser, [one.id], pause.until);
    });
    return { seeOther: '/manage?done=paused' };
  }
  const choice = await readChoice(form, one, parts);
  if ('errors' in choice) return showChoice(visit, parts, one, choice.fields, choice.errors);
  const { frequency, weekday, details } = choice;
  await parts.db.transaction().execute(async (tx) => {
    const chooser = await lockChooser(tx, subscriberId);
    if (!chooser) return;
    await changeDetails(tx, chooser, one.id, details);
    if (frequency !== one.frequency || weekday !== one.weekday)
      await changeFrequency(tx, chooser, [one.id], { frequency, weekday }, now);
  });
  return { seeOther: '/manage?done=saved' };
});

async function changeState(
  { db }: WebParts,
  subscriberId: number,
  id: string,
  act: 'undo' | 'stop' | 'resume',
  now: string,
): Promise<Answer> {
  if (!/^\d{1,15}$/.test(id)) return { notFound: true };
  const change = { undo: undoStop, stop: stopSubscriptions, resume: resumeSubscriptions }[act];
  const count = await db.transaction().execute(async (tx) => {
    const chooser = await lockChooser(tx, subscriberId);
    return chooser ? change(tx, chooser, [Number(id)], now) : 0;
  });
  const done = { undo: 'undone', stop: 'stopped', resume: 'resumed' }[act];
  return count > 0 ? { seeOther: `/manage?done=${done}` } : { seeOther: '/manage' };
}
