import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';

/** A secret as one is made: 32 random bytes, as the Standard Webhooks specification writes them. */
export function makeWebhookSecret(): string {
  return prefix + randomBytes(32).toString('base64');
}

/**
 * The headers of a message in the form of the Standard Webhooks specification (1.0), signed with each secret. `now` is the
 * time of this try, the message's id stays the same over all tries.
 */
export function signWebhook(
  secrets: readonly string[],
  message: { id: string; body: string; now: string },
): Record<string, string> {
  const timestamp = String(Math.floor(Date.parse(message.now) / 1000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64');
    return `v1,${authenticate(key, signed)}`;
  });
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** HMAC-SHA-256 (RFC 2104) of a text in UTF-8, in base64. */
export function authenticate(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'utf8').digest('base64');
}
