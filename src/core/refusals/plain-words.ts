/** Operators of block lists. A link to one of them in a refusal tells the reason. */
const listOperators =
  /(?:abuseat|barracudacentral|cloudmark|invaluement|ipcheck\.proofpoint|mailspike|senderscore|sorbs|spamcop|spamhaus|spamrats|surbl|uceprotect|uribl)\b/i;

const address =
  /<[^<>\n]{0,320}@[^<>\n]{0,320}>|"[^"\n]{0,64}"@[^\s<>"'(),;]{1,255}|[^\s<>"'(),;:[\]]{1,64}@[^\s<>"'(),;:]{0,255}/g;
const bracketed = /<(?!<)[^<>\s]{1,320}>/g;
const link = /\b(?:https?|ftp):\/\/[^\s<>"')]*|\bwww\.[^\s<>"')]*/gi;
const network = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)|\b[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){3,7}\b/gi;
/** The last label must be in lower case: "exist.Please" is the end of a sentence. */
const hostName = /(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[a-z]{2,24}(?![\w-])/g;

/**
 * Replaces the names in a server's text: `@` for an address, `~` for a link, a host name or an IP address. A
 * link to a known block list becomes the word `blocklisted`.
 */
export function withoutNames(text: string): string {
  return text
    .replace(link, (found) => (listOperators.test(found) ? ' blocklisted ' : ' ~ '))
    .replace(address, '@')
    .replace(bracketed, '@')
    .replace(network, '~')
    .replace(hostName, (found) => (listOperators.test(found) ? '~ blocklisted' : '~'));
}

/** Prepares a text for matching: lower case, no accents, single spaces. */
export function foldServerText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[‘’´`]/g, "'")
    .toLowerCase()
    .replaceAll('_', ' ')
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
}

/** Removes names and prepares the rest for matching. */
export function plainWords(text: string): string {
  return foldServerText(withoutNames(text));
}
