import { type Contradiction, contradictionsOf } from './contradictions.ts';
import { hasSameSponsor, titleLikeness, yearsApart } from './likeness.ts';
import { type LinkFacts, numbersOf, type RecordNumbers } from './link-facts.ts';
import { numberKey } from './registry-numbers.ts';

/** What speaks for two records being the same trial, beside the numbers they name. */
export const agreements = ['sponsors-number', 'utn', 'sponsor-and-start', 'title'] as const;
export type Agreement = (typeof agreements)[number];

/**
 * Why two records belong together. `mutual`: each names the other. `named`: one names the other. `shared-number`: both
 * name a third record. `utn`: both have the WHO's number and the sponsor. `sponsors-number`: they share the
 * sponsor's number, and the title, or sponsor and start.
 */
export const linkRules = ['mutual', 'named', 'shared-number', 'utn', 'sponsors-number'] as const;
export type LinkRule = (typeof linkRules)[number];

/** The evidence for and against a link, as codes. `numbers` join the records; `keys` are the same for look-ups. */
export type LinkEvidence = {
  numbers: string[];
  keys: string[];
  agreements: Agreement[];
  contradictions: Contradiction[];
  /** Several records of one registry name the same number: a programme, or a placeholder. */
  umbrella?: true;
};

/** Two records that belong together. `same`: they are one trial; else they are related at most. */
export type Link = { same: boolean; rule: LinkRule; evidence: LinkEvidence };

/** The signals that the rule judges. */
export type Signals = {
  aNamesB: boolean;
  bNamesA: boolean;
  isShared: boolean;
  isUmbrella: boolean;
  agreements: readonly Agreement[];
  contradictions: readonly Contradiction[];
};

/** The likeness from which titles agree, measured on the labelled half. */
export const likeTitle = 0.6;
const yearsAtMost = 1;
/** A number that more records of one registry name is a master protocol's or programme's, or fills a field. */
export const recordsOfUmbrella = 1;

/** Judges two records of different registries; null if nothing joins them. `isUmbrella` tells it of a number's key. */
export function linkOf(
  a: LinkFacts,
  b: LinkFacts,
  isUmbrella: (key: string) => boolean = () => false,
): Link | null {
  if (a.registry === b.registry) return null;
  const [ofA, ofB] = [numbersOf(a), numbersOf(b)];
  const namesIn = ({ named }: typeof ofA, { own }: typeof ofA) =>
    named.filter(({ number }) => own.has(numberKey(number))).map(({ number }) => number);
  const [byA, byB] = [namesIn(ofA, ofB), namesIn(ofB, ofA)];
  const theirs = new Set(ofB.named.map(({ number }) => numberKey(number)));
  const shared = ofA.named.filter(
    ({ register, number }) => register !== 'utn' && theirs.has(numberKey(number)),
  );
  const registered = [...byA, ...byB, ...shared.map(({ number }) => number)];
  const joining = [...new Set(registered.length > 0 ? registered : sharedNumbers(ofA, ofB))].sort();
  const signals: Signals = {
    aNamesB: byA.length > 0,
    bNamesA: byB.length > 0,
    isShared: shared.length > 0,
    isUmbrella: joining.some((number) => isUmbrella(numberKey(number))),
    agreements: agreementsOf(a, b),
    contradictions: contradictionsOf(a, b),
  };
  const judged = judgeSignals(signals);
  if (judged === null) return null;
  const { agreements: found, contradictions: against, isUmbrella: umbrella } = signals;
  return {
    ...judged,
    evidence: {
      numbers: joining,
      keys: joining.map(numberKey),
      agreements: [...found],
      contradictions: [...against],
      ...(umbrella ? { umbrella } : {}),
    },
  };
}

/**
 * The rule: each names the other; or one names the other, or both name a third record, something else agrees
 * and nothing contradicts; or they share the WHO's number and the sponsor, or the sponsor's number with the title
 * or with sponsor and start, and nothing contradicts. Titles alone never join records, whatever agrees beside
 * them: twin trials share all of it.
 */
export function judgeSignals(signals: Signals): Pick<Link, 'same' | 'rule'> | null {
  const { aNamesB, bNamesA, isShared, isUmbrella, agreements: found, contradictions: against } = signals;
  const has = (wanted: Agreement) => found.includes(wanted);
  if (aNamesB && bNamesA) return { same: true, rule: 'mutual' };
  const isClear = against.length === 0 && !isUmbrella;
  if (aNamesB || bNamesA) return { same: isClear && found.length > 0, rule: 'named' };
  if (isShared) return { same: isClear && found.length > 0, rule: 'shared-number' };
  if (against.length > 0) return null;
  if (has('utn')) return { same: isClear, rule: 'utn' };
  const isOwn = has('sponsors-number') && (has('title') || has('sponsor-and-start'));
  return isOwn ? { same: isClear, rule: 'sponsors-number' } : null;
}

/** The WHO's numbers and the sponsor's that two records share, as the first one gives them. */
function sharedNumbers(a: RecordNumbers, b: RecordNumbers): string[] {
  const utns = utnsOf(a).intersection(utnsOf(b));
  return [...utns, ...[...a.others].flatMap(([key, number]) => (b.others.has(key) ? number : []))];
}

const utnsOf = ({ named }: RecordNumbers) =>
  new Set(named.flatMap(({ register, number }) => (register === 'utn' ? number : [])));

function agreementsOf(a: LinkFacts, b: LinkFacts): Agreement[] {
  const [ofA, ofB] = [numbersOf(a), numbersOf(b)];
  const years = yearsApart(a.startDate, b.startDate);
  const agrees: Record<Agreement, boolean> = {
    'sponsors-number': ofA.others.keys().some((key) => ofB.others.has(key)),
    utn: !utnsOf(ofA).isDisjointFrom(utnsOf(ofB)) && hasSameSponsor(a, b),
    'sponsor-and-start': hasSameSponsor(a, b) && years !== null && years <= yearsAtMost,
    title: (titleLikeness(a, b) ?? 0) >= likeTitle,
  };
  return agreements.filter((one) => agrees[one]);
}
