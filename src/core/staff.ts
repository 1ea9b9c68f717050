/** What somebody may do on the admins' pages: an admin looks and acts, a viewer only looks. */
export type Role = 'admin' | 'viewer';

/** Somebody who may use the admins' pages, under the address as it is configured. */
export type Staff = { email: string; role: Role };

/** Who of the configured people an address belongs to, whatever its letters' case; null when to none. Named twice, the greater role counts. */
export function findStaff(
  lists: { adminEmails: readonly string[]; viewerEmails: readonly string[] },
  address: string,
): Staff | null {
  const wanted = address.trim().toLowerCase();
  const among = (emails: readonly string[]) => emails.find((email) => email.toLowerCase() === wanted);
  const admin = among(lists.adminEmails);
  if (admin !== undefined) return { email: admin, role: 'admin' };
  const viewer = among(lists.viewerEmails);
  return viewer === undefined ? null : { email: viewer, role: 'viewer' };
}
