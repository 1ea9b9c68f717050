import { commonDomains } from '../../core/text/mail-address.ts';
import { type Destination, listDestinations } from '../../db/delivery/mail-days.ts';
import type { PageRequest } from '../http/page-response.ts';
import type { WebDeps } from '../http/web-deps.ts';

const days = 7;
/** Of fewer people at one domain nobody could say that it is about somebody else. */
const peopleAtLeast = 3;
const named = 20;

/** Where mails of the last week failed or came back, most first; what is not named is one line at the end. */
export type DestinationView = { name: string; failed: number; returned: number };

/**
 * The domains at which mails of the last week failed or came back. A domain can be a person's own, so only a hash of it is
 * kept: a mail provider's is recognised by hashing the names of those that many people use, another is read from an address
 * only where three people or more had trouble there, in the database's own answer, and the rest is summed without a name.
 * That is enough to see that one provider refuses us, and no address is shown.
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
