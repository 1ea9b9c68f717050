import { foldWords } from '../text/text.ts';
import type { Site } from '../trial.ts';
import { cityOf } from './geography.ts';
import { cutPlace } from './place.ts';
import { type NameWords, readNameWords } from './words.ts';

/** What a facility's name says: its words, the site number in it, and whether it names nobody. */
export type SiteName = {
  /** The folded name without number and spaces: broken encodings put spaces and quotes in the middle of words. */
  compact: string;
  /** The words of the city, state and country. */
  local: ReadonlySet<string>;
  /** The sponsor's or the registry's number for this site. */
  number: string | null;
  anonymous: boolean;
  /** Read when first needed: most entries find their partner without. */
  readonly words: NameWords;
};

const numberForms = [
  /\bsite reference id\W*investigator\s*#?\s*(\d[\w-]*)/i,
  /\(\s*(?:study\s+)?site\s*(?:no\.?|number|id|#)?\s*[-:#]*\s*([a-z]{0,4}[-_]?\d[\w.-]*)\s*\)/i,
  /\bID\s*#\s*:?\s*([\w-]*\d[\w-]*)/i,
  /\b(?:site|institution|facility)\s*(?:no\.?|number|nr\.?|id|code|#)?\s*[-–:#/]*\s*([a-z]{0,4}[-_]?\d[\w.-]*)/i,
];

/** A name that is nothing but a code: `USA10-0`, `DE-1204`, `0044`. */
const codeOnly = /^\W*([a-z]{0,4}[-_ ]?\d{1,8}(?:[-_./ ]\d{1,6}){0,3})\W*$/i;

const kinds = 'sites?|institutions?|facility|facilities|locations?';
const anonymousForms = [
  new RegExp(`^(?:\\p{L}+ ){0,4}investigat(?:ional|ive|or|ors) (?:${kinds}|cent(?:er|re)s?)(?: .*)?$`, 'u'),
  new RegExp(
    `^(?:clinical |medical )?(?:research|study|trial|trials|local|participating|recruiting|recruitment) (?:${kinds})(?: (?:number|no|id|code))?$`,
    'u',
  ),
  new RegExp(`^(?:${kinds})(?: (?:number|no|id|code))?$`, 'u'),
  new RegExp(`^(?:\\p{L}+ ){1,3}research (?:${kinds})$`, 'u'),
  /^site reference id\b/,
  /^(?:medical information )?call (?:for|cent(?:er|re))\b/,
  /^(?:please )?(?:for (?:additional|more|further|other|site)|contact|call|see|refer) .*\b(?:information|informations|sites?|study|trial|contact)\b/,
  /^(?:many|multiple(?! (?:sclerosis|myeloma)\b)|various|several|selected|numerous|other) (?:\p{L}+ )?(?:sites?|locations?|centers?|centres?|facilities)\b/u,
  /^(?:masked|confidential|undisclosed|not disclosed|not available|not provided|unknown|n a|na|tbd|to be determined|private practice)$/,
];

/** No hospital's name is longer; comparing letters takes time with the square of this. */
const longestName = 300;

/** Reads a site's name. The city's or the country's name is no name: "Boston" in Boston names nobody. */
export function readSiteName(site: Pick<Site, 'facility' | 'city' | 'state' | 'country'>): SiteName {
  const [city, country] = [foldWords(cutPlace(site.city)), foldWords(cutPlace(site.country))];
  const local = new Set(
    `${city} ${cityOf(city) ?? ''} ${foldWords(cutPlace(site.state))} ${country}`.split(' '),
  );
  const facility = site.facility.slice(0, longestName);
  const code = codeOnly.exec(facility);
  if (code) return new ReadName('', local, readNumber(code[1] ?? ''), true);
  const { number, bare } = takeNumber(facility);
  const words = foldWords(bare.replace(/['’`´]s\b/gi, 's'));
  return new ReadName(words, local, number, isAnonymous(words, city, country));
}

class ReadName implements SiteName {
  readonly compact: string;
  readonly local: ReadonlySet<string>;
  readonly number: string | null;
  readonly anonymous: boolean;
  readonly #text: string;
  #words: NameWords | null = null;

  constructor(text: string, local: ReadonlySet<string>, number: string | null, anonymous: boolean) {
    this.compact = text.replaceAll(' ', '');
    this.local = local;
    this.number = number;
    this.anonymous = anonymous;
    this.#text = text;
  }

  get words(): NameWords {
    this.#words ??= readNameWords(this.#text, this.local);
    return this.#words;
  }
}

function takeNumber(facility: string): { number: string | null; bare: string } {
  for (const form of numberForms) {
    const found = form.exec(facility);
    if (!found) continue;
    const without = facility.replace(found[1] ?? '', ' ');
    const bare = without.replace(/\(\s*(?:study\s+)?site[^)]*\)|\/?\s*\(?\bID\s*#\s*:?\s*\)?/i, ' ');
    return { number: readNumber(found[1] ?? ''), bare };
  }
  return { number: null, bare: facility };
}

function readNumber(text: string): string | null {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^0+(?=\d)/, '');
  return plain === '' ? null : plain;
}

function isAnonymous(words: string, city: string, country: string): boolean {
  if (words === '' || words === city || words === country) return true;
  let rest = ` ${words} `;
  for (const place of [city, country]) if (place !== '') rest = rest.replace(` ${place} `, ' ');
  return anonymousForms.some((form) => form.test(words) || form.test(rest.trim()));
}
