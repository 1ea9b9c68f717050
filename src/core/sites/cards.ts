import type { Site } from '../trial.ts';
import type { SiteCard } from './judge.ts';
import { readSiteName, type SiteName } from './name.ts';
import { readPlace, readTown, type SitePlace, type Town } from './place.ts';
import type { Listing } from './placeholder.ts';

/** The sites of one version, each read on first use. */
export class Cards {
  readonly sites: readonly Site[];
  readonly #listing: Listing;
  readonly #cards: (SiteCard | undefined)[] = [];
  readonly #towns = new Map<string, Town>();
  #last: (Pick<Site, 'city' | 'state' | 'country'> & { town: Town }) | null = null;
  #shared: ReadonlySet<string> | null = null;

  constructor(sites: readonly Site[], listing: Listing) {
    this.sites = sites;
    this.#listing = listing;
  }

  /** Returns the card of the entry at `index`. Throws if there is none. */
  at(index: number): SiteCard {
    const found = this.#cards[index];
    if (found) return found;
    const site = this.sites[index];
    if (!site) throw new RangeError(`There is no site ${index} among ${this.sites.length}.`);
    const card = new ReadCard(site, this.#town(site), this.#listing, this.#sharedContacts());
    this.#cards[index] = card;
    return card;
  }

  #town(site: Site): Town {
    const { city, state, country } = site;
    const last = this.#last;
    // Lists are often sorted by place.
    if (last && last.city === city && last.state === state && last.country === country) return last.town;
    const key = `${city}\n${state}\n${country}`;
    const town = this.#towns.get(key) ?? readTown(site);
    this.#towns.set(key, town);
    this.#last = { city, state, country, town };
    return town;
  }

  /** The contacts that several sites share. Such a contact identifies none of them. */
  #sharedContacts(): ReadonlySet<string> {
    if (this.#shared) return this.#shared;
    const [seen, shared] = [new Set<string>(), new Set<string>()];
    for (const site of this.sites)
      for (const hash of site.contacts) (seen.has(hash) ? shared : seen).add(hash);
    this.#shared = shared;
    return shared;
  }
}

class ReadCard implements SiteCard {
  readonly site: Site;
  readonly contacts: readonly string[];
  readonly place: SitePlace;
  readonly town: Town;
  readonly #listing: Listing;
  #name: SiteName | null = null;
  #nameKey: string | null = null;

  constructor(site: Site, town: Town, listing: Listing, shared: ReadonlySet<string>) {
    this.site = site;
    this.town = town;
    this.#listing = listing;
    this.place = readPlace(site, town);
    this.contacts = shared.size === 0 ? site.contacts : site.contacts.filter((hash) => !shared.has(hash));
  }

  get name(): SiteName {
    this.#name ??= readSiteName(this.site, this.#listing, this.town);
    return this.#name;
  }

  get nameKey(): string | null {
    if (this.name.anonymous) return null;
    this.#nameKey ??= `name ${this.place.country} ${this.name.compact}`;
    return this.#nameKey;
  }
}
