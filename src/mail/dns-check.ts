import { isIP } from 'node:net';
import { type Config, isLoopback } from '../config.ts';
import { domainOf, senderAddress } from '../core/text/mail-address.ts';
import { messageOf } from '../errors.ts';
import { dkimRecord } from './dkim.ts';
import { smtpAddress } from './greeting.ts';

/** The DNS queries that the checks need; `Resolver` of node:dns/promises has them. */
export type DnsResolver = {
  resolveTxt(name: string): Promise<string[][]>;
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
  reverse(address: string): Promise<string[]>;
};

/** A finding, in a sentence that says what to do. `ask` means that only a person can know. */
export type DnsFinding = { ok: boolean | 'ask'; text: string };

type Asked = Pick<Config, 'smtpUrl' | 'mailFrom' | 'dkim' | 'adminEmails'>;

/**
 * Checks what mailbox providers check before they accept mail from us: SPF, DKIM, DMARC and the mail server's
 * PTR. Asks nothing if mail does not leave this machine. Never throws.
 */
export async function checkMailDns(config: Asked, dns: DnsResolver): Promise<DnsFinding[]> {
  if (!config.smtpUrl || isLoopback(new URL(config.smtpUrl).hostname)) return [];
  const domain = domainOf(senderAddress(config.mailFrom));
  const host = smtpAddress(config.smtpUrl).host.replace(/^\[|\]$/g, '');
  const checks: [string, Promise<DnsFinding[]>][] = [
    ['SPF', checkSpf(dns, domain, host)],
    ['DKIM', checkDkim(dns, domain, config.dkim)],
    ['DMARC', checkDmarc(dns, domain, config.adminEmails[0] ?? `postmaster@${domain}`)],
    ['PTR', checkPtr(dns, host)],
  ];
  const found = checks.map(([what, check]) =>
    check.catch((error) => [
      { ok: false, text: `${what} could not be looked up: ${messageOf(error)}. Try again later.` },
    ]),
  );
  return (await Promise.all(found)).flat();
}

async function checkSpf(dns: DnsResolver, domain: string, host: string): Promise<DnsFinding[]> {
  const records = (await texts(dns, domain)).filter((text) => /^v=spf1(\s|$)/i.test(text));
  const own = isIP(host) ? `ip${isIP(host)}:${host}` : `a:${host}`;
  const [record] = records;
  if (record === undefined) {
    const text = `SPF: ${domain} does not say who may send for it. Publish as TXT at ${domain}: v=spf1 ${own} -all (or what your mail provider asks for).`;
    return [{ ok: false, text }];
  }
  if (records.length > 1) {
    const text = `SPF: ${domain} has ${records.length} records, and none of them counts. Make one of them: ${records.join(' | ')}`;
    return [{ ok: false, text }];
  }
  if (/(^|\s)\+?all(\s|$)/i.test(record)) {
    const text = `SPF: ${domain} lets anyone send for it. Let its TXT end in -all: ${record}`;
    return [{ ok: false, text }];
  }
  const text = `SPF: ${domain} says who may send for it: ${record}. Is the address your emails leave from among them?`;
  return [{ ok: true, text }];
}

async function checkDkim(dns: DnsResolver, domain: string, key: Config['dkim']): Promise<DnsFinding[]> {
  if (!key) {
    const text = `DKIM: emails leave here unsigned. Does your mail server sign them for ${domain}? If not, set DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY.`;
    return [{ ok: 'ask', text }];
  }
  const findings: DnsFinding[] = [];
  const isAligned = isWithin(key.domain, domain) || isWithin(domain, key.domain);
  if (!isAligned) {
    const text = `DKIM: emails are signed for ${key.domain} and come from ${domain}, so that DMARC does not count the signature. Set DKIM_DOMAIN to ${domain}.`;
    findings.push({ ok: false, text });
  }
  const name = `${key.selector}._domainkey.${key.domain}`;
  const records = (await texts(dns, name)).filter((text) => tagOf(text, 'p') !== null);
  const wanted = dkimRecord(key);
  const publish = `Publish as TXT at ${name}: ${wanted}`;
  const isRight = records.some((text) => tagOf(text, 'p') === tagOf(wanted, 'p'));
  if (records.length === 0) findings.push({ ok: false, text: `DKIM: the key is not in DNS. ${publish}` });
  else if (!isRight)
    findings.push({ ok: false, text: `DKIM: DNS has another key than DKIM_KEY. ${publish}` });
  else findings.push({ ok: true, text: `DKIM: ${name} has the key that emails are signed with.` });
  return findings;
}

