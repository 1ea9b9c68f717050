import { frequencies, weeklyCaps } from '../../core/schedule.ts';
import { defaultFacets, facetsNearPlace, offeredFacets } from '../../core/subscriptions/follow-defaults.ts';
import { offerTimezones, readTimezone } from '../../core/text/time-zones.ts';
import { type InputProblem, problemSentence } from '../../core/wording/problem-sentence.ts';
import { listCountries } from '../../db/catalog/places.ts';
import type { Page, PageRequest } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { countryOptions } from '../shared/describe-subscription.ts';
import {
  ageGroups,
  distancesKm,
  followAtMost,
  noteAtMost,
  phases,
  sexes,
  studyTypes,
} from '../shared/limits.ts';
import { sayVolume } from '../shared/year-volume.ts';
import type { EstimateView } from './follow-estimate.ts';
import type { FieldErrors, FollowField, FollowFields } from './follow-fields.ts';
import type { ListView } from './follow-list.ts';
import type { Offers } from './follow-offer-types.ts';
import type { ProofView } from './proof-of-work.ts';

/** The contents of the sign-up form. */
export type FollowShown = {
  fields: FollowFields;
  offers: Offers;
  errors?: FieldErrors;
  /** The candidates if the typed city is ambiguous. */
  cities?: string[];
  estimate?: EstimateView | null;
  list?: ListView;
  proof?: ProofView | null;
  /** The form is shown for the first time. */
  isFirst?: boolean;
  status?: number;
};

type Option = { value: string; label: string };

/** The sign-up form, filled in, with each error beside its field. */
export async function followPage(
  { wording }: PageRequest,
  deps: WebDeps,
  shown: FollowShown,
): Promise<Page & { status: number }> {
  const { fields, offers, errors = new Map<FollowField, string>() } = shown;
  const { say } = wording;
  const values = {
    most: followAtMost,
    letters: noteAtMost,
    city: fields.city,
    cities: (shown.cities ?? []).map((name) => wording.say('find.quoted', { words: name })).join(' '),
  };
  const said = [...errors].map(([name, code]) => [name, say(`follow.error.${code}`, values)] as const);
  const options = (codes: readonly string[]): Option[] =>
    codes.map((value) => ({ value, label: say(`follow.option.${value}`) }));
  const facetOptions = (kind: 'trial' | 'condition', standard: readonly string[]) => {
    const all = offeredFacets[kind].map((value) => ({ value, label: say(`follow.facet.${value}`) }));
    return {
      usual: all.filter(({ value }) => standard.includes(value)),
      more: all.filter(({ value }) => !standard.includes(value)),
    };
  };
  const hasChoices = offers.choices.some((choice) => choice.offers.length + choice.beside.length > 0);
  return {
    page: 'follow',
    title: say('follow.title'),
    status: shown.status ?? 200,
    view: {
      fields,
      offers,
      problems: offers.problems.map((one) => problemSentence(wording, one)),
      errors: Object.fromEntries(said),
      summary: said.map(([name, message]) => ({ name, message })),
      isFirst: shown.isFirst ?? false,
      isEmpty: offers.trials.length + offers.conditions.length === 0 && !hasChoices,
      hasTrials: offers.trials.length > 0,
      hasConditions: offers.conditions.length > 0 || hasChoices,
      estimate: shown.estimate,
      volume: shown.estimate ? `${sayVolume(wording, shown.estimate, fields.zone)}.` : null,
      list: shown.list ?? null,
      problemSentence: (problem: InputProblem) => problemSentence(wording, problem),
      proof: shown.proof ?? null,
      frequencies: options(frequencies),
      hours: Array.from({ length: 24 }, (_, hour) => ({
        value: String(hour),
        label: wording.hour(hour),
      })),
      caps: ['', ...weeklyCaps.map(String)],
      zones: groupZones(fields.zone),
      trialFacets: facetOptions('trial', defaultFacets.trial),
      conditionFacets: facetOptions('condition', [...defaultFacets.condition, ...facetsNearPlace]),
      countries: countryOptions(wording, await listCountries(deps.db), fields.country),
      distances: distancesKm.map((value) => ({ value, label: wording.distance(Number(value)) })),
      ageGroups: options(ageGroups),
      sexes: options(sexes),
      studyTypes: options(studyTypes),
      phases: options(phases),
      noteAtMost,
    },
  };
}

/** Groups the time zones by region. An unknown `chosen` is in no group. */
function groupZones(chosen: string): { region: string; zones: (Option & { also: string | null })[] }[] {
  const offered = offerTimezones(readTimezone(chosen) ?? '');
  const groups = Map.groupBy(offered, ({ name }) => (name.includes('/') ? (name.split('/')[0] ?? '') : ''));
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([region, zones]) => ({
      region,
      zones: zones.map(({ name: value, also }) => ({
        value,
        also,
        label: value
          .slice(region === '' ? 0 : region.length + 1)
          .replaceAll('_', ' ')
          .replaceAll('/', ': '),
        isChosen: value === chosen,
      })),
    }));
}
