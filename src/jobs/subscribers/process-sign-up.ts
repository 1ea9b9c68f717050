import type { ConfirmAgain, SignUp } from '../../core/subscriptions/sign-up.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { listPending } from '../../db/subscribers/pending-subscriptions.ts';
import { addRequest } from '../../db/subscribers/requests.ts';
import { findToken } from '../../db/subscribers/sessions.ts';
import {
  findOrAddSubscriber,
  findSubscriber,
  findSuppression,
  settleUnconfirmed,
} from '../../db/subscribers/subscribers.ts';
import { hashToken } from '../../keys.ts';
import { addMs, type Context } from '../context.ts';
import { enqueueFor } from '../delivery/enqueue-deliveries.ts';
import { addSubscriptions } from './add-subscriptions.ts';
import { requestConfirmation } from './request-confirmation.ts';
import type { RequestHandler } from './request-handler.ts';
import { watchAtOnce } from './subscribe.ts';

const watchAgainMs = 60_000;

/**
 * Does what a sign-up form asked: what is chosen waits for its confirmation (P3), or is followed at once when the same
 * browser confirmed this address before. Mail that was stopped for good stays so.
 */
export const processSignUp: RequestHandler = async (context, tx, params) => {
  // Sealed by our own pages: nobody else can make one that opens.
  const wish = params as SignUp;
  if (await findSuppression(tx, context.keys, wish.email)) return undefined;
  const now = context.now();
  const { timezone, hour, language, subject } = wish;
  const chosen = { timezone, hour, language, subject };
  const found = await findOrAddSubscriber(tx, context.keys, {
    email: wish.email,
    ...chosen,
    now,
  });
  const isKnownBrowser = wish.browser !== null && (await isBrowserOf(tx, wish.browser, found.id, now));
  const isUnconfirmed = await settleUnconfirmed(tx, found.id, chosen);
  const person = isUnconfirmed ? { ...found, ...chosen } : found;
  const choices = wish.choices.map((choice) => ({
    ...choice,
    note: wish.note === null ? null : context.keys.encrypt(wish.note),
  }));
  const consent = isKnownBrowser
    ? {
        ...wish.consent,
        way: 'sign-up form, from a browser that had confirmed',
        minAge: context.config.minAge,
      }
    : null;
  const added = await addSubscriptions(tx, person, choices, { consent, anyFilters: false, now });
  if (!added.some(({ state }) => state === 'pending'))
    return isKnownBrowser ? () => watchOrWait(context) : undefined;
  await requestConfirmation(context, tx, { id: person.id, email: wish.email }, now, { always: false });
  return () => enqueueFor(context, [person.id]);
};

/** Sends the confirmation mail once more, while something waits for it and the allowance holds. */
export const confirmAgain: RequestHandler = async (context, tx, params) => {
  const { email } = params as ConfirmAgain;
  const id = await findSubscriber(tx, context.keys, email);
  if (id === null || (await askOnceMore(context, tx, { id, email })) !== 'asked') return undefined;
  return () => enqueueFor(context, [id]);
};

/** As `confirmAgain`, in the caller's transaction; says what came of it. `refused`: the allowance is used up for now. */
export async function askOnceMore(
  context: Context,
  tx: Tx,
  person: { id: number; email: string },
): Promise<'asked' | 'refused' | 'stopped' | 'nothing-waits'> {
  if (await findSuppression(tx, context.keys, person.email)) return 'stopped';
  const waiting = await listPending(tx, person.id);
  if (!waiting || waiting.choices.length === 0) return 'nothing-waits';
  const isAsked = await requestConfirmation(context, tx, person, context.now(), { always: false });
  return isAsked ? 'asked' : 'refused';
}

/** Stores the baselines of what was just confirmed, after the commit. */
export const watchNew: RequestHandler = async (context) => () => watchOrWait(context);

async function watchOrWait(context: Context): Promise<void> {
  if (await watchAtOnce(context)) return;
  // Another process reads the registry: what was confirmed since it began may not be among what it reads.
  const params = context.keys.encrypt('{}');
  await addRequest(context.db, { kind: 'watch', params, now: addMs(context.now(), watchAgainMs) });
}

async function isBrowserOf(tx: Tx, token: string, subscriberId: number, now: Instant): Promise<boolean> {
  const owner = await findToken(tx, { hash: hashToken(token), purpose: 'browser', now });
  return owner === subscriberId;
}
