import { foldWords } from '../text/text.ts';
import type { Site } from '../trial.ts';
import { readTown, type Town } from './place.ts';
import { isPlaceholder, type Listing, noListing } from './placeholder.ts';
import { type NameWords, readNameWords } from './words.ts';

/** A facility's name, parsed: its words, its site number, and whether it names a hospital at all. */
export type SiteName = {
  /** The folded name without number and spaces: broken encodings insert spaces and quotes into words. */
  compact: string;
  /** The words of the city, state and country. */
  local: ReadonlySet<string>;
  /** The sponsor's or the registry's number for this site. */
  number: string | null;
  /** The name is a placeholder: `Research Site`, a code, the name of the city. */
  anonymous: boolean;
  /** A wrong encoding left characters behind. Marks in such a name may be debris. */
  readonly isDamaged: boolean;
  /** Computed on first use: most entries are paired without it. */
  readonly words: NameWords;
};

const numberForms = [
  /\bsite reference id\W*investigator\s*#?\s*(\d[\w-]*)/i,
  /\(\s*(?:study\s+)?site\s*(?:no\.?|number|id|#)?\s*[-:#]*\s*([a-z]{0,4}[-_]?\d[\w.-]*)\s*\)/i,
  /\bID\s*#\s*:?\s*([\w-]*\d[\w-]*)/i,
  /\b(?:site|institution|facility)\s*(?:no\.?|number|nr\.?|id|code|#)?\s*[-–:#/]*\s*([a-z]{0,4}[-_]?\d[\w.-]*)/i,
];

/** A name that consists of a code: `USA10-0`, `DE-1204`, `0044`. */
const codeOnly = /^\W*([a-z]{0,4}[-_ ]?\d{1,8}(?:[-_./ ]\d{1,6}){0,3})\W*$/i;

/** No hospital's name is longer. The cost of comparing letters grows quadratically. */
const longestName = 300;

/** Remarks about the site's role in the trial: `(Consent Only)`, `(Limited Protocol Activities)`. */
const remark =
  /\([^()]{0,40}\b(?:only|activit(?:y|ies)|protocol|follow-?\s?up|consent|accrual|enroll?ment)\b[^()]{0,40}\)/gi;

/** Parses a site's name. The bare name of its city or country is a placeholder: "Boston" in Boston. */
export function readSiteName(
  site: Pick<Site, 'facility' | 'city' | 'state' | 'country'>,
  listing: Listing = noListing,
  town: Town = readTown(site),
): SiteName {
  const facility = site.facility.slice(0, longestName);
  const code = /\d/.test(facility) ? codeOnly.exec(facility) : null;
  if (code) return new ReadName(facility, '', town, readNumber(code[1] ?? ''), true);
  const { number, bare } = takeNumber(facility);
  const words = foldWords(bare.replace(possessive, 's').replace(remark, ' '));
  return new ReadName(facility, words, town, number, isPlaceholder(words, town, listing));
}

const possessive = /['’`´]s\b/gi;

/** Characters that a wrong encoding leaves behind. */
const damage = /[\u00c2\u00c3\u0102\u0103\u00e2\ufffd?]|[\u00c4\u00c5](?![a-z])/;

class ReadName implements SiteName {
  readonly compact: string;
  readonly local: ReadonlySet<string>;
  readonly number: string | null;
  readonly anonymous: boolean;
  readonly #facility: string;
  readonly #text: string;
  #words: NameWords | null = null;
  #isDamaged: boolean | null = null;

  constructor(facility: string, text: string, { local }: Town, number: string | null, anonymous: boolean) {
    this.#facility = facility;
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

  get isDamaged(): boolean {
    this.#isDamaged ??= damage.test(this.#facility);
    return this.#isDamaged;
  }
}

function takeNumber(facility: string): { number: string | null; bare: string } {
  if (!/\d/.test(facility)) return { number: null, bare: facility };
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
