import { offeredFacets } from '../../core/subscriptions/follow-defaults.ts';
import { readSettings, type Settings } from '../../db/admin/subscriber-settings.ts';
import { listCountries } from '../../db/catalog/places.ts';
import { type Followed, listFollowed } from '../../db/subscribers/followed.ts';
import { changeOwnState, changeOwnSubscription } from '../../use-cases/subscriptions/change-own.ts';
import { field, type PageRequest, type PageResponse } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { countryOptions, describeFilters, describeSubscription } from '../shared/describe-subscription.ts';
import {
  fieldsOf,
  offered,
  readSettingsForm,
  type SettingsErrors,
  type SettingsFields,
} from './manage-choice.ts';
import { readPauseDate } from './manage-dates.ts';
import { askForAddress, reportChanged, reportDone, signedIn } from './manage-session.ts';
import { describeOwn } from './manage-view.ts';
import { describeExclusions, includeAgain } from './misfits/own-exclusions.ts';

async function findOwn(deps: WebDeps, subscriberId: number, id: string): Promise<Followed | null> {
  if (!/^\d{1,15}$/.test(id)) return null;
  const followed = await listFollowed(deps.db, subscriberId);
  return followed.find((one) => one.id === Number(id)) ?? null;
}

/** The settings of one subscription. */
export const showSubscription = signedIn(async (request, deps, subscriberId) => {
  const one = await findOwn(deps, subscriberId, request.params.id ?? '');
  if (!one) return { notFound: true };
  const person = await readSettings(deps.db, subscriberId);
  if (!person) return askForAddress(request, { status: 401 });
  return showChoice(request, deps, one, person, fieldsOf(one, deps.keys), new Map());
});

async function showChoice(
  request: PageRequest,
  deps: WebDeps,
  one: Followed,
  person: Settings,
  fields: SettingsFields,
  errors: SettingsErrors,
): Promise<PageResponse> {
  const { wording, now } = request;
  return {
    page: 'manage-subscription',
    title: describeSubscription(wording, one),
    status: errors.size > 0 ? 422 : 200,
    view: {
      action: `/manage/subscriptions/${one.id}`,
      path: one.kind === 'trial' ? `/trials/${encodeURIComponent(one.registryId ?? one.words)}` : null,
      facts: await describeOwn(deps, wording, one, person, now),
      kind: one.kind,
      state: one.state,
      fields,
      errors: Object.fromEntries(errors),
      offered: { ...offered, facets: offeredFacets[one.kind] },
      distances: offered.distancesKm.map((value) => ({ value, label: wording.distance(Number(value)) })),
      countries:
        one.kind === 'condition' ? countryOptions(wording, await listCountries(deps.db), fields.country) : [],
      filters: describeFilters(wording, one.filters),
      leftOut: await describeExclusions(deps.db, wording, one),
      today: now.slice(0, 10),
    },
  };
}

/** Changes, pauses, resumes or stops one subscription, or undoes its stop. */
export const changeSubscription = signedIn(async (request, deps, subscriberId) => {
  const { form, now } = request;
  const act = field(form, 'act');
  const id = request.params.id ?? '';
  if (act === 'undo' || act === 'stop' || act === 'resume')
    return changeState(deps, subscriberId, id, act, now);
  if (act === 'include') return includeAgain(request, deps, subscriberId);
  const one = await findOwn(deps, subscriberId, id);
  const person = await readSettings(deps.db, subscriberId);
  if (!person) return askForAddress(request, { status: 401 });
  if (!one) return { notFound: true };
  if (act === 'pause') {
    const pause = readPauseDate(field(form, 'until'), person.timezone, now);
    if ('error' in pause) {
      const fields = { ...fieldsOf(one, deps.keys), until: field(form, 'until') };
      return showChoice(request, deps, one, person, fields, new Map([['until', pause.error]]));
    }
    const own = { kind: act, until: pause.until } as const;
    return reportChanged(own, await changeOwnState(deps, subscriberId, [one.id], own, now));
  }
  const choice = await readSettingsForm(form, one, deps);
  if ('errors' in choice) return showChoice(request, deps, one, person, choice.fields, choice.errors);
  const { frequency, weekday, details } = choice;
  const isCadenceSame = frequency === one.frequency && weekday === one.weekday;
  const cadence = isCadenceSame ? null : { frequency, weekday };
  const isSaved = await changeOwnSubscription(deps, subscriberId, { id: one.id, details, cadence }, now);
  return reportDone(isSaved ? 'saved' : 'nothing');
});

async function changeState(
  deps: WebDeps,
  subscriberId: number,
  id: string,
  act: 'undo' | 'stop' | 'resume',
  now: string,
): Promise<PageResponse> {
  if (!/^\d{1,15}$/.test(id)) return { notFound: true };
  const own = { kind: act };
  return reportChanged(own, await changeOwnState(deps, subscriberId, [Number(id)], own, now));
}
