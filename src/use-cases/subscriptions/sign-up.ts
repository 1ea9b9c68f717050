import type { SignUp } from '../../core/subscriptions/sign-up.ts';
import type { Instant } from '../../core/trial.ts';
import type { Tx } from '../../db/connect.ts';
import { askForListFollow } from '../../db/lists/list-follows.ts';
import { findOrAddSubscriber, findSuppression, settleUnconfirmed } from '../../db/subscribers/subscribers.ts';
import { isLiftedByLink } from '../../db/subscribers/suppressions.ts';
import type { UseCaseContext } from '../context.ts';
import { addSubscriptions } from './add-subscriptions.ts';
import { browserWay, findBrowserOwner } from './follow-more.ts';
import { requestConfirmation } from './request-confirmation.ts';

/**
 * The outcome of a sign-up. `isFollowing`: a subscription is active, and its baseline may still have to be
 * read. `needsLink`: the address is suppressed after bounces, and nothing new is pending whose confirmation
 * would lift that (B6).
 */
export type SignUpResult = {
  subscriberId: number;
  isAsked: boolean;
  isFollowing: boolean;
  needsLink: boolean;
};

/**
 * Processes a sign-up in the transaction that takes its request. The subscriptions wait for confirmation
 * (P3), or become active at once if the request is of an earlier version and of a browser that confirmed this address
 * before. Null, and nothing written, if the address is suppressed by a complaint or on request. After bounces the confirmation mail is
 * sent anyway, and confirming lifts the suppression (B6).
 */
export async function signUp(
  { keys, config }: Pick<UseCaseContext, 'keys' | 'config'>,
  tx: Tx,
  wish: SignUp,
  now: Instant,
): Promise<SignUpResult | null> {
  const suppression = await findSuppression(tx, keys, wish.email);
  if (suppression !== null && !isLiftedByLink(suppression)) return null;
  const { email, timezone, hour, language, subject, weeklyCap = null } = wish;
  const settings = { timezone, hour, language, subject, weeklyCap };
  const found = await findOrAddSubscriber(tx, keys, { email, ...settings, now });
  // Only a link from the mailbox shows that it accepts mail again.
  const isKnownBrowser =
    suppression === null && !!wish.browser && (await isBrowserOf(tx, wish.browser, found.id, now));
  const isUnconfirmed = await settleUnconfirmed(tx, found.id, settings);
  const person = isUnconfirmed ? { ...found, ...settings } : found;
  const wanted = wish.choices.map((choice) => ({
    ...choice,
    note: wish.note === null ? null : keys.encrypt(wish.note),
  }));
  const consent =
    isKnownBrowser && wish.consent ? { ...wish.consent, way: browserWay, minAge: config.minAge } : null;
  const added = await addSubscriptions(tx, person, wanted, { consent, anyFilters: false, now });
  const result = { subscriberId: person.id, isAsked: false, isFollowing: consent !== null, needsLink: false };
  const isListPending =
    wish.list !== undefined &&
    (await askForListFollow(tx, {
      listId: wish.list.id,
      subscriberId: person.id,
      frequency: wish.list.frequency,
      now,
    }));
  if (!isListPending && !added.some(({ state }) => state === 'pending'))
    return { ...result, needsLink: suppression !== null };
  const isAsked = await requestConfirmation(keys, tx, { id: person.id, email }, now, { always: false });
  return { ...result, isAsked, isFollowing: false };
}

async function isBrowserOf(tx: Tx, token: string, subscriberId: number, now: Instant): Promise<boolean> {
  return (await findBrowserOwner(tx, token, now)) === subscriberId;
}
