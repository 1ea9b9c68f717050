import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../../src/core/change.ts';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import type { Trial } from '../../../src/core/trial.ts';
import { sentenceFor } from '../../../src/core/wording/change-sentences.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { readRecord } from '../../../src/registries/ctgov/read.ts';

const wording = createWording('en');

describe('real pairs', () => {
  const recorded = new URL('../../../../shared/data/ctgov/versions/', import.meta.url);
  const isThere = existsSync(recorded);

  it.skipIf(!isThere)(
    `D2: every change of the recorded versions is a sentence without codes${isThere ? '' : ' (the folder of recorded versions is not here)'}`,
    () => {
      let told = 0;
      for (const id of readdirSync(recorded)) {
        let before = null as Trial | null;
        for (const file of readdirSync(new URL(`${id}/`, recorded)).toSorted()) {
          const record = readRecord(
            JSON.parse(readFileSync(new URL(`${id}/${file}`, recorded), 'utf8')),
            null,
          );
          if (!record.ok) throw new Error(`${id} ${file}: ${record.reason}`);
          const comparison: Comparison | null = before && compareTrials(before, record.trial);
          for (const change of comparison?.changes ?? []) {
            told += 1;
            const sentence = sentenceFor(wording, change, record.trial);
            expect(sentence.replace(/“[^”]*”/g, '')).not.toMatch(/[A-Z]+_[A-Z_]+|\bNA\b|undefined|null|[{}]/);
            expect(sentence).toMatch(/[.”]$/);
          }
          before = comparison?.after ?? record.trial;
        }
      }
      expect(told).toBeGreaterThan(40);
    },
  );
});
