import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { isPrivateAddress } from '../../registries/address.ts';

/** An address to connect to, as it was checked. */
export type CheckedAddress = { address: string; family: 4 | 6 };

/** The addresses of a host name. */
export type Resolve = (hostname: string) => Promise<string[]>;

/** A target that is not connected to. Its message names no path and no secret. */
export class TargetRefused extends Error {
  override name = 'TargetRefused';
}

/** Networks of no host beside the private ones: documentation, relays, and what carries an IPv4 address inside (RFC 6890). */
const notPublic = new BlockList();
for (const [net, prefix] of [
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
] as const)
  notPublic.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  notPublic.addSubnet(net, prefix, 'ipv6');

/** All that IPv6 has for hosts of the public network (RFC 4291, section 2.4): mapped and translated IPv4 is outside of it. */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an address is one of a host of the public network. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !isPrivateAddress(address) && !notPublic.check(address, 'ipv4');
  return family === 6 && globalUnicast.check(address, 'ipv6') && !notPublic.check(address, 'ipv6');
}

/** What is wrong with the address of a webhook, in words; null when nothing is. */
export function findTargetFault(text: string, privateOk: boolean): string | null {
  if (!URL.canParse(text)) return 'is no address, such as https://example.org/trialbell';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
  if (protocol === 'http:' && !privateOk)
    return 'must begin with https://: what is sent in the open can be changed on its way (--private allows http)';
  if (username !== '' || password !== '') return 'must not hold a user name or password';
  return hash === '' ? null : 'must not hold a #fragment';
}

/**
 * The addresses of a target's host, looked up once and checked: whoever connects must connect to these (P7). Throws a
 * TargetRefused when one of them is private, loopback, link-local or of no host, unless `privateOk`.
 */
export async function resolveTarget(
  url: URL,
  { privateOk, resolve = resolveHost }: { privateOk: boolean; resolve?: Resolve | undefined },
): Promise<CheckedAddress[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const found = isIP(host) === 0 ? await resolve(host) : [host];
  if (found.length === 0) throw new TargetRefused(`${host} has no address`);
  if (!privateOk && !found.every(isPublicAddress))
    throw new TargetRefused(`${host} leads to an address that is not public, so nothing was sent`);
  return found.map((address) => ({ address, family: isIP(address) === 6 ? 6 : 4 }));
}

async function resolveHost(hostname: string): Promise<string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}
