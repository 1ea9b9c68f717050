import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import disagreements from '../../fixtures/naive-disagreements.json' with { type: 'json' };
import { naiveFacets } from '../../support/naive-diff.ts';
import { naiveSites } from '../../support/naive-sites.ts';
import { hasVersions, readRealPairs, versionsFolder } from '../../support/real-pairs.ts';

const title =
  'against a naive comparison of the raw records (needs ../shared/data/ctgov/versions beside the project)';

describe.skipIf(!hasVersions)(title, () => {
  it('the facets that changed are the same but where a reason is listed', () => {
    const raw = (trial: string, day: string): unknown =>
      JSON.parse(readFileSync(join(versionsFolder, trial, `${day}.json`), 'utf8'));
    const found = readRealPairs().flatMap(({ trial, from, to, before, after }) => {
      const naive = naiveFacets(raw(trial, from), raw(trial, to));
      const { edits } = compareTrials(before, after);
      const meant = edits.flatMap((edit) =>
        edit.fate !== 'silent' && edit.change ? [edit.change.facet] : [],
      );
      const ours = [...new Set<string>(meant)];
      const step = `${trial} ${from} to ${to}`;
      return [
        ...naive.filter((facet) => !ours.includes(facet)).map((facet) => ({ step, facet, only: 'naive' })),
        ...ours.filter((facet) => !naive.includes(facet)).map((facet) => ({ step, facet, only: 'ours' })),
      ];
    });
    expect(found).toEqual(disagreements.map(({ step, facet, only }) => ({ step, facet, only })));
    for (const { why } of disagreements) expect(why.length).toBeGreaterThan(20);
  });

  it('C3: the sites that left and came are the same', () => {
    for (const { trial, from, to, before, after } of readRealPairs()) {
      const { gone, arrived } = naiveSites(before.sites, after.sites);
      const { changes } = compareTrials(before, after);
      const told = (kind: string) =>
        changes.flatMap((change) => (change.kind === kind ? [change.site?.facility] : [])).toSorted();
      const names = (sites: typeof before.sites, positions: number[]) =>
        positions.map((at) => sites[at]?.facility).toSorted();
      expect(told('site-removed'), `${trial} ${from} to ${to}`).toEqual(names(before.sites, gone));
      expect(told('site-added'), `${trial} ${from} to ${to}`).toEqual(names(after.sites, arrived));
    }
  });
});
