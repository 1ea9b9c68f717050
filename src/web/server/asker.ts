import { createHmac, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** Random in each process, so that no name can be turned back into an address. */
const salt = randomBytes(32);

/** This machine and private networks, where proxies run. */
const isNear = (address: string) =>
  /^(::1|(::ffff:)?(127|10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.|f[cd][0-9a-f]{2}:)/i.test(address);

/**
 * An opaque name of the client's network address, for rate limits (N9). It is neither stored nor logged. Behind a nearby
 * proxy, the client's address is the one that the proxy added last.
 */
export function nameAsker({ headers, socket }: Pick<FastifyRequest, 'headers' | 'socket'>): string {
  const peer = socket.remoteAddress ?? '';
  const passed = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .at(-1)
    ?.trim();
  const address = isNear(peer) && passed ? passed : peer;
  return createHmac('sha256', salt).update(networkOf(address)).digest('base64url').slice(0, 16);
}

/** The network of an address: with IPv6, one household has a whole /64. */
function networkOf(address: string): string {
  const isV6 = address.includes(':') && !address.includes('.');
  return isV6 ? address.split(':').slice(0, 4).join(':') : address.replace(/^::ffff:/, '');
}
