import { addMs } from '../core/instants.ts';
import { listDueRequests, postponeRequest, takeRequest } from '../db/subscribers/requests.ts';
import { messageOf } from '../errors.ts';
import { sendAdminLink } from './admin/admin-link.ts';
import type { Context } from './context.ts';
import { raiseAlarm } from './raise-alarm.ts';
import {
  handleAddressChange,
  handleBulkAdd,
  handleBulkStop,
  handleConfirmAgain,
  handleManageLink,
  handleSignUpRequest,
  handleSyncList,
  handleWatch,
} from './subscribers/handle-requests.ts';
import type { RequestHandler } from './subscribers/request-handler.ts';

/** The handlers by kind of request. */
const handlers: Readonly<Record<string, RequestHandler>> = {
  'admin-link': sendAdminLink,
  'manage-link': handleManageLink,
  'change-address': handleAddressChange,
  'sign-up': handleSignUpRequest,
  'confirm-again': handleConfirmAgain,
  watch: handleWatch,
  'sync-list': handleSyncList,
  'bulk-add': handleBulkAdd,
  'bulk-stop': handleBulkStop,
};

const retryAfterMinutes = [1, 5, 30];
const longestWaitMinutes = 360;
const roundAtMost = 1_000;

/**
 * Handles one request. Does nothing if it is already done or another process has it. A request that fails is
 * tried again later.
 */
export async function doRequest(context: Context, id: number): Promise<void> {
  try {
    const after = await context.db.transaction().execute(async (tx) => {
      const request = await takeRequest(tx, id);
      if (!request) return;
      const handler = handlers[request.kind];
      if (!handler) throw new Error(`no handler for requests of the kind "${request.kind}"`);
      return handler(context, tx, JSON.parse(context.keys.decrypt(request.params)), request.createdAt);
    });
    await after?.();
  } catch (error) {
    context.log.error({ request: id, reason: messageOf(error) }, 'request failed');
    await postponeRequest(context.db, id, (tried) =>
      addMs(context.now(), (retryAfterMinutes[tried] ?? longestWaitMinutes) * 60_000),
    );
    await raiseAlarm(context, 'request-failed', `Request ${id} could not be done: ${messageOf(error)}`);
  }
}

/** Handles every waiting request in order: for a round without queues. */
export async function doDueRequests(context: Context): Promise<void> {
  for (const id of await listDueRequests(context.db, context.now(), roundAtMost))
    await doRequest(context, id);
}

/** Enqueues the waiting requests. */
export async function enqueueRequests(context: Context): Promise<void> {
  const due = await listDueRequests(context.db, context.now(), roundAtMost);
  await context.enqueue(
    'requests',
    due.map((requestId) => ({ requestId })),
  );
}
