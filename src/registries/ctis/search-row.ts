import { z } from 'zod';
import { code, text } from '../text-values.ts';
import { dayOf, euNumber, line, statusOfCode, wholeNumber } from './answer-schema.ts';
import { portalStatus } from './statuses.ts';

/** A country of a row and its status: `Spain:4`. */
const rowCountry = text.transform((value, context) => {
  const [, name, number] = /^(.+?)\s*:\s*(\d+)$/.exec(value) ?? [];
  const status = number === undefined ? null : portalStatus(Number(number));
  if (name !== undefined && status !== null) return { mscName: name, mscPublicStatusCode: status };
  context.addIssue({ code: 'custom', message: `"${value.slice(0, 40)}" is no country with a known status` });
  return z.NEVER;
});

/** A row of the search, each value normalised. */
export const SearchRow = z.object({
  ctNumber: euNumber,
  ctStatus: statusOfCode,
  ctTitle: line,
  shortTitle: line,
  startDateEU: dayOf,
  endDateEU: dayOf,
  endDate: dayOf,
  conditions: line,
  trialCountries: z.array(rowCountry),
  sponsor: line,
  sponsorType: line,
  trialPhase: line,
  ageGroup: line,
  gender: line,
  totalNumberEnrolled: wholeNumber,
  resultsFirstReceived: code(['YES', 'NO']).nullish(),
  lastUpdated: dayOf,
  lastPublicationUpdate: dayOf,
});
/** A row with normalised values. */
export type SearchRow = z.infer<typeof SearchRow>;
