import { countryCode, nameCountry } from '../../core/countries.ts';
import type { PartialDate, TrialCountry, TrialStatus } from '../../core/trial.ts';
import type { PartTwo, Period, RetrieveAnswer } from './answer-schema.ts';
import type { PortalStatus } from './statuses.ts';

/** A day as the trial model writes dates. */
export function onDay(
  day: string | null | undefined,
  type: PartialDate['type'] = 'ACTUAL',
): PartialDate | null {
  return day ? { date: day, precision: 'day', type } : null;
}

/**
 * A country as it is stored. A country that our table does not know keeps the registry's name, also as its
 * code.
 */
export function toTrialCountry(
  given: string,
  status: PortalStatus | null,
  dates: Partial<Pick<TrialCountry, 'startDate' | 'recruitmentStart' | 'recruitmentEnd'>> = {},
): TrialCountry {
  const code = countryCode(given);
  return {
    code: code ?? given,
    name: (code && nameCountry(code, 'en')) ?? given,
    status: status?.status ?? null,
    listedAs: status?.word ?? null,
    startDate: null,
    recruitmentStart: null,
    recruitmentEnd: null,
    ...dates,
  };
}

/** Countries by code; of one that is listed twice, the first. */
export function sortCountries(countries: readonly TrialCountry[]): TrialCountry[] {
  const byCode = new Map(countries.toReversed().map((country) => [country.code, country]));
  return [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

const nameOf = ({ mscInfo }: PartTwo) => mscInfo?.mscName || mscInfo?.countryName || '';

/**
 * The period that counts: the one reported last, since recruitment may start again. Periods are repeated,
 * sometimes without an end that another copy has.
 */
function newestPeriod(periods: readonly Period[]): Period | null {
  const order = (period: Period) =>
    [
      period.fromDate ?? '',
      period.recruitmentStartDate ?? period.trialStartDate ?? '',
      period.recruitmentEndDate ?? period.trialEndDate ?? '',
    ].join(' ');
  return periods.reduce<Period | null>(
    (newest, period) => (newest === null || order(period) > order(newest) ? period : newest),
    null,
  );
}

/** The member states of a record, by code, each with its status and dates. */
export function readMemberStates(answer: RetrieveAnswer): TrialCountry[] {
  const { memberStatesConcerned, authorizedPartsII } = answer.authorizedApplication;
  const names = [...memberStatesConcerned.map(({ mscName }) => mscName), ...authorizedPartsII.map(nameOf)];
  const distinct = [...new Set(names.filter((name) => name !== ''))];
  const isOnly = new Set(distinct.map((name) => countryCode(name) ?? name)).size === 1;
  return sortCountries(
    distinct.map((name) => {
      const part = authorizedPartsII.findLast((one) => nameOf(one) === name);
      const trial = newestPeriod(part?.mscInfo?.trialPeriod ?? []);
      const recruitment = newestPeriod(part?.mscInfo?.trialRecruitmentPeriod ?? []);
      const listed = memberStatesConcerned.find(({ mscName }) => mscName === name)?.mscPublicStatusCode;
      // Answers of 2024 have no code for each country: the trial's own is that of an only country.
      const stated = listed ?? (isOnly ? answer.ctPublicStatusCode : null);
      const country = toTrialCountry(name, stated, {
        startDate: onDay(trial?.trialStartDate),
        recruitmentStart: onDay(recruitment?.recruitmentStartDate),
        recruitmentEnd: onDay(recruitment?.recruitmentEndDate),
      });
      if (stated === null && part) country.status = statusByDates(trial, recruitment);
      const endedEarly = country.status === 'COMPLETED' && hasEndedEarly(answer, name);
      return endedEarly ? { ...country, status: 'TERMINATED' as const } : country;
    }),
  );
}

/** The status of a country that has no code, by what its sponsor has notified. */
function statusByDates(trial: Period | null, recruitment: Period | null): TrialStatus {
  if (trial?.trialEndDate) return 'COMPLETED';
  if (!recruitment?.recruitmentStartDate) return 'NOT_YET_RECRUITING';
  return recruitment.recruitmentEndDate ? 'ACTIVE_NOT_RECRUITING' : 'RECRUITING';
}

function hasEndedEarly({ events }: RetrieveAnswer, name: string): boolean {
  return (events?.trialEvents ?? [])
    .filter(({ mscName }) => mscName === name)
    .some((country) =>
      country.events.some(({ notificationType }) => notificationType === 'EARLY_TERMINATION'),
    );
}
