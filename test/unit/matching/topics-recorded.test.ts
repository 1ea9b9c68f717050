import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordedConcepts } from '../../../src/core/matching/concepts-above.ts';
import { canonicalConceptId } from '../../../src/core/matching/concepts-kinds.ts';
import { weakMeshes } from '../../../src/core/matching/concepts-weak.ts';
import { knownConditions } from '../../../src/core/matching/synonyms.ts';
import { buildPhraseIndex, followedPhrases, topicsOf } from '../../../src/core/matching/topics.ts';
import type { Trial } from '../../../src/core/trial.ts';
import {
  follow,
  type Matcher,
  matchHeadings,
  matchSubstring,
  prove,
  readRecordedTrials,
  recordsAbsent,
  where,
} from '../../support/matching.ts';

type Label = { trials: string[]; doubtful: string[]; unseen?: true };
const labels: Record<string, Label> = JSON.parse(
  readFileSync(new URL('../../fixtures/matching/labels.json', import.meta.url), 'utf8'),
).conditions;

describe.skipIf(recordsAbsent)(`matching over the recorded trials${where}`, () => {
  const trials = recordsAbsent ? new Map<string, Trial>() : readRecordedTrials();
  const find = (match: Matcher, words: string) => {
    const followed = follow(words);
    return [...trials.values()].filter((trial) => match(trial, followed) !== null).map(({ id }) => id);
  };
  const judge = (match: Matcher, [words, { trials: wanted, doubtful }]: [string, Label]) => {
    const found = find(match, words).filter((id) => !doubtful.includes(id));
    const hits = found.filter((id) => wanted.includes(id)).length;
    return { words, hits, found: found.length, wanted: wanted.length };
  };
  const measure = (match: Matcher, of: (label: Label) => boolean) => {
    const judged = Object.entries(labels).flatMap((entry) => (of(entry[1]) ? judge(match, entry) : []));
    const sum = (count: (one: (typeof judged)[number]) => number) =>
      judged.reduce((total, one) => total + count(one), 0);
    const hits = sum((one) => one.hits);
    return { precision: hits / sum((one) => one.found), recall: hits / sum((one) => one.wanted) };
  };

  it('the labels are of 75 conditions, a fifth of them unseen while the matching was tuned', () => {
    const all = Object.values(labels);
    expect([all.length, all.filter(({ unseen }) => unseen).length]).toEqual([75, 17]);
    for (const { trials: wanted, doubtful } of all)
      for (const id of [...wanted, ...doubtful]) expect(trials.has(id), id).toBe(true);
  });

  it('M1: "asthma" and "lung cancer" find the trials that carry no heading', () => {
    prove((match) => {
      expect(find(match, 'asthma')).toEqual(
        expect.arrayContaining(['NCT05603494', 'NCT05167617', 'NCT07372287']),
      );
      expect(find(match, 'lung cancer')).toEqual(expect.arrayContaining(['NCT05676931', 'NCT04672356']));
    }, matchHeadings);
  });

  for (const part of ['seen', 'unseen'] as const)
    it(`M1: over the ${part} labels precision and recall are at least 0.98, which headings alone do not reach`, () => {
      prove((match) => {
        const { precision, recall } = measure(match, ({ unseen }) => (unseen ? 'unseen' : 'seen') === part);
        expect(precision).toBeGreaterThanOrEqual(0.98);
        expect(recall).toBeGreaterThanOrEqual(0.98);
      }, matchHeadings);
    });

  it('M1: no condition is found badly: precision and recall are at least five in six', () => {
    prove((match) => {
      const bad = Object.entries(labels).flatMap((entry) => {
        const { words, hits, found, wanted } = judge(match, entry);
        return hits < Math.max(found, wanted) * (5 / 6) && Math.max(found, wanted) - hits > 1 ? words : [];
      });
      // Blood diseases beside leukemia, which a trial of leukemias takes too, are no leukemias.
      expect(bad).toEqual(['myelodysplastic syndrome']);
    }, matchHeadings);
  });

  it('M1: small cell lung cancer is not found in trials of the non-small cell kind', () => {
    prove((match) => {
      const found = find(match, 'small cell lung cancer');
      expect(found).toEqual(
        expect.arrayContaining(['NCT06203210', 'NCT06780137', 'NCT07227597', 'NCT05914116']),
      );
      for (const id of ['NCT04262856', 'NCT05676931', 'NCT02628535', 'NCT07423117', 'NCT04895709'])
        expect(found).not.toContain(id);
    }, matchSubstring);
  });

  it('M1b: the epilepsy code of three allergy trials is weak and no topic', () => {
    const epilepsy = { conceptId: 'C562694', conceptTerm: 'Epilepsy, Idiopathic Generalized', phrases: [] };
    prove((match) => {
      for (const id of ['NCT00267202', 'NCT06771934', 'NCT01106703']) {
        const trial = trials.get(id);
        if (!trial) throw new Error(id);
        expect(weakMeshes(trial).map(({ term }) => term)).toEqual(['Epilepsy, Idiopathic Generalized']);
        expect(topicsOf(trial, buildPhraseIndex([])).join()).not.toContain('C562694');
        expect(match(trial, epilepsy)).toBeNull();
      }
    }, matchHeadings);
  });

  it('M1b: fewer than one code in ten is weak, among them names that stand in another illness’s alone', () => {
    const all = [...trials.values()];
    const codes = all.reduce((sum, trial) => sum + trial.meshes.length, 0);
    const weak = all.flatMap((trial) => weakMeshes(trial).map(({ term }) => `${trial.id} ${term}`));
    expect(weak.length / codes).toBeLessThan(0.1);
    expect(weak).toEqual(
      expect.arrayContaining([
        'NCT04524416 Hypertension',
        'NCT06712420 Urinary Bladder Neoplasms',
        'NCT04482309 Colorectal Neoplasms',
      ]),
    );
  });

  it('M1: the topics of every recorded trial hold what matches it', () => {
    const followed = Object.keys(labels).map((words) => follow(words));
    const index = buildPhraseIndex(followed.flatMap(followedPhrases));
    prove((match) => {
      for (const trial of trials.values()) {
        const topics = topicsOf(trial, index);
        for (const one of followed) {
          const reached =
            topics.includes(`concept:${one.conceptId}`) ||
            topics.some((topic) => topic.startsWith(`phrase:${one.conceptId}:`));
          expect(match(trial, one) !== null, trial.id).toBe(reached);
        }
      }
    }, matchSubstring);
  });

  it('M1d: every listed heading that occurs in the records has its id and term there', () => {
    const terms = new Map<string, string>();
    for (const trial of trials.values())
      for (const { id, term } of [...trial.meshes, ...trial.ancestors])
        terms.set(canonicalConceptId(id), term);
    const ids = new Map([...terms].map(([id, term]) => [term, id]));
    const listed = [
      ...knownConditions.map(({ id, term }) => ({ id, term })),
      ...[...recordedConcepts].map(([id, { term }]) => ({ id, term })),
    ];
    for (const { id, term } of listed) {
      expect(terms.get(id) ?? term, id).toBe(term);
      expect(ids.get(term) ?? id, term).toBe(id);
    }
    expect(knownConditions.filter(({ id }) => terms.has(id)).length).toBeGreaterThan(70);
  });
});
