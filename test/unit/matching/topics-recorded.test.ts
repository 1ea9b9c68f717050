import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { recordedConcepts } from '../../../src/core/matching/concepts-above.ts';
import { canonicalConceptId } from '../../../src/core/matching/concepts-kinds.ts';
import { weakMeshes } from '../../../src/core/matching/concepts-weak.ts';
import { knownConditions } from '../../../src/core/matching/synonyms.ts';
import { buildPhraseIndex, followedPhrases, topicsOf } from '../../../src/core/matching/topics.ts';
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

type Label = { trials: string[]; missed: Record<string, string>; wrong: Record<string, string> };
const labels: Record<string, Label> = JSON.parse(
  readFileSync(new URL('../../fixtures/matching/labels.json', import.meta.url), 'utf8'),
).conditions;

describe.skipIf(recordsAbsent)(`matching over the recorded trials${where}`, () => {
  const trials = recordsAbsent ? new Map() : readRecordedTrials();
  const find = (match: Matcher, words: string) => {
    const followed = follow(words);
    return [...trials.values()]
      .filter((trial) => match(trial, followed) !== null)
      .map(({ id }) => id as string);
  };

  it('M1: "asthma" and "lung cancer" find the trials that carry no heading', () => {
    prove((match) => {
      expect(find(match, 'asthma')).toEqual(
        expect.arrayContaining(['NCT05603494', 'NCT05167617', 'NCT07372287']),
      );
      expect(find(match, 'lung cancer')).toEqual(expect.arrayContaining(['NCT05676931', 'NCT04672356']));
    }, matchHeadings);
  });

  for (const [words, label] of Object.entries(labels)) {
    it(`M1: "${words}" finds what was labelled by reading, but for what is known to be missed or wrong`, () => {
      const known = new Set(label.trials);
      const broken: Matcher = known.size === 0 ? () => ({ by: 'trial' }) : () => null;
      prove((match) => {
        const found = find(match, words);
        expect(label.trials.filter((id) => !found.includes(id))).toEqual(Object.keys(label.missed));
        expect(found.filter((id) => !known.has(id))).toEqual(Object.keys(label.wrong));
      }, broken);
    });
  }

  it('M1: over all labels precision and recall are at least 0.98, which headings alone do not reach', () => {
    prove((match) => {
      let hits = 0;
      let found = 0;
      let wanted = 0;
      for (const [words, label] of Object.entries(labels)) {
        const answer = find(match, words);
        found += answer.length;
        wanted += label.trials.length;
        hits += answer.filter((id) => label.trials.includes(id)).length;
      }
      expect(hits / found).toBeGreaterThanOrEqual(0.98);
      expect(hits / wanted).toBeGreaterThanOrEqual(0.98);
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
    for (const id of ['NCT00267202', 'NCT06771934', 'NCT01106703']) {
      const trial = trials.get(id);
      expect(weakMeshes(trial).map(({ term }) => term)).toEqual(['Epilepsy, Idiopathic Generalized']);
      expect(topicsOf(trial, buildPhraseIndex([])).join()).not.toContain('C562694');
    }
    const epilepsy = { conceptId: 'C562694', conceptTerm: 'Epilepsy, Idiopathic Generalized', phrases: [] };
    prove((match) => {
      for (const id of ['NCT00267202', 'NCT06771934', 'NCT01106703'])
        expect(match(trials.get(id), epilepsy)).toBeNull();
    }, matchHeadings);
  });

  it('M1b: fewer than one code in ten is weak', () => {
    const all = [...trials.values()];
    const codes = all.reduce((sum, trial) => sum + trial.meshes.length, 0);
    const weak = all.reduce((sum, trial) => sum + weakMeshes(trial).length, 0);
    expect(weak).toBeGreaterThan(3);
    expect(weak / codes).toBeLessThan(0.1);
  });

  it('M1: the topics of every recorded trial hold the phrases that match it', () => {
    const followed = Object.keys(labels).map(follow);
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
