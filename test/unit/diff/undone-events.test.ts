import { describe, expect, it } from 'vitest';
import { applyEdits, canonicalTrial, compareTrials } from '../../../src/core/diff/diff.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { readRecord } from '../../../src/registries/ctgov/read.ts';
import { naiveFacets } from '../../support/naive-diff.ts';
import { hasMoreRecords, readMoreRecords, registryRead } from '../../support/recorded-trials.ts';
import { undoEvents } from '../../support/undone-events.ts';

const title =
  'pairs made by undoing a dated event of a record (needs ../shared/data/ctgov/more-records.ndjson.gz beside the project)';

describe.skipIf(!hasMoreRecords)(title, () => {
  let read: ReturnType<typeof readPairs> | null = null;
  const pairsOnce = () => {
    read ??= readPairs();
    return read;
  };
  const readPairs = () => {
    const trials = new Map<unknown, Trial>();
    for (const raw of readMoreRecords()) {
      const record = readRecord(raw, null);
      if (record.ok) trials.set(raw, record.trial);
    }
    return undoEvents([...trials.keys()], 40).flatMap((pair) => {
      const is = trials.get(pair.after);
      return is ? [{ ...pair, was: registryRead(pair.before), is }] : [];
    });
  };

  it('C2: each event is told, nothing beside it, and the edits lead from one record to the other', () => {
    const pairs = pairsOnce();
    const counts = new Map<string, { right: number; wrong: string[] }>();
    for (const { event, was, is, told } of pairs) {
      const { changes, edits, after } = compareTrials(was, is);
      const found = counts.get(event) ?? { right: 0, wrong: [] };
      const said = changes.map(({ kind }) => kind).toSorted();
      if (said.join() === told.toSorted().join()) found.right++;
      else found.wrong.push(`${is.id}: ${said.join(', ')}`);
      counts.set(event, found);
      expect(canonicalTrial(applyEdits(was, edits))).toEqual(canonicalTrial(after));
    }
    console.info([...counts].map(([event, { right }]) => `${event}: ${right}`).join('\n'));
    expect([...counts].filter(([, { wrong }]) => wrong.length > 0)).toEqual([]);
    expect(pairs.length).toBeGreaterThan(500);
  });

  it('C2: a naive comparison of the raw records finds the same facets', () => {
    for (const { event, before, after, was, is } of pairsOnce()) {
      const { edits } = compareTrials(was, is);
      const meant = edits.flatMap((edit) =>
        edit.fate !== 'silent' && edit.change ? [edit.change.facet] : [],
      );
      expect([...new Set<string>(meant)].toSorted(), `${event}: ${is.id}`).toEqual(
        naiveFacets(before, after),
      );
    }
  });
});
