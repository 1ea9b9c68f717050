import { BREAK, foldToWords } from '../text/folding.ts';
import type { PartialDate } from '../trial.ts';
import type { LinkFacts } from './link-facts.ts';
import { numberKey } from './registry-numbers.ts';

/** Words of titles that say how a study is made, and not what it is about. */
const frame = new Set(
  (
    'a an and or of in on with for to from by at as is are be versus vs compared comparing comparison compare ' +
    'study trial clinical research investigation investigating investigate evaluation evaluating evaluate assess ' +
    'assessing assessment determine examine test testing phase 1 2 3 4 1a 1b 2a 2b 3a 3b ia ib iia iib i iii iv ' +
    'randomized randomised controlled double single triple blind blinded masked dummy placebo parallel group arm ' +
    'open label multicenter multicentre multicentric international prospective pilot interventional efficacy ' +
    'safety tolerability effectiveness effect patient participant subject adult people person who that their ' +
    'treatment therapy using use after during between'
  ).split(' '),
);

/** The words of a title that say what a study is about, folded. */
function wordsOf(title: string): Set<string> {
  return new Set(foldToWords(title).filter((word) => word !== BREAK && !frame.has(word)));
}

/** Fewer words in common show nothing. */
const fewestShared = 3;

/**
 * How alike the titles of two records are, from 0 to 1: the shared part of the words of the pair of titles
 * that fits best (Dice). Null if a record has no title of some length.
 */
export function titleLikeness(a: LinkFacts, b: LinkFacts): number | null {
  const titles = ({ title, officialTitle }: LinkFacts) =>
    [title, officialTitle ?? ''].map(wordsOf).filter((words) => words.size >= fewestShared);
  const [some, others] = [titles(a), titles(b)];
  if (some.length === 0 || others.length === 0) return null;
  const likeness = some.flatMap((one) =>
    others.map((other) => {
      const shared = one.intersection(other).size;
      return shared < fewestShared ? 0 : (2 * shared) / (one.size + other.size);
    }),
  );
  return Math.max(...likeness);
}

/** Whether two records have the same acronym of some length. */
export function hasSameAcronym(a: LinkFacts, b: LinkFacts): boolean {
  const acronym = numberKey(a.acronym ?? '');
  return acronym.length >= shortestAcronym && acronym === numberKey(b.acronym ?? '');
}

const shortestAcronym = 4;

/** Forms of companies and words of many institutions. */
const commonInNames = new Set(
  (
    'inc ltd llc lp gmbh ag sa sas spa bv nv plc co kg ab as oy corp corporation company limited incorporated ' +
    'group holding pharma pharmaceutical pharmaceuticals biotech therapeutics research development global ' +
    'international the of and for de la le di du der die university universitaire hospital hospitals centre center ' +
    'medical medicine foundation institute institut national trust nhs stichting f usa europe'
  ).split(' '),
);

/** Whether two records have the same sponsor: one name has all telling words of the other. */
export function hasSameSponsor({ sponsor: a }: LinkFacts, { sponsor: b }: LinkFacts): boolean {
  if (!a || !b) return false;
  const words = (name: string) => new Set(foldToWords(name).filter((word) => word !== BREAK));
  const [one, other] = [words(a.name), words(b.name)];
  if (one.symmetricDifference(other).size === 0) return one.size > 0;
  const telling = (all: Set<string>) => new Set([...all].filter((word) => !commonInNames.has(word)));
  const [few, many] = [telling(one), telling(other)].sort((x, y) => x.size - y.size);
  return few !== undefined && many !== undefined && few.size > 0 && few.isSubsetOf(many);
}

const msPerYear = 365.25 * 86_400_000;

/** The years between two start dates, a month or year counted from its middle; null if one is not given. */
export function yearsApart(a: PartialDate | null, b: PartialDate | null): number | null {
  if (!a || !b) return null;
  return Math.abs(middleOf(a) - middleOf(b)) / msPerYear;
}

function middleOf({ date }: PartialDate): number {
  const [year = 0, month, day] = date.split('-').map(Number);
  return Date.UTC(year, (month ?? 7) - 1, day ?? (month === undefined ? 1 : 15));
}
