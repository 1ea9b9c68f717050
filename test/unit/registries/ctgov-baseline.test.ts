import { describe, expect, it } from 'vitest';
import { completeTrial } from '../../../src/core/complete-trial.ts';
import { buildPhraseIndex } from '../../../src/core/matching/topics.ts';
import { numberSites } from '../../../src/core/sites/sites.ts';
import type { Trial } from '../../../src/core/trial.ts';
import type { StoredTrial } from '../../../src/db/ingest/trials.ts';
import { compareWithStored } from '../../../src/jobs/ingest/detect-changes.ts';
import { hashTrial } from '../../../src/jobs/ingest/load-existing.ts';
import type { Run } from '../../../src/jobs/ingest/run-state.ts';
import { fields } from '../../../src/registries/ctgov/fields.ts';
import { readRecord } from '../../../src/registries/ctgov/read.ts';
import { addLinked, type LooseStudy, makeStudy, mustRead } from '../../support/ctgov-study.ts';

const later = ['papers', 'retractions', 'documents', 'dataSharing', 'violations', 'studyPopulation'] as const;

/** A version as an earlier release stored it: it did not know the later fields. */
function storedBefore(study: LooseStudy): StoredTrial {
  const older = fields.filter(
    (piece) =>
      !/referencesModule|documentSection|ipdSharing|violation|studyPopulation|gender|disp|delayed/i.test(
        piece,
      ),
  );
  const { trial } = mustRead(study, older);
  const bare = Object.fromEntries(
    Object.entries(trial).filter(([name]) => !later.some((one) => one === name)),
  );
  const known = numberSites(
    completeTrial({
      ...bare,
      unread: trial.unread.filter((name) => !later.some((one) => one === name)),
    } as Trial),
  );
  return {
    ...{ trialId: 7, registryId: trial.id, version: 4, hash: hashTrial(known), projection: 2 },
    ...{
      topics: [],
      statusAt: '2026-11-02T12:00:00.000Z',
      turnedOn: null,
      turnedFrom: null,
      readAt: '2026-11-02T12:00:00.000Z',
      trial: known,
      packed: null,
    },
  };
}

/** As much of a run as comparing needs. */
const run = {
  ...{ kind: 'poll', registry: { projection: 3 }, followed: new Set() },
  ...{ phrases: buildPhraseIndex([]), readAt: '2026-11-03T12:00:00.000Z' },
} as unknown as Run;

function readNow(study: LooseStudy) {
  const record = readRecord(study, fields);
  if (!record.ok) throw new Error(record.reason);
  return record;
}

describe('C15: a trial that an earlier release stored', () => {
  it('is completed in its own version, and nobody is told', async () => {
    const study = addLinked(makeStudy());
    const compared = await compareWithStored(run, readNow(study), storedBefore(study));
    expect(compared).toMatchObject({ version: 4, changes: [], toldCount: 0 });
    expect(compared?.trial.papers).toHaveLength(1);
    expect(compared?.trial.unread).toEqual(['resultsHash']);
  });

  it('with a real change meanwhile gets a version that tells that change alone', async () => {
    const study = addLinked(makeStudy());
    const stored = storedBefore(study);
    study.protocolSection.statusModule.overallStatus = 'SUSPENDED';
    const compared = await compareWithStored(run, readNow(study), stored);
    expect(compared?.version).toBe(5);
    expect(compared?.changes.map(({ change }) => change.kind)).toContain('status');
    expect(compared?.changes.map(({ change }) => change.kind)).not.toContain('documents');
  });
});
