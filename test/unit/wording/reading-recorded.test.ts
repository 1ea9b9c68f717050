import { expect, it } from 'vitest';
import { readTrial } from '../../../src/core/wording/trial-summary.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { showsCode } from '../../support/reading-codes.ts';
import { hasRecords, readRecordedTrials } from '../../support/recorded-trials.ts';

const wording = createWording('en');

it.skipIf(!hasRecords)(
  `reads every recorded trial without a code, and says something of each${hasRecords ? '' : ' (left out: the recorded data are not beside this project)'}`,
  () => {
    const trials = readRecordedTrials();
    const faults = trials.filter((trial) => {
      const reading = readTrial(wording, trial, '2026-11-21T08:00:00.000Z');
      return reading.says.length === 0 || showsCode(reading);
    });
    expect(faults.map(({ id }) => id)).toEqual([]);
    expect(trials.length).toBeGreaterThan(200);
  },
);
