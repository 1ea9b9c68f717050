import { countryCode, nameCountry } from '../../core/countries.ts';
import type { Site } from '../../core/trial.ts';
import type { PartTwo } from './answer-schema.ts';

/**
 * The sites of a record, sorted: the registry reorders them. A site is known by its country, organisation
 * and department (X6): the registry gives each a new id with every application. The registry tells neither
 * its status nor where on the map it is.
 */
export function readTrialSites(parts: readonly PartTwo[]): Site[] {
  return parts
    .flatMap(({ mscInfo, trialSites }) =>
      trialSites.map((site): Site & { order: string } => {
        const { organisation, address } = site.organisationAddressInfo ?? {};
        const country = address?.countryName || mscInfo?.mscName || mscInfo?.countryName || '';
        const code = countryCode(country);
        const read: Site = {
          ref: null,
          facility: organisation?.name ?? '',
          status: null,
          city: address?.city ?? '',
          state: '',
          zip: address?.postcode ?? '',
          country: (code && nameCountry(code, 'en')) ?? country,
          lat: null,
          lon: null,
          orgId: organisation?.businessKey || null,
          department: site.departmentName ?? '',
          contacts: [],
        };
        const { city, facility, zip, orgId, department } = read;
        return { ...read, order: [read.country, city, facility, orgId, department, zip].join('\n') };
      }),
    )
    .sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))
    .map(({ order: _, ...site }) => site);
}
