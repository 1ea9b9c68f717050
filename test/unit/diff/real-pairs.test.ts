import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyEdits, canonicalTrial, compareTrials } from '../../../src/core/diff/diff.ts';
import realPairs from '../../fixtures/real-pairs.json' with { type: 'json' };
import siteLabels from '../../fixtures/site-labels.json' with { type: 'json' };
import { hasVersions, readRealPairs, sayBriefly, versionsFolder } from '../../support/real-pairs.ts';

type Told = { facet: string; kind: string };
type Step = { trial: string; from: string; to: string; why: string; mustNotSay?: string[]; says: Told[] };
const steps: Step[] = realPairs;

const pairs = hasVersions ? readRealPairs() : [];
const nameOf = (step: { trial: string; from: string; to: string }) =>
  `${step.trial} ${step.from} to ${step.to}`;

const where = 'needs ../shared/data/ctgov/versions beside the project';

describe.skipIf(!hasVersions)(`real pairs, day by day (${where})`, () => {
  it('every recorded step is in the table', () => {
    expect(pairs.map(nameOf)).toEqual(steps.map(nameOf));
  });

  it.each(pairs.map((pair, at) => [nameOf(pair), steps[at]?.why ?? '', pair, steps[at]] as const))(
    'C4: %s: %s',
    (_name, _why, pair, step) => {
      const { changes, edits, after } = compareTrials(pair.before, pair.after);
      expect(changes.map(sayBriefly)).toEqual(step?.says);
      for (const said of changes) expect(step?.mustNotSay ?? []).not.toContain(said.facet);
      for (const said of changes) expect(step?.mustNotSay ?? []).not.toContain(said.kind);
      expect(canonicalTrial(applyEdits(pair.before, edits))).toEqual(canonicalTrial(after));
      expect(canonicalTrial(after)).toEqual(canonicalTrial(pair.after));
    },
  );

  it('C6: every step played backwards leads back', () => {
    for (const pair of pairs) {
      const back = compareTrials(pair.after, pair.before);
      expect(canonicalTrial(applyEdits(pair.after, back.edits))).toEqual(canonicalTrial(pair.before));
    }
  });
});

type RawSite = { facility?: string; city?: string; zip?: string };

function readRawSites(trial: string, day: string): RawSite[] {
  const record = JSON.parse(readFileSync(join(versionsFolder, trial, `${day}.json`), 'utf8'));
  return record.protocolSection.contactsLocationsModule?.locations ?? [];
}

describe.skipIf(!hasVersions)(`sites without an exact twin, labelled by reading (${where})`, () => {
  it('C3: no arrival or departure is wrong, and every label is met', () => {
    const text = (site: RawSite | undefined | null) =>
      site ? [site.facility, site.city, site.zip].map((part) => part ?? '').join(', ') : '-';
    const labelled = siteLabels.map((label) => {
      const before = label.before === null ? null : readRawSites(label.trial, label.from)[label.before];
      const after = label.after === null ? null : readRawSites(label.trial, label.to)[label.after];
      return `${nameOf(label)}: ${text(before)} => ${text(after)}`;
    });
    const found = pairs.flatMap((pair) =>
      compareTrials(pair.before, pair.after).edits.flatMap((edit) => {
        if (edit.field !== 'sites' || text(edit.before) === text(edit.after)) return [];
        return [`${nameOf(pair)}: ${text(edit.before)} => ${text(edit.after)}`];
      }),
    );
    expect(found.toSorted()).toEqual(labelled.toSorted());
    const sites = siteLabels.flatMap((label) => [label.before, label.after]).filter((at) => at !== null);
    expect(sites).toHaveLength(65);
  });
});
