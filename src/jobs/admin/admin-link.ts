import { addMs } from '../../core/instants.ts';
import { findStaff } from '../../core/staff.ts';
import type { AdminLinkAsk } from '../../core/subscriptions/manage-asks.ts';
import { addAdminToken } from '../../db/admin/admin-sessions.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { takeAllowance } from '../../db/subscribers/rate-limits.ts';
import { grantDaily } from '../../db/subscribers/sessions.ts';
import { makeToken } from '../../keys.ts';
import type { RequestHandler } from '../subscribers/request-handler.ts';

/** How long a link to the admins' pages works, once. */
const worksForMs = 3_600_000;
/** Links an address gets in 24 hours as soon as they are asked for. */
const soonADay = 10;
/**
 * How often it gets one beyond those. While somebody else asks and asks, an admin is still mailed a link within this time
 * of any other, each works for an hour, and so one that works is always in the mailbox: nobody is kept out, nor flooded.
 */
const laterEveryHours = 0.5;

/** Mails a fresh link to somebody who may use the admins' pages; nothing to anyone else. */
export const sendAdminLink: RequestHandler = async (context, tx, params) => {
  // Sealed by our own pages: nobody else can make one that opens.
  const ask = params as AdminLinkAsk;
  const { config, keys } = context;
  const staff = findStaff(config, ask.email);
  if (!staff) return undefined;
  const now = context.now();
  const addressHash = keys.hashAddress(staff.email);
  const isGranted =
    (await grantDaily(tx, { addressHash, kind: 'admin', most: soonADay, now })) ||
    (await takeAllowance(tx, {
      addressHash,
      kind: 'admin-later',
      most: null,
      everyHours: laterEveryHours,
      now,
    }));
  if (!isGranted) return undefined;
  const { token, hash } = makeToken();
  const expiresAt = addMs(now, worksForMs);
  const { email } = staff;
  await addAdminToken(tx, { hash, purpose: 'link', email, role: null, createdAt: now, expiresAt });
  const deliveryId = await planDelivery(tx, {
    kind: 'admin',
    subscriberId: null,
    address: keys.encrypt(email),
    params: keys.encrypt(JSON.stringify({ token })),
    now,
  });
  return async () => {
    await context.enqueue('send', { deliveryId });
  };
};
