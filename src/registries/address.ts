import { BlockList, isIP } from 'node:net';

const ours = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  ours.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  ours.addSubnet(net, prefix, 'ipv6');
}

/** Whether an IP address belongs to this machine, to a private network, or to no single host (RFC 6890). */
export function isPrivateAddress(address: string): boolean {
  return ours.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a configured host name is itself private, so that a private address is intended. */
export function isPrivateName(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '');
  return (
    isIP(name) !== 0 || !name.includes('.') || /\.(localhost|local|internal|lan|test|home\.arpa)$/i.test(name)
  );
}
