/** A request for a manage link. The workers, not the page, look up whose address it is (P2). */
export type ManageLinkAsk = { email: string } | { subscriberId: number; generation: number };

/** A request for an admin sign-in link. */
export type AdminLinkAsk = { email: string };

/** A request to change the address for mails. */
export type AddressAsk = { subscriberId: number; email: string };
