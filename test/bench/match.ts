import { parseArgs } from 'node:util';
import { buildPhraseIndex, followedPhrases, matchOf, topicsOf } from '../../src/core/matching/topics.ts';
import { follow, makeTrial, readRecordedTrials, recordsAbsent } from '../support/matching.ts';

const { values } = parseArgs({ options: { phrases: { type: 'string', default: '50000' } }, strict: false });
const count = Number(values.phrases);

/** Phrases as people might follow them: listed conditions first, then made-up ones of the words registrants use. */
function makePhrases(words: string[]): string[] {
  const phrases: string[] = [];
  for (let n = 0; phrases.length < count; n++) {
    const word = (step: number) => words[(n * step + step) % words.length] ?? 'rare';
    phrases.push(`${word(7)} ${word(31)} ${n % 3 === 0 ? 'syndrome' : 'disease'}`);
  }
  return phrases;
}

const trials = recordsAbsent
  ? ['Asthma', 'Lung cancer', 'Breast and ovarian cancer', 'Gout'].map((title) =>
      makeTrial({ title, conditions: [title] }),
    )
  : [...readRecordedTrials().values()];
const vocabulary = [...new Set(trials.flatMap((trial) => trial.conditions.join(' ').split(/\W+/)))].filter(
  Boolean,
);

const indexing = performance.now();
const index = buildPhraseIndex([
  ...['asthma', 'lung cancer', 'leukemia', 'atopic dermatitis', 'HIV'].flatMap((words) =>
    followedPhrases(follow(words)),
  ),
  ...followedPhrases({ conceptId: null, phrases: makePhrases(vocabulary) }),
]);
const indexedMs = performance.now() - indexing;

function measure(name: string, run: () => void): { what: string; 'ms each': string } {
  for (let warm = 0; warm < 3; warm++) for (const _ of trials) run();
  const rounds = 10;
  const start = performance.now();
  for (let round = 0; round < rounds * trials.length; round++) run();
  return { what: name, 'ms each': ((performance.now() - start) / (rounds * trials.length)).toFixed(4) };
}

let at = 0;
const next = () => {
  at = (at + 1) % trials.length;
  const trial = trials[at];
  if (!trial) throw new Error('no trials');
  return trial;
};
const asthma = follow('asthma');
console.log(`${trials.length} trials, ${count} followed phrases, index built in ${indexedMs.toFixed(0)} ms`);
console.table([
  // A copy: what was read of a trial is kept with it.
  measure('all topics of a trial', () => topicsOf({ ...next() }, index)),
  measure('all topics of a trial read before', () => topicsOf(next(), index)),
  measure('why a trial matches one condition', () => matchOf(next(), asthma)),
]);
