import type { SubscriptionFilters } from '../core/filters.ts';
import { findPlaces } from '../db/places.ts';
import type { FieldErrors, FollowField, Wishes } from './follow-fields.ts';
import type { Offers } from './follow-offer.ts';
import type { WebParts } from './parts.ts';

/** The filters a form asks for, and what is wrong with its city or with how often an umbrella is followed. */
export async function readFilters(
  parts: WebParts,
  wishes: Omit<Wishes, 'follow'>,
  offers: Offers,
): Promise<{ filters: SubscriptionFilters; errors: FieldErrors; countries: string[] }> {
  const errors = new Map<FollowField, string>();
  const filters: SubscriptionFilters = {};
  let countries: string[] = [];
  if (wishes.country !== '') filters.country = wishes.country;
  if (wishes.city !== '') {
    const places = await findCity(parts, wishes.city, wishes.country);
    const [place] = places;
    if (place && places.length === 1)
      filters.place = {
        lat: place.lat,
        lon: place.lon,
        km: wishes.km,
        name: `${place.city}, ${place.country}`,
      };
    else errors.set('city', place ? 'city-many' : 'city-unknown');
    countries = places.map(({ country }) => country);
  }
  if (wishes.age_group !== '') filters.ageGroup = wishes.age_group;
  if (wishes.sex !== '') filters.sex = wishes.sex;
  if (wishes.study_types.length > 0) filters.studyTypes = wishes.study_types;
  if (wishes.phases.length > 0) filters.phases = wishes.phases;
  if (wishes.recruiting) filters.recruitingOnly = true;
  if (wishes.condition_frequency !== 'weekly' && offers.ticked.some(({ weeklyOnly }) => weeklyOnly))
    errors.set('condition_frequency', 'weekly-only');
  return { filters, errors, countries };
}

/** As typed, or with its country behind a comma, as the list of cities has it. */
async function findCity(parts: WebParts, typed: string, country: string) {
  const found = await findPlaces(parts.db, typed, country);
  const cut = /^(.+),\s*([^,]+)$/.exec(typed);
  if (found.length > 0 || !cut?.[1] || !cut[2]) return found;
  return findPlaces(parts.db, cut[1].trim(), country || cut[2].trim());
}
