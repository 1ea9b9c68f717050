import { createHash } from 'node:crypto';
import type { Facet } from '../../core/change.ts';
import type { ResolvedCondition } from '../../core/matching/understood.ts';
import type { Frequency } from '../../core/schedule.ts';
import { defaultFacets, defaultFrequency, defaultHour } from '../../core/subscriptions/follow-defaults.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { findOrAddSubscriber, findSuppression } from '../../db/subscribers/subscribers.ts';
import { hasToken } from '../../db/subscribers/tokens.ts';
import type { UseCaseContext } from '../context.ts';
import { type AddedSubscription, addSubscriptions, type Consent } from './add-subscriptions.ts';
import { requestConfirmation } from './request-confirmation.ts';

/** Subscriptions that staff add for a person; null means the default. */
export type WishOnBehalf = {
  email: string;
  frequency: Frequency | null;
  hour: number | null;
  timezone: string | null;
  facets: Facet[] | null;
  /** The language of mails to a person who is not known yet. */
  language: string | null;
  /** How and when the person agreed; null asks them by mail. */
  consent: string | null;
};

/**
 * The outcome. `asked`: a new mail was planned. `waits`: the link of an earlier mail still works. `unasked`:
 * no mail is sent, and no earlier link works either. `known`: everything had been confirmed before.
 */
export type AddedOnBehalf = {
  subscriberId: number;
  subscriptionIds: number[];
  outcome: 'asked' | 'waits' | 'unasked' | 'known';
};

type Context = Pick<UseCaseContext, 'keys' | 'config'>;

/**
 * Adds subscriptions that their owner is asked to confirm, in the caller's transaction and within the
 * allowance of confirmation mails (P3). Null, and nothing written, if the address is suppressed.
 */
export async function addOnBehalf(
  context: Context,
  tx: Tx,
  wish: Pick<WishOnBehalf, 'email' | 'frequency' | 'language'> &
    Partial<Pick<WishOnBehalf, 'hour' | 'timezone'>>,
  understood: readonly ResolvedCondition[],
  now: Instant,
): Promise<AddedOnBehalf | null> {
  if (await findSuppression(tx, context.keys, wish.email)) return null;
  const whole = { hour: null, timezone: null, ...wish, facets: null, consent: null };
  const { subscriberId, added, isPending, isAsked } = await addByHand(context, tx, whole, understood, {
    always: false,
    now,
  });
  const subscriptionIds = added.map((one) => one.subscriptionId);
  const isLinkOut = () => hasToken(tx, { subscriberId, purpose: 'confirm', now });
  const outcome = isAsked ? 'asked' : !isPending ? 'known' : (await isLinkOut()) ? 'waits' : 'unasked';
  return { subscriberId, subscriptionIds, outcome };
}

/**
 * Adds subscriptions on behalf of staff, in the caller's transaction: active if consent was given elsewhere,
 * otherwise pending. `always`: sends the confirmation mail whatever the allowance of the address.
 */
export async function addByHand(
  { keys, config }: Context,
  tx: Tx,
  wish: WishOnBehalf,
  understood: readonly ResolvedCondition[],
  { always, now }: { always: boolean; now: Instant },
): Promise<{ subscriberId: number; added: AddedSubscription[]; isPending: boolean; isAsked: boolean }> {
  const person = await findOrAddSubscriber(tx, keys, {
    email: wish.email,
    language: wish.language ?? config.defaultLanguage,
    timezone: wish.timezone ?? config.defaultTimezone,
    hour: wish.hour ?? defaultHour,
    now,
  });
  const wanted = understood.map((one) => ({
    understood: one,
    filters: {},
    facets: wish.facets ?? [...defaultFacets[one.kind]],
    frequency: wish.frequency ?? defaultFrequency[one.kind],
    note: null,
  }));
  const consent = wish.consent === null ? null : consentByHand(wish.consent, config.minAge);
  const added = await addSubscriptions(tx, person, wanted, {
    consent,
    anyFilters: true,
    addedBy: 'admin',
    now,
  });
  const isPending = added.some(({ state }) => state === 'pending');
  const how = { always, byStaff: true };
  const isAsked =
    isPending && (await requestConfirmation(keys, tx, { id: person.id, email: wish.email }, now, how));
  return { subscriberId: person.id, added, isPending, isAsked };
}

function consentByHand(way: string, minAge: number): Consent {
  const wordingHash = createHash('sha256').update(way).digest('hex');
  return { wordingVersion: 'by-hand', wordingHash, way, minAge };
}
