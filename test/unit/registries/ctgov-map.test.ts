import { describe, expect, it } from 'vitest';
import { registryIds } from '../../../src/core/registries.ts';
import { openRegistries, readRecordsOf } from '../../../src/registries/registry.ts';
import { makeStudy } from '../../support/ctgov-study.ts';

describe('the map of registries', () => {
  it('opens each under its own id', () => {
    const registries = openRegistries(
      { ctgov: { url: 'https://clinicaltrials.gov/api/v2', paceMs: 1000 } },
      { userAgent: 'Trialbell/0' },
    );
    for (const [id, registry] of registries) expect(registry.id).toBe(id);
    expect(registries.get('ctgov')?.recordUrl('NCT09900001')).toBe(
      'https://clinicaltrials.gov/study/NCT09900001',
    );
  });

  it('reads a saved record offline, and lists the known registries for an unknown one', () => {
    expect(readRecordsOf('ctgov', makeStudy())).toMatchObject([{ ok: true, trial: { id: 'NCT09900001' } }]);
    for (const name of ['euctr', 'constructor', '']) {
      expect(() => readRecordsOf(name, makeStudy())).toThrow(
        `There is no registry "${name}". Choose from: ${registryIds.join(', ')}.`,
      );
    }
  });
});
