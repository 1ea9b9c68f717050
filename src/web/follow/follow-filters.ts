import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import { faultOf } from '../../core/subscriptions/find-place.ts';
import { findPlace } from '../../db/catalog/places.ts';
import type { WebDeps } from '../http/web-deps.ts';
import type { FieldErrors, FollowField, Wishes } from './follow-fields.ts';
import type { Offers } from './follow-offer-types.ts';

/** Reads the filters of a form. Reports an unknown city, and an umbrella term that is not followed weekly. */
export async function readFilters(
  deps: WebDeps,
  wishes: Omit<Wishes, 'follow'>,
  offers: Offers,
): Promise<{ filters: SubscriptionFilters; errors: FieldErrors; cities: string[] }> {
  const errors = new Map<FollowField, string>();
  const filters: SubscriptionFilters = {};
  let cities: string[] = [];
  if (wishes.country !== '') filters.country = wishes.country;
  if (wishes.city !== '') {
    const answer = await findPlace(deps.db, wishes.city, wishes.country);
    const { found, choices } = answer;
    const fault = faultOf(answer);
    if (found) filters.place = { lat: found.lat, lon: found.lon, km: wishes.km, name: found.name };
    if (fault) errors.set('city', fault);
    cities = choices.map(({ name }) => name);
  }
  if (wishes.age_group !== '') filters.ageGroup = wishes.age_group;
  if (wishes.sex !== '') filters.sex = wishes.sex;
  if (wishes.study_types.length > 0) filters.studyTypes = wishes.study_types;
  if (wishes.phases.length > 0) filters.phases = wishes.phases;
  if (wishes.recruiting) filters.recruitingOnly = true;
  if (wishes.condition_frequency !== 'weekly' && offers.ticked.some(({ weeklyOnly }) => weeklyOnly))
    errors.set('condition_frequency', 'weekly-only');
  return { filters, errors, cities };
}
