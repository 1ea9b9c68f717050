import { editDistance } from './edit-distance.ts';

/**
 * Letters, digits, signs, and dots between them. `%`, `!` and `|` are refused: some mail servers read them as
 * a route to another address or as a program, which would bypass limits and suppressions.
 */
const localPart = /^(?=.{1,64}$)[\w#$&'*+/=?^`{}~-]+(\.[\w#$&'*+/=?^`{}~-]+)*$/;
const domainName =
  /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+(?:[a-z]{2,63}|xn--[a-z\d](?:[a-z\d-]{0,57}[a-z\d])?)$/i;

/** Returns whether a text is an address that can be mailed. Its domain may be in Unicode. */
export function isMailAddress(text: string): boolean {
  const mailed = mailedForm(text);
  const at = mailed.lastIndexOf('@');
  return mailed.length <= 254 && localPart.test(mailed.slice(0, at)) && domainName.test(mailed.slice(at + 1));
}

/** Returns an address in the form for mailing: as typed, but with the domain in ASCII. */
export function mailedForm(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  // Other characters would end the host name in a URL.
  if (/^[ -~]*$/.test(domain) || /[\s!-,/:-@[-`{-~\p{Cc}]/u.test(domain)) return address;
  return address.slice(0, at + 1) + (URL.parse(`http://${domain}`)?.hostname ?? domain);
}

/** A sender: its display name, which may be empty, and its address in the form for mailing. */
export type Sender = { name: string; address: string };

/** Parses `Name <address>`, with or without quotes around the name, or a bare address. Null if it is neither. */
export function parseSender(text: string): Sender | null {
  const [, named = '', bracketed] = /^(.*)<([^<>]*)>$/s.exec(text.trim()) ?? [];
  const address = mailedForm((bracketed ?? text).trim());
  const quoted = /^"(.*)"$/s.exec(named.trim())?.[1]?.replace(/\\(.)/gs, '$1');
  const name = quoted ?? named.trim();
  return isMailAddress(address) && !/\p{Cc}/u.test(name) ? { name, address } : null;
}

/** Returns the address of a configured sender. */
export function senderAddress(text: string): string {
  return parseSender(text)?.address ?? text;
}

/** Returns the common form of the spellings of one mailbox: trimmed, in lower case, with the domain in ASCII (B7). */
export function normaliseAddress(address: string): string {
  return mailedForm(address.trim()).toLowerCase();
}

/**
 * Returns the common form of an address, then the spellings under which an earlier version may have stored
 * it, while the case of the local part counted: as typed, and as people often write it.
 */
export function formerSpellings(address: string): string[] {
  const typed = mailedForm(address.trim());
  const at = typed.lastIndexOf('@');
  const domain = typed.slice(at).toLowerCase();
  const local = typed.slice(0, at);
  const lower = local.toLowerCase();
  const written = [lower, local, lower.slice(0, 1).toUpperCase() + lower.slice(1), local.toUpperCase()];
  return [...new Set(written.map((one) => one + domain))];
}

/** Alternative domains of one provider's mailboxes. */
const sameDomains = new Map([['googlemail.com', 'gmail.com']]);

/**
 * A common form for spellings of what may be one mailbox: lower case, without dots and plus-tag in the local
 * part. Only for limits (P3): elsewhere two such addresses are two people.
 */
export function foldAddress(address: string): string {
  const text = normaliseAddress(address);
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).replace(/\+.*/s, '').replaceAll('.', '');
  const domain = text.slice(at + 1);
  return local + (sameDomains.has(domain) ? `@${sameDomains.get(domain)}` : text.slice(at));
}

/** The domain of an address, in lower case and ASCII. */
export function domainOf(address: string): string {
  const common = normaliseAddress(address);
  return common.slice(common.lastIndexOf('@') + 1);
}

/** Domains with many mailboxes. */
export const commonDomains: readonly string[] = (
  'gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.it live.com msn.com yahoo.com ' +
  'yahoo.co.uk yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.co.jp yahoo.co.in icloud.com me.com mac.com aol.com ' +
  'protonmail.com proton.me fastmail.com zoho.com gmx.de gmx.net gmx.com gmx.at web.de t-online.de freenet.de ' +
  'orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it alice.it tiscali.it btinternet.com sky.com ' +
  'virginmedia.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net rogers.com shaw.ca ' +
  'bigpond.com optusnet.com.au telenet.be skynet.be ziggo.nl kpnmail.nl telia.com online.no bluewin.ch seznam.cz ' +
  'wp.pl o2.pl interia.pl mail.ru yandex.ru uol.com.br bol.com.br terra.com.br naver.com qq.com 163.com rediffmail.com'
).split(' ');

/** Real mail domains that are a slip or two away from a common one. */
const noSlips = (
  'mail.com email.com ymail.com hotmail.be hotmail.ca hotmail.ch hotmail.cl hotmail.co.id hotmail.co.il hotmail.co.jp ' +
  'hotmail.co.th hotmail.co.za hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.gr hotmail.hu ' +
  'hotmail.lt hotmail.lu hotmail.lv hotmail.my hotmail.nl hotmail.no hotmail.ph hotmail.rs hotmail.se hotmail.sg ' +
  'hotmail.sk outlook.cl outlook.cz yahoo.at yahoo.be yahoo.ca yahoo.cl yahoo.cn yahoo.co.id yahoo.co.kr yahoo.co.nz ' +
  'yahoo.co.th yahoo.co.za yahoo.dk yahoo.gr yahoo.ie yahoo.in yahoo.no yahoo.ro yahoo.se orange.be orange.es ' +
  'orange.pl online.de op.pl vp.pl oi.com.br telenet.nl yandex.by yandex.kz yandex.ua'
).split(' ');

/** The address that may have been meant, if its domain is a slip or two away from a common one; else null. */
export function suggestAddress(address: string): string | null {
  const text = address.trim();
  const at = text.lastIndexOf('@');
  const domain = text.slice(at + 1).toLowerCase();
  if (at < 1 || commonDomains.includes(domain) || noSlips.includes(domain)) return null;
  let best: { domain: string; distance: number } | null = null;
  for (const known of commonDomains) {
    const limit = known.length >= 9 ? 2 : 1;
    const distance = editDistance(domain, known, limit);
    if (distance <= limit && distance < (best?.distance ?? 3)) best = { domain: known, distance };
  }
  return best && `${text.slice(0, at + 1)}${best.domain}`;
}

/** Returns an address as only its reader knows it again: its first letter, and how its domain begins and ends. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, 1)}…@${domain.slice(0, 1)}…${domain.slice(domain.lastIndexOf('.'))}`;
}
