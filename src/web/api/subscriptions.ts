import { z } from 'zod';
import type { Facet } from '../../core/change.ts';
import { defaultFacets, defaultFrequency, defaultHour } from '../../core/subscriptions/follow-defaults.ts';
import type { SignUp } from '../../core/subscriptions/sign-up.ts';
import { isMailAddress } from '../../core/text/mail-address.ts';
import { readTimezone, usableTimezone } from '../../core/text/time-zones.ts';
import { problemSentence } from '../../core/wording/problem-sentence.ts';
import { languagesWithRegions } from '../../languages.ts';
import { createWording } from '../../mail/catalogue.ts';
import { submitRequest } from '../../use-cases/submit-request.ts';
import { readFields } from '../follow/follow-fields.ts';
import type { OfferProblem, Offers } from '../follow/follow-offer-types.ts';
import { findOffers } from '../follow/follow-offers.ts';
import type { WebDeps } from '../http/web-deps.ts';
import { SubscriptionAnswer } from './answers.ts';
import { checkSignUpShare } from './key.ts';
import { answerJson, defineOperation, noTrialNumber } from './operation.ts';
import { type ParameterFault, problem, wrongParameters } from './problem.ts';
import { FacetCode, FrequencyCode } from './records.ts';

const words = z
  .string()
  .trim()
  .min(1)
  .max(120)
  .refine((text) => /[\p{L}\p{N}]/u.test(text), 'must contain a letter or a digit');

const SubscriptionWish = z
  .strictObject({
    email: z.string().max(254).refine(isMailAddress, 'is not an email address').meta({ format: 'email' }),
    trials: z.array(words).max(50).default([]).meta({ description: 'Trial numbers' }),
    conditions: z
      .array(words)
      .max(5)
      .default([])
      .meta({ description: 'Conditions, in everyday or registry words' }),
    frequency: FrequencyCode.optional().meta({
      description: 'Daily for trials and weekly for conditions if not given',
    }),
    changes: z
      .array(FacetCode)
      .min(1)
      .optional()
      .meta({ description: 'The kinds of change to report; the defaults if not given' }),
    hour: z
      .int()
      .min(0)
      .max(23)
      .default(defaultHour)
      .meta({ description: "Hour of the email, in the person's time zone" }),
    timezone: z
      .string()
      .max(100)
      .refine((zone) => readTimezone(zone) !== null, 'is not an IANA time zone')
      .optional(),
    language: z.enum(languagesWithRegions as [string, ...string[]]).optional(),
  })
  .refine(({ trials, conditions }) => trials.length + conditions.length > 0, {
    path: ['trials'],
    message: 'is empty, and so is conditions: name something to follow',
  })
  .meta({ id: 'SubscriptionWish' });

type Wish = z.infer<typeof SubscriptionWish>;

export const subscribeOperation = defineOperation({
  name: 'addSubscriptions',
  method: 'POST',
  path: '/api/v1/subscriptions',
  summary: 'Request subscriptions for a person, who must confirm them',
  description:
    'The person gets the usual confirmation email, at most one in 24 hours and three in all, and follows nothing until they confirm. The response is the same whether or not the address is known, and nothing about people can be read.',
  scope: 'subscriptions',
  params: z.strictObject({}),
  query: z.strictObject({}),
  body: SubscriptionWish,
  success: {
    status: 202,
    description: 'Accepted; the person is asked to confirm',
    schema: SubscriptionAnswer,
  },
  otherwise: [422, 503],
  act: async ({ body }, request, deps) => {
    const { now } = request;
    const offers = await findOffers(deps, fieldsOf(body, deps), true);
    const faults = findFaults(body, offers);
    if (faults.some(({ detail }) => detail === sayings.away))
      return problem('away', 'The registry cannot be reached now. Try again later.', {
        errors: faults,
        headers: { 'retry-after': '60' },
      });
    if (faults.length > 0) return wrongParameters('not-understood', faults);
    const refused = await checkSignUpShare(request, deps);
    if (refused !== null) return refused;
    await submitRequest(deps, 'sign-up', makeWish(body, offers, deps), now);
    const following = offers.ticked.map(({ kind, id, label, understood, value }) => ({
      kind,
      asked: value.slice(value.indexOf(':') + 1),
      id,
      name: kind === 'trial' ? label : (understood.conceptTerm ?? understood.words),
    }));
    const answer = { following } satisfies z.input<typeof SubscriptionAnswer>;
    return { ...answerJson(answer), status: 202 };
  },
});

/** The fields that the sign-up form would have sent. */
function fieldsOf({ trials, conditions }: Wish, { config }: WebDeps) {
  return readFields({ trial: trials, condition: conditions }, config.defaultTimezone);
}

const sayings: Partial<Record<OfferProblem['kind'], string>> = {
  unknown: 'is known neither here nor to the registry',
  attribute: 'is a feature of many conditions and cannot be followed alone',
  'too-short': 'is too short to be followed alone',
  'no-such-trial': 'is not known to the registry',
  away: 'cannot be looked up now',
  'no-number': noTrialNumber,
};

/** The parts of a request that cannot be followed as sent. */
function findFaults(wish: Wish, offers: Offers): ParameterFault[] {
  const place = (asked: string): string => {
    const at = (list: readonly string[]) => {
      const exact = list.findIndex((one) => one.toUpperCase() === asked.toUpperCase());
      return exact >= 0 ? exact : list.findIndex((one) => one.toUpperCase().includes(asked.toUpperCase()));
    };
    const trial = at(wish.trials);
    if (trial >= 0) return `trials[${trial}]`;
    const condition = at(wish.conditions);
    return condition >= 0 ? `conditions[${condition}]` : 'trials';
  };
  const faults: ParameterFault[] = offers.problems.map((one) => ({
    parameter: place(one.kind === 'no-such-trial' ? one.id : one.words),
    detail: sayings[one.kind] ?? problemSentence(createWording('en'), one),
  }));
  const list = (choices: readonly { value: string }[]) =>
    choices.map(({ value }) => value.slice('condition:'.length)).join(', ');
  for (const { words: asked, why, offers: choices, beside } of offers.choices)
    if (why === 'choose')
      faults.push({
        parameter: place(asked),
        detail: [
          choices.length > 0
            ? `is ambiguous; choose one of: ${list(choices)}`
            : 'is not a condition on its own',
          ...(beside.length > 0 ? [`also named in trials with these words: ${list(beside)}`] : []),
        ].join('; '),
      });
  for (const { understood, label } of offers.ticked)
    if (understood.weeklyOnly && wish.frequency !== undefined && wish.frequency !== 'weekly')
      faults.push({
        parameter: 'frequency',
        detail: `must be weekly for ${label}, which covers thousands of trials`,
      });
  return faults;
}

function makeWish(wish: Wish, offers: Offers, { config }: WebDeps): SignUp {
  const language = wish.language ?? config.defaultLanguage;
  const facetsOf = (kind: 'trial' | 'condition'): Facet[] => wish.changes ?? [...defaultFacets[kind]];
  return {
    email: wish.email,
    choices: offers.ticked.map(({ kind, understood }) => ({
      understood,
      filters: {},
      facets: facetsOf(kind),
      frequency: wish.frequency ?? defaultFrequency[kind],
    })),
    hour: wish.hour,
    timezone: wish.timezone === undefined ? config.defaultTimezone : usableTimezone(wish.timezone),
    subject: 'neutral',
    note: null,
    language,
  };
}
