import type { Fields } from './report-fields.ts';

/** Fields in which servers store the address that a message was delivered to. */
const recipientFields = [
  ...['to', 'delivered-to', 'x-original-to', 'envelope-to', 'x-envelope-to', 'x-delivered-to', 'original-to'],
  ...['apparently-to', 'x-rcpt-to', 'received'],
];

/**
 * Adds a mail's token to the sender's address (VERP). The token is that of the Message-ID, so it cannot be
 * guessed. It is in lower case: some servers change the case of addresses.
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
