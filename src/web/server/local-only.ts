import type { FastifyRequest } from 'fastify';
import { type Config, isLoopback } from '../../config.ts';

/** What proxies add to a request they pass on. */
const forwarded = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
];

/** Whether pages for this machine alone may be shown at all: not where others are told to look. */
export function isForThisMachine({ baseUrl }: Pick<Config, 'baseUrl'>): boolean {
  return isLoopback(new URL(baseUrl).hostname);
}

/**
 * Whether a request was made on this machine, to this machine (N8): where the socket listens says nothing once a proxy
 * stands in front, or a page elsewhere has its name point here.
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
