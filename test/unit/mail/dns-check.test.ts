import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { dkimRecord } from '../../../src/mail/dkim.ts';
import { checkMailDns, type DnsFinding, type DnsResolver } from '../../../src/mail/dns-check.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const dkim = {
  domain: 'example.org',
  selector: 'bell2026',
  privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
};
const config = {
  smtpUrl: 'smtp://user:secret@mail.example.org:587',
  mailFrom: 'Trialbell <bell@example.org>',
  dkim,
  adminEmails: ['admin@example.org'],
};
const record = dkimRecord(dkim);

type Zone = { [question: string]: string[] | undefined };

/** Everything as it should be. */
const good: Zone = {
  'TXT example.org': ['unrelated=1', 'v=spf1 ip4:192.0.2.10 -all'],
  'TXT bell2026._domainkey.example.org': [record],
  'TXT _dmarc.example.org': ['v=DMARC1; p=quarantine; rua=mailto:admin@example.org'],
  'A mail.example.org': ['192.0.2.10'],
  'AAAA mail.example.org': ['2001:db8::10'],
  'PTR 192.0.2.10': ['mail.example.org'],
  'PTR 2001:db8::10': ['mail.example.org'],
};

/** A resolver that knows a zone, and remembers what it was asked. `SERVFAIL` as a record is a server in trouble. */
function resolverOf(zone: Zone): DnsResolver & { asked: string[] } {
  const asked: string[] = [];
  const ask = async (type: string, name: string): Promise<string[]> => {
    asked.push(`${type} ${name}`);
    const records = zone[`${type} ${name}`];
    if (records?.includes('SERVFAIL'))
      throw Object.assign(new Error(`query${type} ESERVFAIL ${name}`), { code: 'ESERVFAIL' });
    if (!records) throw Object.assign(new Error(`query${type} ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
    return records;
  };
  return {
    asked,
    // A server cuts long records into strings of 255 bytes at most.
    resolveTxt: async (name) => (await ask('TXT', name)).map((text) => text.match(/[\s\S]{1,200}/g) ?? []),
    resolve4: (name) => ask('A', name),
    resolve6: (name) => ask('AAAA', name),
    reverse: (address) => ask('PTR', address),
  };
}

/** What is said of one of the four, with the zone changed. */
async function findings(
  what: string,
  changes: Zone = {},
  how: Partial<typeof config> | object = {},
): Promise<DnsFinding[]> {
  const all = await checkMailDns({ ...config, ...how }, resolverOf({ ...good, ...changes }));
  return all.filter(({ text }) => text.startsWith(what));
}

describe('what mailbox providers see of us', () => {
  it('asks about the ASCII form of a domain in Unicode, whatever the name of the sender', async () => {
    const dns = resolverOf(good);
    await checkMailDns({ ...config, mailFrom: 'Glocke: Neues (täglich) <Glocke@Bücher.example>' }, dns);
    expect(dns.asked).toContain('TXT xn--bcher-kva.example');
    expect(dns.asked.join()).not.toMatch(/[^ -~]|B/);
  });

  it('says nothing but good of a domain that is set up', async () => {
    const all = await checkMailDns(config, resolverOf(good));
    expect(all.map(({ ok, text }) => [ok, text.split(':')[0]])).toEqual([
      [true, 'SPF'],
      [true, 'DKIM'],
      [true, 'DMARC'],
      [true, 'PTR'],
      [true, 'PTR'],
    ]);
  });

  it.each([null, 'smtp://localhost:25', 'smtp://127.0.0.1:1025', 'smtps://[::1]:465'])(
    'asks nothing while mail stays on this machine (%s)',
    async (smtpUrl) => {
      const dns = resolverOf(good);
      expect(await checkMailDns({ ...config, smtpUrl }, dns)).toEqual([]);
      expect(dns.asked).toEqual([]);
    },
  );

  it('a bare domain is told what to publish, word for word', async () => {
    const all = await checkMailDns(config, resolverOf({ 'A mail.example.org': ['192.0.2.10'] }));
    expect(all.map(({ ok }) => ok)).toEqual([false, false, false, false]);
    const [spf, key, dmarc, ptr] = all.map(({ text }) => text);
    expect(spf).toContain('Publish as TXT at example.org: v=spf1 a:mail.example.org -all');
    expect(key).toContain(`Publish as TXT at bell2026._domainkey.example.org: ${record}`);
    expect(dmarc).toContain('TXT at _dmarc.example.org: v=DMARC1; p=none; rua=mailto:admin@example.org');
    expect(ptr).toContain('set its reverse name (PTR) to mail.example.org');
  });

  it.each([
    ['two records', ['v=spf1 a -all', 'v=spf1 mx -all'], 'none of them counts'],
    ['everyone may', ['v=spf1 a +all'], 'lets anyone send'],
    ['everyone may, unsaid', ['v=spf1 all'], 'lets anyone send'],
    ['another version', ['v=spf10 -all'], 'does not say who may send'],
  ])('SPF: %s', async (_, records, words) => {
    const found = await findings('SPF', { 'TXT example.org': records });
    expect(found).toEqual([{ ok: false, text: expect.stringContaining(words) }]);
  });

  it('SPF: a mail server named by its address is published as such', async () => {
    const nothing = { 'TXT example.org': [] };
    const four = await findings('SPF', nothing, { smtpUrl: 'smtp://192.0.2.10' });
    expect(four[0]?.text).toContain('v=spf1 ip4:192.0.2.10 -all');
    const six = await findings('SPF', nothing, { smtpUrl: 'smtp://[2001:db8::10]' });
    expect(six[0]?.text).toContain('v=spf1 ip6:2001:db8::10 -all');
  });

  it('DKIM: another key, and one that was taken back, are told apart from ours', async () => {
    const name = 'TXT bell2026._domainkey.example.org';
    for (const wrong of [record.replace('p=MII', 'p=MIJ'), 'v=DKIM1; k=rsa; p='])
      expect(await findings('DKIM', { [name]: [wrong] })).toEqual([
        { ok: false, text: expect.stringContaining('another key than DKIM_KEY') },
      ]);
    // White space inside a key means nothing.
    const spaced = record.replace(/(.{90})/g, '$1 ');
    expect(await findings('DKIM', { [name]: [spaced] })).toMatchObject([{ ok: true }]);
  });

  it('DKIM: without a key of ours a person is asked whether the relay signs', async () => {
    expect(await findings('DKIM', {}, { dkim: null })).toEqual([
      { ok: 'ask', text: expect.stringContaining('set DKIM_DOMAIN, DKIM_SELECTOR and DKIM_KEY') },
    ]);
  });

  it('DKIM: a signature for a domain that is not the sender’s does not count', async () => {
    const key = { ...dkim, domain: 'relay.example.net' };
    const zone = { 'TXT bell2026._domainkey.relay.example.net': [record] };
    expect(await findings('DKIM', zone, { dkim: key })).toMatchObject([
      { ok: false, text: expect.stringContaining('Set DKIM_DOMAIN to example.org') },
      { ok: true },
    ]);
    const beneath = { mailFrom: 'bell@news.example.org' };
    expect(await findings('DKIM', {}, beneath)).toMatchObject([{ ok: true }]);
  });

  it('DMARC: the record of the domain above counts, an unclear one does not', async () => {
    const beneath = { mailFrom: 'bell@news.example.org' };
    expect(await findings('DMARC', {}, beneath)).toMatchObject([
      { ok: true, text: expect.stringContaining('_dmarc.example.org') },
    ]);
    const name = 'TXT _dmarc.example.org';
    expect(await findings('DMARC', { [name]: ['v=DMARC1; rua=mailto:a@b'] })).toMatchObject([{ ok: false }]);
    expect(await findings('DMARC', { [name]: ['v=DMARC1; p=none', 'v=DMARC1; p=reject'] })).toMatchObject([
      { ok: false, text: expect.stringContaining('Keep one') },
    ]);
    expect(await findings('DMARC', { [name]: undefined }, { adminEmails: [] })).toMatchObject([
      { text: expect.stringContaining('rua=mailto:postmaster@example.org') },
    ]);
  });

  it('PTR: a name that leads elsewhere does not count, and only a person can judge a private address', async () => {
    const elsewhere = { 'PTR 192.0.2.10': ['host-10.example.com'], 'A host-10.example.com': ['192.0.2.11'] };
    expect(await findings('PTR: 192.0.2.10', elsewhere)).toEqual([
      { ok: false, text: expect.stringContaining('Publish at host-10.example.com: A 192.0.2.10') },
    ]);
    const six = { 'PTR 2001:db8::10': ['host-10.example.com'] };
    expect((await findings('PTR: 2001', six))[0]?.text).toContain('AAAA 2001:db8::10');
    const inside = { 'A mail.example.org': ['10.0.0.5'], 'AAAA mail.example.org': ['fd00::5'] };
    expect(await findings('PTR', inside)).toMatchObject([{ ok: 'ask' }, { ok: 'ask' }]);
    const nowhere = { 'A mail.example.org': undefined, 'AAAA mail.example.org': undefined };
    expect(await findings('PTR', nowhere)).toMatchObject([
      { ok: false, text: expect.stringContaining('has no address in DNS') },
    ]);
  });

  it('a name server in trouble is no missing record', async () => {
    const all = await checkMailDns(config, resolverOf({ ...good, 'TXT example.org': ['SERVFAIL'] }));
    expect(all[0]).toEqual({
      ok: false,
      text: 'SPF could not be looked up: queryTXT ESERVFAIL example.org. Try again later.',
    });
    expect(all.slice(1).map(({ ok }) => ok)).toEqual([true, true, true, true]);
  });

  it('never says the mail server’s password', async () => {
    for (const zone of [good, {}, { 'A mail.example.org': ['SERVFAIL'] }])
      for (const { text } of await checkMailDns(config, resolverOf(zone)))
        expect(text).not.toContain('secret');
  });
});
