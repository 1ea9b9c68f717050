import { normaliseAddress } from './text/mail-address.ts';

/** The rights on the admin pages: an admin looks and acts, a viewer only looks. */
export type Role = 'admin' | 'viewer';

/** A person who may use the admin pages, with the configured spelling of their address. */
export type Staff = { email: string; role: Role };

/**
 * Finds the configured person with an address, ignoring case; null if there is none. If listed twice, the
 * greater role counts.
 */
export function findStaff(
  lists: { adminEmails: readonly string[]; viewerEmails: readonly string[] },
  address: string,
): Staff | null {
  const wanted = normaliseAddress(address);
  const among = (emails: readonly string[]) => emails.find((email) => normaliseAddress(email) === wanted);
  const admin = among(lists.adminEmails);
  if (admin !== undefined) return { email: admin, role: 'admin' };
  const viewer = among(lists.viewerEmails);
  return viewer === undefined ? null : { email: viewer, role: 'viewer' };
}
