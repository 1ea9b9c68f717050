import { commonDomains } from '../../core/text/mail-address.ts';
import { type Destination, listDestinations } from '../../db/delivery/mail-days.ts';
import type { PageRequest } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';

const days = 7;
/** With fewer people at a domain, its name could identify one of them. */
const peopleAtLeast = 3;
const named = 20;

/** A domain where mails failed or bounced in the last week. Unnamed domains share one line at the end. */
export type DestinationView = { name: string; failed: number; returned: number };

/**
 * Lists the domains where mails failed or bounced in the last week, the worst first. A domain can belong to one
 * person, so the database stores only its hash. Large providers are recognised by the hashes of their names. Another
 * domain is named, from one of its addresses, only if at least three people had trouble there; the rest is summed up
 * without a name. That shows whether a provider refuses our mail, and reveals no address.
 */
export async function findDestinations(
  { wording, now }: PageRequest,
  { db, keys }: WebDeps,
): Promise<DestinationView[]> {
  const since = new Date(Date.parse(now) - days * 86_400_000).toISOString();
  const providers = new Map(
    commonDomains.map((name) => [keys.hashDomain(`x@${name}`).toString('hex'), name]),
  );
  const nameOf = ({ domainHash, address }: Destination): string | null => {
    const provider = providers.get(domainHash?.toString('hex') ?? '');
    if (provider !== undefined || domainHash === null || address === null) return provider ?? null;
    return keys.decrypt(address).replace(/^.*@/s, '').trim().toLowerCase();
  };
  const shown: DestinationView[] = [];
  const others = { name: wording.say('admin.mails.others'), failed: 0, returned: 0 };
  for (const one of await listDestinations(db, since, peopleAtLeast)) {
    const name = shown.length < named ? nameOf(one) : null;
    if (name !== null) {
      shown.push({ name, failed: one.failed, returned: one.returned });
      continue;
    }
    others.failed += one.failed;
    others.returned += one.returned;
  }
  return others.failed + others.returned > 0 ? [...shown, others] : shown;
}
