import { editDistance } from './edit-distance.ts';

/** Alternative domains of one provider's mailboxes. */
const sameDomains = new Map([['googlemail.com', 'gmail.com']]);

/**
 * A common form for spellings of what may be one mailbox: lower case, without dots and plus-tag in the local
 * part. Only for limits (P3): elsewhere two such addresses are two people.
 */
export function foldAddress(address: string): string {
  const text = address.trim().toLowerCase();
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at).replace(/\+.*/s, '').replaceAll('.', '');
  const domain = text.slice(at + 1);
  return local + (sameDomains.has(domain) ? `@${sameDomains.get(domain)}` : text.slice(at));
}

/** The domain of an address, in lower case. */
export function domainOf(address: string): string {
  return address
    .slice(address.lastIndexOf('@') + 1)
    .trim()
    .toLowerCase();
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
