import { addMs } from '../../core/instants.ts';
import { findStaff } from '../../core/staff.ts';
import type { AdminLinkRequest } from '../../core/subscriptions/link-requests.ts';
import { adminLinkAllowance } from '../../core/subscriptions/mail-allowances.ts';
import { addAdminToken } from '../../db/admin/admin-sessions.ts';
import { planDelivery } from '../../db/delivery/deliveries.ts';
import { takeAllowance, takeDailyAllowance } from '../../db/subscribers/rate-limits.ts';
import { makeToken } from '../../keys.ts';
import type { RequestHandler } from '../subscribers/request-handler.ts';

/** How long an admin sign-in link works; it works once. */
const worksForMs = 3_600_000;
/** Mails a new sign-in link to a person on the staff; sends nothing to anyone else. */
export const sendAdminLink: RequestHandler = async (context, tx, params) => {
  // Encrypted by our own pages, so nobody else can forge it.
  const ask = params as AdminLinkRequest;
  const { config, keys } = context;
  const staff = findStaff(config, ask.email);
  if (!staff) return undefined;
  const now = context.now();
  const addressHash = keys.hashAddress(staff.email);
  const isGranted =
    (await takeDailyAllowance(tx, { addressHash, kind: 'admin', most: adminLinkAllowance.soonADay, now })) ||
    (await takeAllowance(tx, {
      addressHash,
      kind: 'admin-later',
      most: null,
      everyHours: adminLinkAllowance.laterEveryHours,
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
