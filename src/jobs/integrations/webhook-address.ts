import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { isPrivateAddress } from '../../registries/address.ts';

/** A checked address to connect to. */
export type CheckedAddress = { address: string; family: 4 | 6 };

/** Resolves a host name to addresses. */
export type Resolve = (hostname: string) => Promise<string[]>;

/** A target that must not be connected to. Its message contains no path and no secret. */
export class TargetRefused extends Error {
  override name = 'TargetRefused';
}

/**
 * Networks without public hosts, beside the private ones: documentation, relays, and those that embed an IPv4
 * address (RFC 6890).
 */
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

/**
 * The IPv6 range for public hosts (RFC 4291, section 2.4). Mapped and translated IPv4 addresses are outside
 * of it.
 */
const globalUnicast = new BlockList();
globalUnicast.addSubnet('2000::', 3, 'ipv6');

/** Whether an address can belong to a public host. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !isPrivateAddress(address) && !notPublic.check(address, 'ipv4');
  return family === 6 && globalUnicast.check(address, 'ipv6') && !notPublic.check(address, 'ipv6');
}

/** The fault of a webhook's URL in words; null if it is valid. */
export function findTargetFault(text: string, privateOk: boolean): string | null {
  if (!URL.canParse(text)) return 'is not a URL, such as https://example.org/trialbell';
  const { protocol, username, password, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
  if (protocol === 'http:' && !privateOk)
    return 'must begin with https://: unencrypted messages can be altered on the way (--private allows http)';
  if (username !== '' || password !== '') return 'must not hold a user name or password';
  return hash === '' ? null : 'must not hold a #fragment';
}

/**
 * Resolves a target's host once and checks the addresses: connect only to these (P7). Throws a TargetRefused
 * if one of them is private, loopback, link-local or belongs to no host, unless `privateOk`.
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
