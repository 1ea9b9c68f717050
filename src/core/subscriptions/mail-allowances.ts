/** How many mails may be requested for one address or domain. Statement P3, unless another stands beside a limit. */

/** Confirmation mails to an address that has not confirmed, in any spelling. */
export const confirmationAllowance = { most: 3, everyHours: 24 } as const;

/** N9: confirmation mails that strangers may cause to one destination domain in 24 hours. */
export const domainAllowance = { common: 2_000, other: 50 } as const;

/** N9: sign-ups through one API key in 24 hours. */
export const signUpsPerKey = 200;

/** Links to a person's own subscriptions in 24 hours, counted separately from confirmation mails. */
export const manageLinksADay = 3;

/** Address changes that a person may begin in 24 hours, and mails about them to one address. */
export const addressChangesADay = 3;

/**
 * Sign-in links to an admin: the number in 24 hours that is mailed immediately, and the interval of further ones. Each
 * link works for an hour. Even while a stranger keeps asking, a working link is therefore always in the mailbox: nobody
 * is locked out or flooded.
 */
export const adminLinkAllowance = { soonADay: 10, laterEveryHours: 0.5 } as const;
