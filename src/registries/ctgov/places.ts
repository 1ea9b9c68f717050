import { hash } from 'node:crypto';
import type { Contact, Site } from '../../core/trial.ts';
import type { RawContact, RawSite } from './study-parts.ts';

/**
 * Hashes some contacts of a trial, sorted and without duplicates; adds their values to `people`. Each hash
 * covers the trial and all values: it cannot identify the person in another trial, and any change of a value
 * shows.
 */
export function readContacts(trialId: string, raw: RawContact[], people: Map<string, Contact>): string[] {
  const hashes = new Set<string>();
  for (const contact of raw) {
    const values = [
      contact.name || null,
      contact.role ?? null,
      contact.phone || null,
      contact.phoneExt || null,
      contact.email || null,
      contact.affiliation || null,
    ] as const;
    if (values.every((value) => value === null)) continue;
    const digest = hash('sha256', JSON.stringify([trialId, ...values]), 'hex').slice(0, 32);
    const [name, role, phone, phoneExt, email, affiliation] = values;
    people.set(digest, { hash: digest, name: name ?? '', role, phone, phoneExt, email, affiliation });
    hashes.add(digest);
  }
  return [...hashes].sort();
}

/** The sites of a trial, sorted: the registry often reorders them. */
export function readSites(trialId: string, raw: RawSite[], people: Map<string, Contact>): Site[] {
  return raw
    .map((site): Site & { order: string } => {
      const read: Site = {
        ref: null,
        facility: site.facility ?? '',
        status: site.status ?? null,
        city: site.city ?? '',
        state: site.state ?? '',
        zip: site.zip ?? '',
        country: site.country ?? '',
        lat: site.geoPoint?.lat ?? null,
        lon: site.geoPoint?.lon ?? null,
        orgId: null,
        department: '',
        contacts: readContacts(trialId, site.contacts ?? [], people),
      };
      const { country, state, city, facility, zip, status, lat, lon, contacts } = read;
      const order = [country, state, city, facility, zip, status, lat, lon, ...contacts].join('\n');
      return { ...read, order };
    })
    .sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))
    .map(({ order: _, ...site }) => site);
}
