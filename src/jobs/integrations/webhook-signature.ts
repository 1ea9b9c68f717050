import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';

/** Makes a secret: 32 random bytes in the form of the Standard Webhooks specification. */
export function makeWebhookSecret(): string {
  return prefix + randomBytes(32).toString('base64');
}

/**
 * Makes the headers of a message by the Standard Webhooks specification (1.0), signed with each secret. `now`
 * is the time of this attempt; the message's id is the same for all attempts.
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
