import { facets as allFacets } from '../../core/change.ts';
import type { ResolvedCondition } from '../../core/matching/understood.ts';
import { isMailAddress } from '../../core/text/mail-address.ts';
import { listWatching } from '../../db/subscribers/baselines.ts';
import { findSuppression } from '../../db/subscribers/subscribers.ts';
import { TrialbellError } from '../../errors.ts';
import { addByHand, type WishOnBehalf } from '../../use-cases/subscriptions/add-on-behalf.ts';
import type { AddedSubscription } from '../../use-cases/subscriptions/add-subscriptions.ts';
import type { Context } from '../context.ts';
import { understandOrRefuse } from './input-or-refusal.ts';
import { watchSoon } from './watch-soon.ts';

/**
 * Subscriptions that are added manually, as typed. Without a consent, the usual confirmation mail is sent.
 */
export type SubscribeWish = Omit<WishOnBehalf, 'language'> & {
  trials: string[];
  conditions: string[];
  language?: string | null;
};

/** A subscription that was added, and whether it is being watched. */
export type Subscribed = AddedSubscription & {
  /** False while its baseline is not stored: until then nothing is reported. */
  watching: boolean;
};

/**
 * Adds subscriptions for one person in one transaction, all or none, then stores their baselines. Throws a
 * TrialbellError with suggestions for input that cannot be resolved, before anything is written.
 */
export async function subscribe(context: Context, wish: SubscribeWish): Promise<Subscribed[]> {
  checkWish(wish);
  if (await findSuppression(context.db, context.keys, wish.email)) {
    throw new TrialbellError(
      'Email to this address was stopped for good. See why: trialbell suppressions EMAIL',
    );
  }
  const understood: ResolvedCondition[] = [];
  for (const text of wish.trials) understood.push(...(await understandOrRefuse(context, text, 'trial')));
  for (const text of wish.conditions)
    understood.push(...(await understandOrRefuse(context, text, 'condition')));
  for (const one of understood) {
    if (one.weeklyOnly && wish.frequency !== null && wish.frequency !== 'weekly') {
      throw new TrialbellError(
        `"${one.words}" covers thousands of trials. Follow it weekly (--frequency weekly), or name a narrower condition.`,
      );
    }
  }
  const now = context.now();
  const { added } = await context.db
    .transaction()
    .execute((tx) => addByHand(context, tx, { language: null, ...wish }, understood, { always: true, now }));
  if (added.some((subscription) => subscription.state === 'active')) await watchSoon(context);
  const ids = added.map((subscription) => subscription.subscriptionId);
  const watching = await listWatching(context.db, ids);
  return added.map((subscription) => ({
    ...subscription,
    watching: watching.has(subscription.subscriptionId),
  }));
}

/** Throws a TrialbellError for a wish that can be refused without a database. */
export function checkWish(wish: SubscribeWish): void {
  const usage = (message: string) => new TrialbellError(message, { exitCode: 2 });
  if (!isMailAddress(wish.email.trim())) throw usage(`"${wish.email}" is not an email address.`);
  const typed = [...wish.trials, ...wish.conditions];
  if (typed.length === 0 || typed.some((text) => text.trim() === '')) {
    throw usage('Say what to follow: --trial NCT01234567 or --condition "asthma".');
  }
  for (const facet of wish.facets ?? []) {
    if (!allFacets.includes(facet))
      throw usage(`There is no kind of change "${facet}". Choose from: ${allFacets.join(', ')}.`);
  }
}
