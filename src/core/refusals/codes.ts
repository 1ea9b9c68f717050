import type { RefusalMeaning } from './meanings.ts';

/**
 * Enhanced status codes without their first digit, and their meaning if no words say otherwise. `*` stands
 * for every other number. Codes that are not listed have no meaning.
 */
export const enhancedCodes: readonly [code: string, meaning: RefusalMeaning, source: string][] = [
  ['1.1', 'no-mailbox', 'RFC 3463: bad destination mailbox address'],
  ['1.2', 'no-domain', 'RFC 3463: bad destination system address'],
  ['1.3', 'no-mailbox', 'RFC 3463: bad destination mailbox address syntax'],
  ['1.4', 'refused', 'RFC 3463: destination mailbox address ambiguous'],
  ['1.6', 'moved', 'RFC 3463: destination mailbox has moved, no forwarding address'],
  ['1.7', 'sender-refused', 'RFC 3463: bad sender’s mailbox address syntax'],
  ['1.8', 'sender-refused', 'RFC 3463: bad sender’s system address'],
  ['1.10', 'no-mail-domain', 'RFC 7505: recipient address has null MX'],
  ['2.1', 'mailbox-closed', 'RFC 3463: mailbox disabled, not accepting messages'],
  ['2.2', 'mailbox-full', 'RFC 3463: mailbox full'],
  ['2.3', 'too-large', 'RFC 3463: message length exceeds administrative limit'],
  ['2.4', 'server-trouble', 'RFC 3463: mailing list expansion problem'],
  ['3.1', 'server-trouble', 'RFC 3463: mail system full'],
  ['3.2', 'server-trouble', 'RFC 3463: system not accepting network messages'],
  ['3.3', 'malformed', 'RFC 3463: system not capable of selected features'],
  ['3.4', 'too-large', 'RFC 3463: message too big for system'],
  ['3.5', 'server-trouble', 'RFC 3463: system incorrectly configured'],
  ['4.1', 'unreachable', 'RFC 3463: no answer from host'],
  ['4.2', 'unreachable', 'RFC 3463: bad connection'],
  ['4.3', 'unreachable', 'RFC 3463: directory server failure'],
  ['4.4', 'unreachable', 'RFC 3463: unable to route'],
  ['4.5', 'server-trouble', 'RFC 3463: mail system congestion'],
  ['4.6', 'server-trouble', 'RFC 3463: routing loop detected'],
  ['4.7', 'expired', 'RFC 3463: delivery time expired'],
  ['4.*', 'unreachable', 'RFC 3463: network and routing status'],
  ['6.*', 'malformed', 'RFC 3463: message content or media status'],
  ['7.17', 'mailbox-closed', 'RFC 7293: mailbox owner has changed'],
  ['7.18', 'mailbox-closed', 'RFC 7293: domain owner has changed'],
  ['7.20', 'unauthenticated', 'RFC 7372: no passing DKIM signature found'],
  ['7.21', 'unauthenticated', 'RFC 7372: no acceptable DKIM signature found'],
  ['7.22', 'unauthenticated', 'RFC 7372: no valid author-matched DKIM signature found'],
  ['7.23', 'unauthenticated', 'RFC 7372: SPF validation failed'],
  ['7.24', 'unauthenticated', 'RFC 7372: SPF validation error'],
  ['7.25', 'unauthenticated', 'RFC 7372: reverse DNS validation failed'],
  ['7.26', 'unauthenticated', 'RFC 7372: multiple authentication checks failed'],
  // About the sender, not the recipient. Google uses it for SPF.
  ['7.27', 'sender-refused', 'RFC 7505: sender address has null MX'],
  ['7.28', 'too-fast', 'IANA: mail flood detected'],
  ['7.29', 'unauthenticated', 'RFC 8601: ARC validation failure'],
  ['7.*', 'not-allowed', 'RFC 3463: security or policy status'],
];

/** Pairs of codes whose meaning differs from that of either code alone. */
const pairedCodes: readonly [reply: string, enhanced: string, meaning: RefusalMeaning, source: string][] = [
  ['521', '5.3.2', 'refused', 'RFC 7504: host does not accept mail'],
  ['556', '5.1.10', 'no-mail-domain', 'RFC 7504: domain does not accept mail'],
  ['550', '5.4.1', 'refused', 'Exchange Online: no such recipient in the directory, mostly'],
];

/** Reply codes, and their meaning if neither words nor an enhanced code say more. */
export const replyCodes: readonly [code: string, meaning: RefusalMeaning, source: string][] = [
  ['421', 'server-trouble', 'RFC 5321: service not available, closing transmission channel'],
  ['450', 'failed', 'RFC 5321: mailbox unavailable, for now'],
  ['451', 'server-trouble', 'RFC 5321: local error in processing'],
  ['452', 'server-trouble', 'RFC 5321: insufficient system storage'],
  ['521', 'refused', 'RFC 7504: host does not accept mail'],
  ['530', 'unauthenticated', 'RFC 4954: authentication required'],
  ['535', 'unauthenticated', 'RFC 4954: authentication credentials invalid'],
  ['550', 'refused', 'RFC 5321: mailbox unavailable'],
  ['551', 'moved', 'RFC 5321: user not local'],
  ['552', 'mailbox-full', 'RFC 5321: exceeded storage allocation'],
  ['553', 'refused', 'RFC 5321: mailbox name not allowed'],
  ['556', 'refused', 'RFC 7504: domain does not accept mail'],
];

/** Looks up an enhanced code (`5.1.1`), alone or beside a reply code. Null if the code says nothing. */
export function readEnhancedCode(
  code: string,
  beside: string | null = null,
): { meaning: RefusalMeaning; source: string } | null {
  const pair = pairedCodes.find(([reply, enhanced]) => reply === beside && enhanced === code);
  if (pair) return { meaning: pair[2], source: pair[3] };
  const [first = '', subject = '', detail = ''] = code.split('.');
  if (first !== '4' && first !== '5') return null;
  const find = (wanted: string) => enhancedCodes.find(([known]) => known === wanted);
  const found = find(`${subject}.${Number(detail)}`) ?? find(`${subject}.*`);
  if (!found) return null;
  const [, meaning, source] = found;
  return { meaning, source };
}

/** Looks up a reply code (`550`) that stands alone. Null if it is not an error. */
export function readReplyCode(code: string): { meaning: RefusalMeaning; source: string } | null {
  const found = replyCodes.find(([known]) => known === code);
  if (found) return { meaning: found[1], source: found[2] };
  if (!/^[45]/.test(code)) return null;
  return { meaning: 'failed', source: 'RFC 5321: no more is said' };
}
