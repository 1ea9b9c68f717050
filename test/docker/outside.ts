/** Where containers find the registry and the mail server of a test: an address of their host, in this network alone. */
export const outside = '10.77.0.1';
