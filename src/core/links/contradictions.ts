import { foldToWords } from '../text/folding.ts';
import { hasSameAcronym, titleLikeness, yearsApart } from './likeness.ts';
import { type LinkFacts, numbersByRegister, numbersOf } from './link-facts.ts';
import { numberKey } from './registry-numbers.ts';

/** What speaks against two records being the same trial. */
export const contradictions = [
  'other-number',
  'sister-number',
  'kind-in-title',
  'study-type',
  'phase',
  'start-dates',
  'nothing-alike',
] as const;
export type Contradiction = (typeof contradictions)[number];

/** Trials begin in one country years before another, but seldom more than this. */
const yearsAtMost = 3;
/** Below this, titles have next to nothing in common. */
const leastLikeness = 0.15;

/** Everything that speaks against two records being the same trial. */
export function contradictionsOf(a: LinkFacts, b: LinkFacts): Contradiction[] {
  const isAgainst: Record<Contradiction, boolean> = {
    'other-number': namesAnother(a, b) || namesMore(a, b) || namesMore(b, a),
    'sister-number': areSisters(a, b),
    'kind-in-title': kindsOf(a).symmetricDifference(kindsOf(b)).size > 0,
    'study-type': a.studyType !== null && b.studyType !== null && a.studyType !== b.studyType,
    phase: hasOtherPhase(a.phases, b.phases),
    'start-dates': !wasTransferred(a, b) && (yearsApart(a.startDate, b.startDate) ?? 0) > yearsAtMost,
    'nothing-alike': (titleLikeness(a, b) ?? 1) < leastLikeness && !hasSameAcronym(a, b),
  };
  return contradictions.filter((one) => isAgainst[one]);
}

/** Whether both give numbers of one register, their own included, and none in common. */
function namesAnother(a: LinkFacts, b: LinkFacts): boolean {
  const others = numbersByRegister(b);
  return [...numbersByRegister(a)].some(([register, keys]) => {
    const theirs = others.get(register);
    return theirs !== undefined && keys.isDisjointFrom(theirs);
  });
}

/** Whether `a` names a record of b's registry that is not `b`. */
function namesMore(a: LinkFacts, b: LinkFacts): boolean {
  const { own } = numbersOf(b);
  return numbersOf(a).named.some(
    ({ register, number }) => register === b.registry && !own.has(numberKey(number)),
  );
}

/**
 * Whether the sponsor's numbers or acronyms are those of sister trials, and none is shared: EFC17919A and
 * EFC17919B, or LIBERTY and LIBERTY 2.
 */
function areSisters(a: LinkFacts, b: LinkFacts): boolean {
  const [some, others] = [numbersOf(a).others, numbersOf(b).others];
  if (some.keys().some((key) => others.has(key))) return false;
  const isNext = some.keys().some((key) => others.keys().some((other) => isNextTo(key, other)));
  return isNext || haveOtherCounts(numberKey(a.acronym ?? ''), numberKey(b.acronym ?? ''));
}

/** Whether two acronyms are one name with different counts, or with a count and without. */
function haveOtherCounts(acronym: string, other: string): boolean {
  const nameOf = (text: string) => text.replace(/\d+$/, '');
  const name = nameOf(acronym);
  return acronym !== other && name.length >= shortestName && name === nameOf(other);
}

/** Whether two numbers are of one scheme, as far as their letters show: MN39158 and MN43964. */
function isNextTo(key: string, other: string): boolean {
  const shapeOf = (text: string) => text.replace(/\d/g, '0').replace(/[A-Z]/g, 'A');
  const begins = /[A-Z]/.test(key) ? 1 : key.length - 2;
  return key !== other && shapeOf(key) === shapeOf(other) && key.slice(0, begins) === other.slice(0, begins);
}

const shortestName = 3;

/** Kinds of study that share much with the trial they belong to; a study is called now this, now that. */
const kinds: readonly [kind: string, words: RegExp][] = [
  [
    'continuation',
    /\b(?:extension|extended treatment|continuation|roll ?over|follow ?up|long ?term|open label extension)\b/,
  ],
  ['pilot', /\b(?:pilot|feasibility)\b/],
  ['sub-study', /\bsub ?(?:study|trial)\b/],
  ['registry', /\bregist(?:ry|er)\b/],
  ['expanded access', /\b(?:expanded access|compassionate use|managed access|early access)\b/],
];

function kindsOf({ title, officialTitle }: LinkFacts): Set<string> {
  const words = [title, officialTitle ?? ''].map((text) => foldToWords(text).join(' ')).join(' | ');
  return new Set(kinds.flatMap(([kind, form]) => (form.test(words) ? kind : [])));
}

function hasOtherPhase(a: readonly string[], b: readonly string[]): boolean {
  const known = (phases: readonly string[]) => new Set(phases.filter((phase) => phase !== 'NA').map(wide));
  const [some, others] = [known(a), known(b)];
  return some.size > 0 && others.size > 0 && some.isDisjointFrom(others);
}

const wide = (phase: string) => (phase === 'EARLY_PHASE1' ? 'PHASE1' : phase);

/** Whether one of them is a trial that moved from EudraCT to CTIS: its dates in the new register may be later. */
function wasTransferred(a: LinkFacts, b: LinkFacts): boolean {
  return [a, b].some(
    (one) => one.registry === 'ctis' && (numbersByRegister(one).get('eudract')?.size ?? 0) > 0,
  );
}
