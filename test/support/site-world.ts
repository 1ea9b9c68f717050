import type { Site, Trial } from '../../src/core/trial.ts';
import { createRandom, type Random } from './random.ts';

/** What recorded sites tell of the world: names, cities and postcodes as other records write them. */
export type SiteWorld = {
  trials: readonly Trial[];
  random: Random;
  /** How other records write the place with this site's postcode: city, state, coordinates. */
  placesAt: (site: Site) => Site[];
  /** Sites of other records in this site's city, at other postcodes. */
  elsewhereInTown: (site: Site) => Site[];
  /** A named site of another record. */
  stranger: (trial: Trial) => Site;
};

const zipOf = (site: Site) => `${site.country} ${site.zip.toUpperCase().replace(/[^A-Z0-9]/g, '')}`;
const townOf = (site: Site) => `${site.country} ${site.city}`;
const digitsOf = (site: Site) => site.zip.replace(/\D/g, '');
/** Postcodes that may be one: `27710` and `27710-0001`, `50054` and `050054`. */
export function isOneZip(a: Site, b: Site): boolean {
  const [one, other] = [digitsOf(a), digitsOf(b)];
  return (
    zipOf(a) === zipOf(b) || (one !== '' && other !== '' && (one.includes(other) || other.includes(one)))
  );
}

const isOneState = (a: Site, b: Site) => a.state === '' || b.state === '' || a.state === b.state;

/** Reads the world from recorded trials. */
export function readSiteWorld(trials: readonly Trial[], seed: number): SiteWorld {
  const random = createRandom(seed);
  // A withdrawn trial says with its status that its sites are gone.
  const listed = trials.filter((trial) => trial.sites.length > 0 && trial.status !== 'WITHDRAWN');
  const [byZip, byTown] = [new Map<string, Site[]>(), new Map<string, Site[]>()];
  const named: { trial: string; site: Site }[] = [];
  const put = (map: Map<string, Site[]>, key: string, site: Site) => {
    const found = map.get(key);
    if (found) found.push(site);
    else map.set(key, [site]);
  };
  for (const trial of listed) {
    for (const site of trial.sites) {
      if (site.zip.length >= 5) put(byZip, zipOf(site), site);
      if (site.zip.length >= 5 && site.city !== '') put(byTown, townOf(site), site);
      if (hasName(site)) named.push({ trial: trial.id, site });
    }
  }
  return {
    trials: listed,
    random,
    placesAt: (site) =>
      (byZip.get(zipOf(site)) ?? []).filter((other) => other.city !== site.city && other.city !== ''),
    elsewhereInTown: (site) =>
      (byTown.get(townOf(site)) ?? []).filter((other) => !isOneZip(other, site) && isOneState(other, site)),
    stranger: (trial) => {
      for (let tries = 0; tries < 200; tries++) {
        const other = random.pick(named);
        if (isForeign(other, trial)) return other.site;
      }
      throw new Error(`No site is foreign to ${trial.id}.`);
    },
  };
}

const placeholder =
  /\b(?:site|institution|investigat\w+|information|location)\b|^\W*[A-Z]{0,4}[-_ ]?\d+\W*$/i;

/** Whether a site has a name, by a rule of its own: two long words, and none that placeholders have. */
export function hasName(site: Site): boolean {
  return !placeholder.test(site.facility) && /\p{L}{4}.*\p{L}{4}/u.test(site.facility);
}

const generic = /^(?:hospi|clini|unive|medic|cente|centr|insti|resea|depar|healt|cance|oncol|natio|gener)/;

function isForeign({ trial: id, site }: { trial: string; site: Site }, trial: Trial): boolean {
  return id !== trial.id && trial.sites.every((other) => isUnlike(site, other));
}

/** Whether the names of two sites have no word in common that says which hospital it is. */
export function isUnlike(site: Site, other: Site): boolean {
  const words = (text: string) => new Set(text.toLowerCase().match(/\p{L}{5,}/gu) ?? []);
  const tells = [...words(site.facility)].filter((word) => !generic.test(word));
  const theirs = words(`${other.facility} ${other.city}`);
  return tells.length > 0 && tells.every((word) => !theirs.has(word));
}