async function checkDmarc(dns: DnsResolver, domain: string, reportsTo: string): Promise<DnsFinding[]> {
  const labels = domain.split('.');
  // A domain without a record of its own uses its parent domain's.
  for (let from = 0; from <= Math.max(0, labels.length - 2); from += 1) {
    const name = `_dmarc.${labels.slice(from).join('.')}`;
    const records = (await texts(dns, name)).filter((text) => /^v=DMARC1(\s*;|\s*$)/.test(text));
    const [record] = records;
    if (record === undefined) continue;
    if (records.length > 1)
      return [
        { ok: false, text: `DMARC: ${name} has ${records.length} records, and none counts. Keep one.` },
      ];
    const policy = tagOf(record, 'p')?.toLowerCase() ?? '';
    if (!['none', 'quarantine', 'reject'].includes(policy)) {
      const text = `DMARC: ${name} names no policy. Publish p=none, p=quarantine or p=reject in it: ${record}`;
      return [{ ok: false, text }];
    }
    return [{ ok: true, text: `DMARC: ${name} says ${record}` }];
  }
  const text = `DMARC: ${domain} has no policy, and large providers ask for one. Publish as TXT at _dmarc.${domain}: v=DMARC1; p=none; rua=mailto:${reportsTo}`;
  return [{ ok: false, text }];
}

async function checkPtr(dns: DnsResolver, host: string): Promise<DnsFinding[]> {
  const addresses = await addressesOf(dns, host);
  if (addresses.length === 0)
    return [{ ok: false, text: `PTR: ${host}, the mail server of SMTP_URL, has no address in DNS.` }];
  const findings: DnsFinding[] = [];
  for (const address of addresses) {
    if (isPrivate(address)) {
      const text = `PTR: ${host} is at ${address}, an address of your own network. Has the address it sends from a name in DNS that leads back to it?`;
      findings.push({ ok: 'ask', text });
      continue;
    }
    const names = await orNone(dns.reverse(address));
    const [name] = names;
    if (name === undefined) {
      const text = `PTR: ${address} (${host}) has no name. Ask the provider of that address to set its reverse name (PTR) to ${host}.`;
      findings.push({ ok: false, text });
      continue;
    }
    const leads = await Promise.all(names.map((one) => addressesOf(dns, one)));
    const type = isIP(address) === 6 ? 'AAAA' : 'A';
    findings.push(
      leads.flat().includes(address)
        ? { ok: true, text: `PTR: ${address} is called ${name}, which leads back to it.` }
        : {
            ok: false,
            text: `PTR: ${address} is called ${name}, which does not lead back to it. Publish at ${name}: ${type} ${address}`,
          },
    );
  }
  return findings;
}

async function addressesOf(dns: DnsResolver, host: string): Promise<string[]> {
  if (isIP(host)) return [host];
  return (await Promise.all([orNone(dns.resolve4(host)), orNone(dns.resolve6(host))])).flat();
}

/** The TXT records of a name, each joined from its strings. */
async function texts(dns: DnsResolver, name: string): Promise<string[]> {
  return (await orNone(dns.resolveTxt(name))).map((strings) => strings.join('').trim());
}

/** Returns an empty list if DNS has no such record. Throws if DNS could not be asked. */
async function orNone<T>(answer: Promise<T[]>): Promise<T[]> {
  try {
    return await answer;
  } catch (error) {
    if (['ENOTFOUND', 'ENODATA'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** Returns a tag of a DKIM or DMARC record without white space; null if the record lacks it. */
function tagOf(record: string, tag: string): string | null {
  const found = record.split(';').find((part) => part.trim().startsWith(`${tag}=`));
  return found ? found.slice(found.indexOf('=') + 1).replace(/\s+/g, '') : null;
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

function isPrivate(address: string): boolean {
  return isIP(address) === 4
    ? /^(10|127)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\./.test(address)
    : /^(::1$|f[cd]|fe[89ab])/i.test(address);
}
