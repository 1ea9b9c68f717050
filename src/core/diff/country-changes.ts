import type { Change, CountryListing, Edit, Judgement } from '../change.ts';
import { isSameValue } from '../same-value.ts';
import type { Trial, TrialCountry } from '../trial.ts';
import { isRespelled } from './spelling.ts';

type CountryEdit = Extract<Edit, { field: 'countries' }>;

/** Compares a trial's countries by code: one edit for each that came, went or differs, in the order of codes. */
export function compareCountries(before: Trial, after: Trial): CountryEdit[] {
  const [was, is] = [byCode(before.countries), byCode(after.countries)];
  return [...new Set([...was.keys(), ...is.keys()])].toSorted().flatMap((code) => {
    const [from, to] = [was.get(code) ?? null, is.get(code) ?? null];
    return isSameValue(from, to) ? [] : [editOf(from, to)];
  });
}

/** The countries after edits that `compareCountries` made from them. */
export function applyCountries(
  before: readonly TrialCountry[],
  edits: readonly Pick<CountryEdit, 'before' | 'after'>[],
): TrialCountry[] {
  const countries = byCode(before);
  for (const { before: was, after: is } of edits) {
    if (is !== null) countries.set(is.code, is);
    else if (was !== null) countries.delete(was.code);
  }
  return [...countries.values()].toSorted((a, b) => (a.code < b.code ? -1 : 1));
}

function byCode(countries: readonly TrialCountry[]): Map<string, TrialCountry> {
  return new Map(countries.map((country) => [country.code, country]));
}

function editOf(before: TrialCountry | null, after: TrialCountry | null): CountryEdit {
  return { field: 'countries', before, after, ...judgeCountry(before, after) };
}

function judgeCountry(was: TrialCountry | null, is: TrialCountry | null): Judgement {
  if (was === null || is === null) {
    const reason = was === null ? 'a country was added' : 'a country is no longer listed';
    return { fate: 'told', reason, change: countryChange(was, is) };
  }
  if (was.status === is.status) {
    // "Authorised, recruiting" becomes "Ongoing, recruiting" when the first person takes part: both recruit.
    if (is.status === 'RECRUITING') return silent('it goes on recruiting');
    if (was.listedAs === is.listedAs || isRespelled(was.listedAs, is.listedAs))
      return silent('only its dates or spelling changed');
    if (was.listedAs === null || is.listedAs === null) return silent('only the registry’s word came or went');
  }
  if (was.status === null || is.status === null)
    return silent('its status was not given before, or is not now');
  return { fate: 'told', reason: 'the status in a country changed', change: countryChange(was, is) };
}

const silent = (reason: string): Judgement => ({ fate: 'silent', reason, change: null });

function countryChange(was: TrialCountry | null, is: TrialCountry | null): Change {
  const kind = was === null ? 'country-added' : is === null ? 'country-removed' : 'country-status';
  const country = (is ?? was)?.name ?? '';
  return { facet: 'countries', kind, before: listingOf(was), after: listingOf(is), country };
}

function listingOf(country: TrialCountry | null): CountryListing | null {
  return country && { status: country.status, listedAs: country.listedAs };
}
