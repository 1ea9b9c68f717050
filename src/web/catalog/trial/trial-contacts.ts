import { registryName } from '../../../core/registries.ts';
import type { Contact, Trial } from '../../../core/trial.ts';
import { codeName, quoteRegistry, quoteText, siteName } from '../../../core/wording/values.ts';
import type { Wording } from '../../../core/wording/wording.ts';
import { loadTrialContacts } from '../../../db/catalog/trial-pages.ts';
import type { PageRequest, PageResponse } from '../../http/page-response.ts';
import type { WebDeps } from '../../http/web-deps.ts';
import { findTrial } from './trial-find.ts';
import { trialTitle } from './trial-view.ts';

type PersonView = {
  name: string;
  role: string | null;
  affiliation: string | null;
  phone: { text: string; href: string | null; extension: string | null } | null;
  email: { text: string; href: string | null } | null;
};

const sitesShown = 200;
const partLength = 160;

/** A trial's contacts, only in response to a form: no URL shows them (P11). */
export async function showContacts(request: PageRequest, deps: WebDeps): Promise<PageResponse> {
  const found = await findTrial(request, deps, '/contacts', { moved: 308 });
  if ('answer' in found) return found.answer;
  const { stored } = found;
  const { wording } = request;
  const people = new Map((await loadTrialContacts(deps.db, stored.trialId)).map((one) => [one.hash, one]));
  const isHidden = stored.removedAt !== null || stored.trial.status === 'WITHHELD';
  return {
    page: 'trial-contacts',
    title: wording.say('trial.contacts.title', { id: stored.id }),
    view: {
      id: stored.id,
      name: trialTitle(wording, stored.trial),
      isHidden,
      ...viewPeople(wording, stored.trial, people),
      asRead: wording.say('trial.contacts.as-read', {
        moment: wording.moment(stored.readAt, deps.config.defaultTimezone),
      }),
      registry: registryName(stored.registry),
      recordUrl: isHidden ? null : deps.actions.recordUrl(stored.registry, stored.id),
    },
  };
}

function viewPeople(wording: Wording, trial: Trial, people: Map<string, Contact>) {
  const named = (hashes: string[]) =>
    hashes.flatMap((hash) => people.get(hash) ?? []).map((contact) => viewPerson(wording, contact));
  const central = named(trial.contacts);
  const sites = trial.sites.flatMap((site) => {
    const found = named(site.contacts);
    return found.length > 0 ? [{ name: siteName(wording, site), people: found }] : [];
  });
  return { central, sites: sites.slice(0, sitesShown), isCut: sites.length > sitesShown, sitesShown };
}

function viewPerson(wording: Wording, contact: Contact): PersonView {
  const phone = contact.phone && quoteText(contact.phone, 60);
  const email = contact.email && quoteText(contact.email, partLength);
  const digits = phone?.replace(/[^\d+]/g, '') ?? '';
  return {
    name: quoteText(contact.name, partLength),
    role: codeName(wording, 'role', contact.role),
    affiliation: contact.affiliation && quoteRegistry(wording, contact.affiliation, partLength),
    phone: phone
      ? {
          text: phone,
          href: /^\+?\d{5,20}$/.test(digits) ? `tel:${digits}` : null,
          extension: contact.phoneExt && quoteText(contact.phoneExt, 20),
        }
      : null,
    email: email
      ? { text: email, href: /^[^\s@<>"?&]+@[^\s@<>"?&]+$/.test(email) ? `mailto:${encodeURI(email)}` : null }
      : null,
  };
}
