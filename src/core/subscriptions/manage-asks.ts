/** What the page that asks for a link hands to the workers: whose address it is, is looked up there (P2). */
export type ManageLinkAsk = { email: string } | { subscriberId: number; generation: number };

/** Somebody typed an address on the page where admins sign in. */
export type AdminLinkAsk = { email: string };

/** Somebody wants their mails at another address. */
export type AddressAsk = { subscriberId: number; email: string };
