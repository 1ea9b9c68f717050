import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import type { Day, Trial } from '../../../src/core/trial.ts';
import { isrctn } from '../../../src/registries/isrctn/index.ts';
import { isrctnTrial } from '../../support/isrctn-trial.ts';

/** The recorded versions beside the project, which most machines lack. */
const data = join(import.meta.dirname, '../../../../shared/data');
const hasData = existsSync(join(data, 'registries/labels.json'));

type Label = {
  registry: string;
  id: string;
  set: string;
  from: Day;
  to: Day;
  facets: string[];
  facetsOptional?: string[];
  status: { before: string; after: string } | null;
};

const labels: Label[] = hasData
  ? JSON.parse(readFileSync(join(data, 'registries/labels.json'), 'utf8')).filter(
      ({ registry }: Label) => registry === 'isrctn',
    )
  : [];

function readOn({ id, set }: Label, file: Day, day: Day): Trial {
  const folder = set.includes('.undone') ? `${id}.undone` : id;
  const paths = [
    `versions/${folder}/${file}.json`,
    `versions/${folder}/${file}.xml`,
    `xml/${id}.xml`,
    `records/${id}.json`,
  ];
  const path = paths.map((one) => join(data, 'isrctn', one)).find(existsSync) ?? '';
  const record = isrctn.readRecord(isrctn.parse?.(readFileSync(path, 'utf8')), null);
  if (!record.ok) throw new Error(`${path}: ${record.reason}`);
  return isrctn.statusOn?.(record.trial, day) ?? record.trial;
}

describe.skipIf(!hasData)('X3, X11: recorded and labelled pairs of ISRCTN records', () => {
  it.each(labels)('$id from $from to $to: $facets', (label) => {
    const { changes } = compareTrials(
      readOn(label, label.from, label.from),
      readOn(label, label.to, label.to),
    );
    const facets = new Set<string>(changes.map(({ facet }) => facet));
    for (const facet of label.facetsOptional ?? []) facets.delete(facet);
    expect([...facets].sort()).toEqual([...label.facets].sort());
    const status = changes.find(({ kind }) => kind === 'status');
    expect(status ? { before: status.before, after: status.after } : null).toEqual(label.status);
  });
});

describe('X11: a day on which the registry rewrites every record', () => {
  const before = {
    inclusion: '1. Aged < 29 days\n2. Weight > 1000 g\n\nFor part 2:\n3. A broken hip',
    conditions: ['Hip fracture', 'Fall'],
    countries: ['England', 'Ireland', 'United Kingdom'],
    publications:
      '2018 Results article in https://pubmed.ncbi.nlm.nih.gov/30524749\n2017 Protocol article in https://x.org/a',
  };

  it('X11: lost line breaks, other entities and another order are no news', () => {
    const after = {
      inclusion: '1. Aged &lt; 29 days2. Weight &gt; 1000 gFor part 2:3. A broken hip',
      conditions: ['Hip fractureFall'],
      countries: ['United Kingdom', 'Ireland', 'England', 'Scotland'],
      publications:
        '2017 Protocol article in https://x.org/a2018 Results article in https://pubmed.ncbi.nlm.nih.gov/30524749',
    };
    for (const [was, is] of [
      [before, after],
      [after, before],
    ] as const)
      expect(compareTrials(isrctnTrial(was), isrctnTrial(is)).changes).toEqual([]);
  });

  it('X11: limits of age that a newer form states are no news, and their change is', () => {
    const [none, some, other] = [{}, ['16.0', 'Years'], ['18.0', 'Years']].map((lower) =>
      isrctnTrial({ ages: Array.isArray(lower) ? { lower: lower as [string, string] } : {} }),
    ) as [Trial, Trial, Trial];
    expect(compareTrials(none, some).changes).toEqual([]);
    expect(compareTrials(some, other).changes).toMatchObject([{ kind: 'minimum-age', after: '18 Years' }]);
  });
});
