import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import type { CtisSite } from '../../../src/demo/ctis-trial.ts';
import { readCtisTrial } from '../../support/ctis.ts';

const spain = (sites: CtisSite[]) => readCtisTrial({ countries: [{ name: 'Spain', code: 4, sites }] });

/** Which sites are told to arrive and leave: `+ name`, `- name`. */
function told(before: CtisSite[], after: CtisSite[]): string[] {
  return compareTrials(spain(before), spain(after))
    .changes.map(({ kind, site }) => `${kind === 'site-added' ? '+' : '-'} ${site?.facility}`)
    .sort();
}

const site = (
  org: string,
  name = `Hospital ${org}`,
  department = 'Neurology',
  city = 'Madrid',
): CtisSite => ({
  org,
  name,
  department,
  city,
});

describe('sites of registries whose organisations have ids', () => {
  it('X6: one organisation is one site, whatever its name, city and department', () => {
    expect(told([site('ORG-1')], [site('ORG-1', 'Clinica Nueva', 'Neurologia', 'Alcala')])).toEqual([]);
    expect(told([site('ORG-1'), site('ORG-2')], [site('ORG-2', 'X'), site('ORG-1', 'Y')])).toEqual([]);
  });

  it('X6: hospitals of similar names are two if their organisations are', () => {
    expect(told([site('ORG-1', 'Hospital La Paz')], [site('ORG-2', 'Hospital La Paz Sur')])).toEqual([
      '+ Hospital La Paz Sur',
      '- Hospital La Paz',
    ]);
  });

  it('C3: the same name at the same place under another id is the same hospital', () => {
    expect(told([site('ORG-1', 'Hospital La Paz')], [site('ORG-2', 'Hospital La Paz')])).toEqual([]);
  });

  it('X6: of two departments of one hospital the right one leaves', () => {
    const [first, second] = [site('ORG-1', 'La Paz', 'Adults'), site('ORG-1', 'La Paz', 'Children')];
    const { changes, after } = compareTrials(spain([first, second]), spain([second]));
    expect(changes.map(({ kind, site: gone }) => [kind, gone?.facility])).toEqual([
      ['site-removed', 'La Paz'],
    ]);
    const kept = compareTrials(spain([first, second]), spain([first, second])).after.sites;
    const children = kept.find(({ department }) => department === 'Children');
    expect(after.sites.map(({ ref }) => ref)).toEqual([children?.ref]);
    expect(told([first], [first, second])).toEqual(['+ La Paz']);
    expect(told([], [first, second])).toEqual(['+ La Paz', '+ La Paz']);
  });

  it('X6: of any sites, exactly the organisations that are new arrive and those missing leave', () => {
    const orgs = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 10 });
    const words = fc.constantFrom('La Paz', 'La Paz Norte', 'Clinico', 'Research Site', '');
    fc.assert(
      fc.property(orgs, orgs, fc.array(words, { minLength: 20, maxLength: 20 }), (before, after, names) => {
        // Each organisation has a city of its own, so that no two are the same place under another id.
        const make = (list: number[], from: number) =>
          list.map((org) =>
            site(`ORG-${org}`, names[(org + from) % 20] ?? '', names[from] ?? '', `City ${org}`),
          );
        const { changes } = compareTrials(spain(make(before, 0)), spain(make(after, 7)));
        const count = (kind: string) => changes.filter((change) => change.kind === kind).length;
        expect(count('site-added')).toBe(after.filter((org) => !before.includes(org)).length);
        expect(count('site-removed')).toBe(before.filter((org) => !after.includes(org)).length);
        expect(changes.every(({ facet }) => facet === 'sites')).toBe(true);
      }),
    );
  });
});
