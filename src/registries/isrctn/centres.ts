import { countryCode, nameCountry } from '../../core/countries.ts';
import type { Site, TrialCountry } from '../../core/trial.ts';
import { given } from './given.ts';
import type { RawTrial } from './raw-trial.ts';

type Centre = RawTrial['participants']['trialCentres'][number];

/** The United Kingdom stands beside its nations in lists, and they stand for it in addresses. */
const nations = new Set(['england', 'scotland', 'wales', 'northern ireland']);
const isNation = (name: string) => nations.has(name.toLowerCase());

const organisation =
  /hospi|klini|clini|univers|institut|cent(?:re|er)|schule|school|trust|college|practice|surgery|laborator|health|medic|unit\b|department|foundation|research/i;
const street =
  /stra(?:ss|ß)e|str\.|\b(?:street|st|road|rd|avenue|ave?|av\.|lane|drive|way|square|place|platz|allee|weg|rue|via|viale|piazza|calle|carrer|plaza|paseo|ulica|ul\.|rua|gade|gatan)\b/i;

/** A row that says how many others there are: "58 other sites". */
const others =
  /^(?:\d[\d,]*|multiple|various|several|many|other)\s+(?:(?:other|further|additional|more|different|uk|nhs)\s+)*(?:sites?|cent(?:re|er)s?|hospitals?|locations?|trusts?|practices?|clinics?)\b/i;

/** Whether a row names a place where the trial takes place, not an address and not the number of others. */
function isPlace({ name }: Centre): boolean {
  const isAddress = street.test(name) && /\d/.test(name) && !organisation.test(name);
  return given(name) !== '' && !isAddress && !others.test(name);
}

/** The sites of a record, sorted. The registry gives no status, and no id of which it is known that it lasts. */
export function readCentres(centres: readonly Centre[]): Site[] {
  return centres
    .filter(isPlace)
    .map((centre): Site => {
      const isPart = isNation(centre.country);
      return {
        ref: null,
        facility: centre.name,
        department: '',
        status: null,
        city: given(centre.city),
        state: given(centre.state) || (isPart ? centre.country : ''),
        zip: given(centre.zip),
        country: isPart ? 'United Kingdom' : given(centre.country),
        lat: null,
        lon: null,
        orgId: null,
        contacts: [],
      };
    })
    .map((site) => ({ site, order: JSON.stringify(site) }))
    .sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0))
    .map(({ site }) => site);
}

/** The countries of recruitment by code, each once. A name that is no country is left out. */
export function readCountries(names: readonly string[]): TrialCountry[] {
  const codes = new Set(names.flatMap((name) => countryCode(name) ?? []));
  return [...codes].sort().map((code) => ({
    code,
    name: nameCountry(code, 'en') ?? code,
    status: null,
    listedAs: null,
    startDate: null,
    recruitmentStart: null,
    recruitmentEnd: null,
  }));
}
