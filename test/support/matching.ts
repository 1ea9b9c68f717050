import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { canonicalConceptId } from '../../src/core/matching/concepts-kinds.ts';
import type { Matchable } from '../../src/core/matching/concepts-weak.ts';
import { type KnownToStore, resolveCondition } from '../../src/core/matching/conditions.ts';
import { type FollowedCondition, type Match, matchOf } from '../../src/core/matching/topics.ts';
import type { Trial } from '../../src/core/trial.ts';
import { readRecord } from '../../src/registries/ctgov/read.ts';

const data = resolve(import.meta.dirname, '../../../shared/data/ctgov');

/** Whether the recorded records exist beside this project; `where` is for titles of tests. */
export const recordsAbsent = !existsSync(data);
export const where = recordsAbsent ? ' (left out: the recorded data are not beside this project)' : '';

/** Copies of one trial under made-up numbers. */
const copies = ['NCT12345678', 'NCT55555555', 'NCT87654321'];

/** All recorded trials in their newest version, copies left out. */
export function readRecordedTrials(): Map<string, Trial> {
  const files = [
    ...globSync(join(data, 'versions/*/*.json')).sort(),
    ...globSync(join(data, 'records/*.json')).sort(),
  ];
  const more = gunzipSync(readFileSync(join(data, 'more-records.ndjson.gz'))).toString('utf8');
  const records = [...files.map((file) => readFileSync(file, 'utf8')), ...more.split('\n').filter(Boolean)];
  const trials = new Map<string, Trial>();
  for (const record of records) {
    const read = readRecord(JSON.parse(record), null);
    if (read.ok && !copies.includes(read.trial.id)) trials.set(read.trial.id, read.trial);
  }
  return trials;
}

/** The fields of a trial that matching reads. Concepts are given as `id term`. */
export function makeTrial(
  parts: Partial<Omit<Matchable, 'meshes' | 'ancestors'>> & { meshes?: string[]; ancestors?: string[] },
): Matchable {
  const toConcepts = (texts: string[] = []) =>
    texts.map((text) => ({ id: text.split(' ')[0] ?? '', term: text.split(' ').slice(1).join(' ') }));
  return {
    registry: 'ctgov',
    id: 'NCT00000001',
    title: 'A study',
    officialTitle: null,
    conditions: [],
    keywords: [],
    ...parts,
    meshes: toConcepts(parts.meshes),
    ancestors: toConcepts(parts.ancestors),
  };
}

/** A subscription to typed words that the committed list, or headings of the store, resolves. */
export function follow(words: string, known: KnownToStore = { concepts: [] }): FollowedCondition {
  const resolved = resolveCondition(words, known);
  if (resolved.kind !== 'concept' && resolved.kind !== 'umbrella')
    throw new Error(`${words}: ${resolved.kind}`);
  return { conceptId: resolved.conceptId, conceptTerm: resolved.term, phrases: resolved.phrases };
}

/** A subscription to words that match no heading. */
export function followLiterally(...phrases: string[]): FollowedCondition {
  return { conceptId: null, conceptTerm: null, phrases };
}

export type Matcher = (trial: Matchable, followed: FollowedCondition) => Match | null;

/** Broken: matches letters instead of words. */
export const matchSubstring: Matcher = (trial, { phrases }) => {
  const text = [...trial.conditions, trial.title, trial.officialTitle ?? ''].join('; ').toLowerCase();
  const words = phrases.find((phrase) => text.includes(phrase.toLowerCase()));
  return words ? { by: 'phrase', words } : null;
};

/** Broken: trusts all headings of the registry, and nothing else. */
export const matchHeadings: Matcher = (trial, { conceptId }) => {
  const found = [...trial.meshes, ...trial.ancestors].find(
    ({ id }) => conceptId !== null && canonicalConceptId(id) === conceptId,
  );
  return found ? { by: 'concept', words: found.term } : null;
};

/** Checks a statement against the matching, and that it would detect a broken one. */
export function prove(check: (match: Matcher) => void, broken: Matcher): void {
  check(matchOf);
  expect(() => check(broken), 'the broken matcher should fail this test').toThrow();
}
