import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Matchable } from '../../../src/core/matching/concepts-weak.ts';
import { resolveCondition } from '../../../src/core/matching/conditions.ts';
import type { Trial } from '../../../src/core/trial.ts';
import {
  follow,
  followLiterally,
  type Matcher,
  makeTrial,
  matchHeadings,
  matchSubstring,
  prove,
  readRecordedTrials,
  recordsAbsent,
  where,
} from '../../support/matching.ts';
import {
  othersAbsent,
  readDiseaseClasses,
  readOtherRecords,
  readRowsAboutSclerosis,
} from '../../support/other-registries.ts';

const labels: Record<string, { trials: string[]; doubtful: string[] }> = JSON.parse(
  readFileSync(new URL('../../fixtures/matching/labels.json', import.meta.url), 'utf8'),
).conditions;

/** Precision and recall over the labelled conditions. */
function measure(match: Matcher, trials: Matchable[]) {
  const sum = { hits: 0, found: 0, wanted: 0 };
  for (const [words, { trials: wanted, doubtful }] of Object.entries(labels)) {
    const followed = follow(words);
    const found = trials.filter((trial) => match(trial, followed) !== null && !doubtful.includes(trial.id));
    sum.hits += found.filter(({ id }) => wanted.includes(id)).length;
    sum.found += found.length;
    sum.wanted += wanted.length;
  }
  return { precision: sum.hits / sum.found, recall: sum.hits / sum.wanted };
}

describe.skipIf(recordsAbsent)(`matching where a registry gives no headings${where}`, () => {
  const trials = recordsAbsent ? [] : [...readRecordedTrials().values()];
  const unfiled = trials.map((trial): Trial => ({ ...trial, meshes: [], ancestors: [] }));

  it('X7: the words of 75 labelled conditions find their trials without any heading', () => {
    prove((match) => {
      const { precision, recall } = measure(match, unfiled);
      expect(precision).toBeGreaterThanOrEqual(0.97);
      expect(recall).toBeGreaterThanOrEqual(0.97);
    }, matchHeadings);
  });

  it('X7: a title and a line of conditions, all that a row of the EU register has, find nine in ten, and nothing false', () => {
    const rows = unfiled.map(
      ({ registry, id, title, conditions }): Matchable => ({
        ...{ registry, id, title, officialTitle: null, conditions: [conditions.join(', ')] },
        ...{ keywords: [], meshes: [], ancestors: [] },
      }),
    );
    prove((match) => {
      const { precision, recall } = measure(match, rows);
      expect(precision).toBeGreaterThanOrEqual(0.97);
      expect(recall).toBeGreaterThanOrEqual(0.88);
    }, matchSubstring);
  });
});

/** Which of the recorded records are about a condition, by reading them. */
const truth: Record<string, string[]> = {
  'myasthenia gravis': ['2023-507820-22-00', '2023-509555-13-00'],
  'ME/CFS': ['ISRCTN15375673', 'ISRCTN16132141', 'ISRCTN54285094'],
  'necrotizing enterocolitis': ['ISRCTN76463425', 'ISRCTN88261002'],
  'bronchopulmonary dysplasia': ['ISRCTN80181452'],
  flu: ['2024-510663-34-00'],
  sepsis: ['ISRCTN48721236'],
  'breast cancer': ['ISRCTN62918594'],
  'pulmonary hypertension': ['ISRCTN12949496'],
  'premature rupture of membranes': ['2022-501142-30-00'],
  'long covid': ['ISRCTN15375673'],
  asthma: [],
  leukemia: [],
};

it('X7: a term that classifies the condition names it; a keyword alone does not', () => {
  const parts = { conditions: ['Patients with RRMS'], keywords: ['Multiple sclerosis'] };
  prove((match) => {
    const found = ['ctis', 'isrctn', 'ctgov'].map((registry) =>
      match(makeTrial({ registry, ...parts }), follow('multiple sclerosis')),
    );
    expect(found.map((one) => one?.by)).toEqual(['keyword', 'keyword', undefined]);
  }, matchHeadings);
});

const absent = othersAbsent ? ' (left out: ../shared/data/ctis and isrctn are not beside this project)' : '';
describe.skipIf(othersAbsent)(`matching over records of CTIS and ISRCTN${absent}`, () => {
  const rows = othersAbsent ? [] : readRowsAboutSclerosis();
  const all = othersAbsent ? [] : [...rows, ...readOtherRecords()];

  it('X7: every row that the EU register itself finds for multiple sclerosis matches, and nothing else', () => {
    prove((match) => {
      expect(rows).toHaveLength(71);
      const found = all.filter((trial) => match(trial, follow('multiple sclerosis')) !== null);
      expect(found.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    }, matchHeadings);
  });

  it('X7: the register files what matches under a class of the illness: nerves, or immune system alone in two', () => {
    const classes = readDiseaseClasses();
    const isIn = (id: string, code: string) => classes.get(id)?.some((one) => one.endsWith(`[${code}]`));
    prove((match) => {
      const matching = rows.filter((trial) => match(trial, follow('multiple sclerosis')) !== null);
      const others = matching.filter(({ id }) => !isIn(id, 'C10'));
      expect(matching).toHaveLength(71);
      expect(others.map(({ id }) => isIn(id, 'C20'))).toEqual([true, true]);
    }, matchHeadings);
  });

  it('X7: twelve more conditions find exactly the records that are about them', () => {
    prove((match) => {
      const found = Object.keys(truth).map((words) => {
        const resolved = resolveCondition(words, { concepts: [] });
        const followed = resolved.kind === 'concept' ? follow(words) : followLiterally(words);
        return [words, all.filter((trial) => match(trial, followed) !== null).map(({ id }) => id)] as const;
      });
      expect(Object.fromEntries(found.map(([words, ids]) => [words, ids.toSorted()]))).toEqual(truth);
    }, matchSubstring);
  });
});
