import type { Facet } from '../../core/change.ts';
import type { SubscriptionFilters } from '../../core/subscriptions/filters.ts';
import { offeredFacets } from '../../core/subscriptions/follow-defaults.ts';
import { splitPlace } from '../../core/subscriptions/place-name.ts';
import { countryName } from '../../core/wording/countries.ts';
import { quoteRegistry, quoteText } from '../../core/wording/values.ts';
import type { Wording } from '../../core/wording/wording.ts';

/** A subscription in words: its name, frequency, facets and filters. */
export type SubscriptionWords = { name: string; often: string; told: string; only: string[] };

/** The name of a subscription: a trial with its title, or a condition with the heading it was resolved to. */
export function describeSubscription(
  wording: Wording,
  choice: {
    kind: 'trial' | 'condition';
    registryId: string | null;
    title: string | null;
    words: string;
    conceptTerm: string | null;
  },
): string {
  const { kind, registryId, title, words, conceptTerm } = choice;
  if (kind === 'trial') {
    const id = registryId ?? words;
    return title ? wording.say('follow.name.trial', { id, title: quoteRegistry(wording, title, 300) }) : id;
  }
  const typed = quoteText(words, 200);
  return conceptTerm && conceptTerm.toLowerCase() !== typed.toLowerCase()
    ? wording.say('follow.name.condition', { words: typed, term: quoteRegistry(wording, conceptTerm, 200) })
    : typed;
}

/** The names of facets as one list. */
export function nameFacets(
  wording: Wording,
  { kind, facets }: { kind: 'trial' | 'condition'; facets: readonly Facet[] },
): string {
  const told = offeredFacets[kind].filter((facet) => facets.includes(facet));
  return wording.list((told.length > 0 ? told : facets).map((facet) => wording.say(`follow.facet.${facet}`)));
}

/** The filters of a condition, one line each. */
export function describeFilters(wording: Wording, filters: SubscriptionFilters): string[] {
  const { say } = wording;
  const { country, place, ageGroup, sex, studyTypes = [], phases = [], recruitingOnly } = filters;
  const names = (codes: readonly string[]) => wording.list(codes.map((code) => say(`follow.option.${code}`)));
  return [
    country ? say('follow.only.country', { country: countryName(wording, country) }) : [],
    place
      ? say('follow.only.place', { distance: wording.distance(place.km), name: placeName(wording, place) })
      : [],
    ageGroup ? say('follow.only.age', { group: names([ageGroup]) }) : [],
    sex ? say('follow.only.sex', { sex: names([sex]) }) : [],
    studyTypes.length > 0 ? say('follow.only.types', { types: names(studyTypes) }) : [],
    phases.length > 0 ? say('follow.only.phases', { phases: names(phases) }) : [],
    recruitingOnly ? say('follow.only.recruiting') : [],
  ].flat();
}

/** A chosen place, with its country in the reader's language; by its coordinates if it has no name. */
function placeName(wording: Wording, { name, lat, lon }: NonNullable<SubscriptionFilters['place']>): string {
  if (name === undefined) return `${lat}, ${lon}`;
  const { city, country } = splitPlace(name);
  return country === null ? city : `${city}, ${countryName(wording, country)}`;
}

/** The countries to choose from, sorted by name, including the chosen one even if it is unknown. */
export function countryOptions(
  wording: Wording,
  known: readonly string[],
  chosen: string,
): { value: string; label: string }[] {
  return [...new Set([...known, ...(chosen === '' ? [] : [chosen])])]
    .map((value) => ({ value, label: countryName(wording, value) }))
    .toSorted((a, b) => a.label.localeCompare(b.label, wording.language));
}
