// Parameters of encrypted requests. An earlier version may have stored them, so their fields keep their
// names.

/** A request for a manage link. The workers, not the page, look up whose address it is (P2). */
export type ManageLinkRequest = { email: string } | { subscriberId: number; generation: number };

/** A request for an admin sign-in link. */
export type AdminLinkRequest = { email: string };

/** A request to change the address for mails. */
export type AddressChangeRequest = { subscriberId: number; email: string };
