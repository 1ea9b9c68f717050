import type { FastifyRequest } from 'fastify';
import { type Config, isLoopback } from '../../config.ts';

/** Headers that proxies add to the requests they forward. */
const forwarded = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];

/** Whether local pages may be shown at all: only if the base URL names this machine. */
export function isForThisMachine({ baseUrl }: Pick<Config, 'baseUrl'>): boolean {
  return isLoopback(new URL(baseUrl).hostname);
}

/**
 * Whether a request was made on this machine, to this machine (N8). Listening on loopback is not enough: a proxy may
 * forward requests, and a foreign host name may resolve to loopback.
 */
export function isFromThisMachine({ headers, socket }: Pick<FastifyRequest, 'headers' | 'socket'>): boolean {
  if (forwarded.some((name) => headers[name] !== undefined)) return false;
  const { remoteAddress = '' } = socket;
  return isLoopbackAddress(remoteAddress) && isLoopbackHost(headers.host ?? '');
}

function isLoopbackHost(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  return isLoopback(hostname);
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}
