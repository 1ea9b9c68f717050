import type { BulkRequest } from '../../core/subscriptions/bulk.ts';
import type { AddressChangeRequest, ManageLinkRequest } from '../../core/subscriptions/link-requests.ts';
import type { ConfirmAgain, SignUp } from '../../core/subscriptions/sign-up.ts';
import type { Tx } from '../../db/connect.ts';
import { findSubscriber } from '../../db/subscribers/subscribers.ts';
import { beginAddressChange } from '../../use-cases/account/change-address.ts';
import { planManageLink } from '../../use-cases/account/manage-link.ts';
import { addInBulk, stopInBulk } from '../../use-cases/admin/bulk-parts.ts';
import { enqueuePlanned, enqueueSends } from '../../use-cases/enqueue-planned.ts';
import { requestConfirmationAgain } from '../../use-cases/subscriptions/request-confirmation.ts';
import { signUp } from '../../use-cases/subscriptions/sign-up.ts';
import { type ListRequest, syncList } from '../../use-cases/subscriptions/sync-lists.ts';
import type { Context } from '../context.ts';
import type { RequestHandler } from './request-handler.ts';
import { watchSoon } from './watch-soon.ts';

// The parameters of each request were encrypted by our own pages: nobody else can make a row that decrypts.

/** Adds the subscriptions of a sign-up form. */
export const handleSignUpRequest: RequestHandler = async (context, tx, params) => {
  const done = await signUp(context, tx, params as SignUp, context.now());
  if (done?.needsLink) return mailLink(context, tx, { subscriberId: done.subscriberId, generation: null });
  if (done?.isFollowing) return () => watchSoon(context);
  if (done?.isAsked) return () => enqueuePlanned(context, [done.subscriberId], context.now());
  return undefined;
};

/** Mails the confirmation again if something is pending. */
export const handleConfirmAgain: RequestHandler = async (context, tx, params) => {
  const { email } = params as ConfirmAgain;
  const id = await findSubscriber(tx, context.keys, email);
  if (id === null) return undefined;
  const outcome = await requestConfirmationAgain(context.keys, tx, { id, email }, context.now(), 'reader');
  return outcome === 'asked' ? () => enqueuePlanned(context, [id], context.now()) : undefined;
};

/** Reads the baselines of newly confirmed subscriptions, after the commit. */
export const handleWatch: RequestHandler = async (context) => () => watchSoon(context);

/**
 * Gives the followers of a list its last edit, and reads the baselines of what is new. The next sweep continues what is
 * interrupted.
 */
export const handleSyncList: RequestHandler = async (context, _tx, params) => {
  const { listId } = params as ListRequest;
  return async () => {
    await syncList(context.db, listId, context.now());
    await watchSoon(context);
  };
};

/** Mails a person the link to their subscriptions; sends nothing to a person without any. */
export const handleManageLink: RequestHandler = async (context, tx, params) => {
  const ask = params as ManageLinkRequest;
  if (!('email' in ask)) return mailLink(context, tx, ask);
  const subscriberId = await findSubscriber(tx, context.keys, ask.email);
  return subscriberId === null ? undefined : mailLink(context, tx, { subscriberId, generation: null });
};

async function mailLink(context: Context, tx: Tx, who: Parameters<typeof planManageLink>[2]) {
  const deliveryId = await planManageLink(context.keys, tx, who, context.now(), 'reader');
  return deliveryId === null ? undefined : () => enqueueSends(context, [deliveryId]);
}

/** Begins an address change. */
export const handleAddressChange: RequestHandler = async (context, tx, params) => {
  const ids = await beginAddressChange(context.keys, tx, params as AddressChangeRequest, context.now());
  return () => enqueueSends(context, ids);
};

/** Invites the people of one part of a list. */
export const handleBulkAdd: RequestHandler = async (context, tx, params) => {
  const asked = await addInBulk(context, tx, params as BulkRequest, context.now());
  return () => enqueuePlanned(context, asked, context.now());
};

/** Stops the subscriptions that one part of a list names. */
export const handleBulkStop: RequestHandler = async (context, tx, params) => {
  await stopInBulk(context, tx, params as BulkRequest, context.now());
  return undefined;
};
