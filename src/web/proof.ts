/** What a browser is asked to work out while very many sign up. */
export type ProofView = { challenge: string };
