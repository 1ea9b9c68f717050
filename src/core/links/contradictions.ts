import { foldToWords } from '../text/folding.ts';
import { hasSameSponsor, titleLikeness, yearsApart } from './likeness.ts';
import { type LinkFacts, numbersByRegister } from './link-facts.ts';

/** What speaks against two records being the same trial. */
export const contradictions = [
  'other-number',
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
    'other-number': namesAnother(a, b),
    'kind-in-title': kindsOf(a).symmetricDifference(kindsOf(b)).size > 0,
    'study-type': a.studyType !== null && b.studyType !== null && a.studyType !== b.studyType,
    phase: hasOtherPhase(a.phases, b.phases),
    'start-dates': !wasTransferred(a, b) && (yearsApart(a.startDate, b.startDate) ?? 0) > yearsAtMost,
    'nothing-alike': (titleLikeness(a, b) ?? 1) < leastLikeness && !hasSameSponsor(a, b),
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

/** Kinds of study that share much with the trial they belong to; a study is called now this, now that. */
const kinds: readonly [kind: string, words: RegExp][] = [
  [
    'continuation',
    /\b(?:extension|extended treatment|continuation|roll ?over|follow ?up|long ?term|open label extension)\b/,
  ],
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
