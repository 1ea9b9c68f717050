import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { type TrialStatus, trialStatuses } from '../../../src/core/trial.ts';
import { wordsFor } from '../../../src/core/wording/change-sentences.ts';
import { statusName } from '../../../src/core/wording/values.ts';
import { createWording } from '../../../src/mail/catalogue.ts';
import { someTrial } from '../../support/arbitrary-trial.ts';
import { makeCard } from '../../support/trial-samples.ts';

const [en, es] = [createWording('en'), createWording('es')];
const canBecomeUnknown = trialStatuses.filter((status) =>
  /^(RECRUITING|NOT_YET_RECRUITING|ACTIVE_NOT_RECRUITING|ENROLLING_BY_INVITATION)$/.test(status),
);

type Pair = { before: TrialStatus; lastKnown: TrialStatus | null; after: TrialStatus };

/** Every way from one status to another; a last known one exists only beside UNKNOWN. */
const pairs: Pair[] = trialStatuses.flatMap((before) =>
  trialStatuses
    .filter((after) => after !== before)
    .flatMap((after): Pair[] => {
      const lastKnown =
        before === 'UNKNOWN'
          ? [null, ...trialStatuses.filter((status) => status !== 'UNKNOWN')]
          : after === 'UNKNOWN'
            ? [null, ...new Set([before, ...canBecomeUnknown])]
            : [null];
      return lastKnown.map((status) => ({ before, lastKnown: status, after }));
    }),
);

/** The change that comparing two versions yields, told in both languages. */
function tell({ before, lastKnown, after }: Pair, verifiedOn: string | null = '2020-11') {
  const unknown = { status: 'UNKNOWN', lastKnownStatus: lastKnown, verifiedOn } as const;
  const version = (status: TrialStatus) =>
    someTrial(status === 'UNKNOWN' ? unknown : { status, lastKnownStatus: null, verifiedOn: '2026-10' });
  const [change] = compareTrials(version(before), version(after)).changes;
  if (!change) throw new Error(`${before} to ${after} is not told`);
  return { en: wordsFor(en, change, makeCard()).sentence, es: wordsFor(es, change, makeCard()).sentence };
}

const table = readFileSync(join(import.meta.dirname, '../../fixtures/status-sentences.tsv'), 'utf8');
const rows = new Map(
  table
    .trim()
    .split('\n')
    .slice(1)
    .map((line): [string, string[]] => {
      const [before, lastKnown, after, ...sentences] = line.split('\t');
      return [[before, lastKnown, after].join('\t'), sentences];
    }),
);

describe('D2: every status, from every status and last known status', () => {
  it('has its own sentence in the table, in both languages', () => {
    const told = pairs.map((pair): [string, string[]] => {
      const sentences = tell(pair);
      return [[pair.before, pair.lastKnown ?? '-', pair.after].join('\t'), [sentences.en, sentences.es]];
    });
    expect(new Map(told)).toEqual(rows);
  });

  it('names the last known and the present status, and never claims a confirmation that did not happen', () => {
    for (const pair of pairs) {
      const { before, lastKnown, after } = pair;
      if (before !== 'UNKNOWN') continue;
      for (const [wording, sentence] of [
        [en, tell(pair).en],
        [es, tell(pair).es],
      ] as const) {
        expect(sentence).toContain(statusName(wording, after));
        if (lastKnown) expect(sentence).toContain(statusName(wording, lastKnown));
        expect([pair, /confirmed again|confirmado de nuevo/i.test(sentence)]).toEqual([
          pair,
          lastKnown === after,
        ]);
      }
    }
  });

  it('measures the silence from the record, and says where the record does not give it', () => {
    const reopened: Pair = { before: 'UNKNOWN', lastKnown: 'NOT_YET_RECRUITING', after: 'RECRUITING' };
    expect(tell(reopened)).toEqual({
      en: 'Now listed as recruiting. Before: unknown, last known as not yet recruiting. The sponsor had not confirmed this record since November 2020.',
      es: 'El registro indica ahora: recluta participantes. Antes: desconocido; último estado conocido: aún no recluta. El patrocinador no había confirmado esta ficha desde noviembre de 2020.',
    });
    expect(tell(reopened, '2017-03-09').en).toMatch(/since March 9, 2017\.$/);
    expect(tell(reopened, null).en).toMatch(
      /The record did not say when the sponsor had last confirmed it\.$/,
    );
    for (const pair of pairs) {
      const { en: english, es: spanish } = tell(pair);
      expect(english + spanish).not.toMatch(/two years|dos años/);
    }
  });

  it('a change that was stored without the last known status claims nothing about it', () => {
    const change = { facet: 'status', kind: 'status', before: 'UNKNOWN', after: 'RECRUITING' } as const;
    expect(wordsFor(en, change, makeCard()).sentence).toBe('Now listed as recruiting. Before: unknown.');
    const fell = { ...change, before: 'RECRUITING', after: 'UNKNOWN' };
    expect(wordsFor(en, fell, makeCard()).sentence).toBe('Status now unknown. Before: recruiting.');
  });
});
