import type { CtisCountry, CtisTrial } from './ctis-trial.ts';
import { refreshDays } from './days.ts';

/** The number in the EU register of a trial that stands in both. */
export const euTrialId = '2026-599001-17-00';

const germany: CtisCountry = {
  name: 'Germany',
  code: 2,
  planned: 60,
  sites: [{ org: 'ORG-199000001', name: 'Klinikum Weidental', city: 'Weidental' }],
};
const italyBefore: CtisCountry = {
  name: 'Italy',
  code: 2,
  planned: 40,
  sites: [{ org: 'ORG-199000002', name: 'Ospedale dei Tigli', city: 'Milan' }],
};
const italyOpened: CtisCountry = {
  ...italyBefore,
  code: 4,
  startedOn: '2026-11-03',
  recruitsFrom: '2026-11-04',
};

/** The EU register on each day of the story: on the second, a country opens. */
export function euTrialsByDay(): CtisTrial[][] {
  const [first, second] = refreshDays;
  const trial: CtisTrial = {
    id: euTrialId,
    code: 2,
    title: 'Merovatinib tablets or chemotherapy for non-small cell lung cancer that came back',
    condition: 'Non-small cell lung cancer',
    sponsor: 'Alderbrook Therapeutics',
    nct: 'NCT99000001',
    countries: [germany, italyBefore],
    decidedOn: '2026-10-20',
    publishedOn: first,
  };
  const opened = { ...trial, code: 4, countries: [germany, italyOpened], publishedOn: second };
  return [[trial], [opened], [opened]];
}
