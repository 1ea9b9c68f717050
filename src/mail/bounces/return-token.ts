import type { Fields } from './report-fields.ts';

/** Fields in which servers put the address that a message was delivered to. */
const recipientFields = [
  ...['to', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to', 'original-to'],
  ...['apparently-to', 'x-rcpt-to', 'received'],
];

/**
 * Adds the token of a mail to the sender's address (VERP). It is that of the Message-ID: nobody can guess it, and it is
 * in lower case, so that a server that changes the case of addresses does no harm.
 */
export function addReturnToken(sender: string, messageId: string): string {
  const at = sender.lastIndexOf('@');
  return `${sender.slice(0, at)}+${messageId.slice(1, messageId.lastIndexOf('@'))}${sender.slice(at)}`;
}

/** Finds the tokens in the addresses that a message was delivered to. */
export function findReturnTokens(header: Fields): string[] {
  const texts = recipientFields.flatMap((name) => header.get(name) ?? []);
  return [...new Set(texts.flatMap((text) => tokensOf(text)))].slice(0, 10);
}

function tokensOf(text: string): string[] {
  return [...text.matchAll(/\+([\da-f]{40})@/gi)].map(([, token = '']) => token.toLowerCase());
}
