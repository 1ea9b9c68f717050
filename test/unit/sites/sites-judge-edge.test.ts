import { describe, expect, it } from 'vitest';
import { Cards } from '../../../src/core/sites/cards.ts';
import { judgeSites } from '../../../src/core/sites/judge.ts';
import { noListing } from '../../../src/core/sites/placeholder.ts';
import type { Site } from '../../../src/core/trial.ts';
import { someSite } from '../../support/arbitrary-trial.ts';

const read = (site: Partial<Site>) => new Cards([someSite(site)], noListing).at(0);
const judge = (before: Partial<Site>, after: Partial<Site>) => judgeSites(read(before), read(after));
const cost = (before: Partial<Site>, after: Partial<Site>) => judge(before, after)?.cost ?? Number.NaN;
const incheon = { city: 'Incheon', zip: '', lat: 37.456, lon: 126.705 };
const songpa = { city: 'Seoul Songpa', zip: '' };

describe('C3: why two entries are one site', () => {
  it.each<[string, Partial<Site>, Partial<Site>]>([
    ['same site number 12 at the same place', { facility: 'Anna (Site 12)' }, { facility: 'Nord (Site 12)' }],
    [
      'same site number 12 at a place spelled alike',
      { facility: 'Anna (Site 12)' },
      { facility: 'Nord (Site 12)', ...songpa },
    ],
    [
      'same site number 12 nearby',
      { facility: 'Anna (Site 12)' },
      { facility: 'Nord (Site 12)', ...incheon },
    ],
    ['same name at the same place', {}, { facility: 'ANNA HOSPITAL' }],
    ['same name nearby', {}, incheon],
    [
      'same name, other site number at the same place',
      { facility: 'Anna (Site 12)' },
      { facility: 'Anna (Site 13)' },
    ],
    [
      'same contact at the same place',
      { contacts: ['a', 'b'] },
      { facility: 'Nord Trust', contacts: ['b', 'c'] },
    ],
    [
      'name alike (0.72) at the same place',
      { facility: 'Severance Hospital' },
      { facility: 'Severance Clinic' },
    ],
    [
      'no name before or after, at the same place',
      { facility: 'Research Site' },
      { facility: 'Local Institution' },
    ],
    ['named, at the same place', { facility: 'Research Site' }, {}],
    ['its name was withheld, at the same place', {}, { facility: 'Research Site' }],
  ])('%s', (phrase, before, after) => {
    expect(judge(before, after)?.phrase).toBe(phrase);
  });

  it.each<[string, Partial<Site>, Partial<Site>]>([
    ['a number that only one has', { facility: 'Anna (Site 12)' }, { facility: 'Nord Trust' }],
    ['no name in a town nearby', { facility: 'Research Site' }, { facility: 'Anna Hospital', ...incheon }],
    [
      'no name, other numbers and postcodes',
      { facility: 'Research Site 12' },
      { facility: 'Research Site 13', zip: '05999' },
    ],
    [
      'a name alike with other site numbers',
      { facility: 'Severance Hospital (Site 12)', zip: '' },
      { facility: 'Severance Ost Clinic (Site 13)', zip: '' },
    ],
    [
      'a name alike at another postcode',
      { facility: 'Severance Hospital' },
      { facility: 'Severance Ost Clinic', zip: '99999' },
    ],
    ['a damaged name of another hospital', { facility: 'H?pital Foch' }, { facility: 'Samsung Trust' }],
    [
      'a long name with another number in it',
      { facility: 'Yonsei Severance Hospital 12' },
      { facility: 'Yonsei Severance Hospital 13' },
    ],
    [
      'a damaged name that is another, letter by letter',
      { facility: 'H?pital Necker' },
      { facility: 'Hôpital Beckem' },
    ],
    ['other numbers in the name', { facility: 'City Hospital 12' }, { facility: 'City Hospital 13' }],
  ])('%s is not enough', (_name, before, after) => {
    expect(judge(before, after)).toBeNull();
    expect(judge(after, before)).toBeNull();
  });

  it.each<[string, Partial<Site>, Partial<Site>]>([
    [
      'a number in one of the names',
      { facility: 'Seoul City Hospital 12' },
      { facility: 'Seoul City Hospital' },
    ],
    ['one number in both names', { facility: 'Hospital Anna 12' }, { facility: 'Anna Hospital 12' }],
    [
      'nameless entries without numbers, at two postcodes',
      { facility: 'Research Site' },
      { facility: 'Study Site', zip: '99999' },
    ],
    [
      'nameless entries, one of them numbered',
      { facility: 'Research Site 12' },
      { facility: 'Study Site', zip: '99999' },
    ],
    [
      'nameless entries with other numbers and one postcode',
      { facility: 'Research Site 12' },
      { facility: 'Study Site 13' },
    ],
    [
      'nameless entries with other numbers, one without postcode',
      { facility: 'Research Site 12' },
      { facility: 'Study Site 13', zip: '' },
    ],
    [
      'a name alike in letters that a wrong encoding broke',
      { facility: 'H?pital Fo?h' },
      { facility: 'Hôpital Foch' },
    ],
  ])('%s may be one site', (_name, before, after) => {
    expect(judge(before, after)).not.toBeNull();
    expect(judge(after, before)).not.toBeNull();
  });

  it('the surer of two explanations costs less', () => {
    const anna = { facility: 'Anna Hospital' };
    const costs = [
      cost({ facility: 'Anna (Site 12)' }, { facility: 'Nord (Site 12)' }),
      cost({ facility: 'Anna (Site 12)' }, { facility: 'Nord (Site 12)', status: 'COMPLETED' }),
      cost({}, anna),
      cost({}, { ...anna, status: 'COMPLETED' }),
      cost({}, { ...anna, zip: '' }),
      cost({}, { ...anna, zip: '05999' }),
      cost({ facility: 'Severance Hospital' }, { facility: 'Department of Severance Hospital' }),
      cost({}, { ...anna, ...songpa }),
      cost({ facility: 'Anna (Site 12)' }, { facility: 'Anna (Site 13)' }),
      cost({ facility: 'Severance Hospital' }, { facility: 'Severance Clinic' }),
      cost({ contacts: ['a'] }, { facility: 'Nord Trust', contacts: ['a'] }),
      cost({}, { ...anna, ...incheon }),
      cost({ facility: 'Research Site' }, { facility: 'Study Site' }),
      cost({ facility: 'Research Site' }, anna),
      cost({ facility: 'Research Site 12' }, { facility: 'Study Site 13' }),
      cost({ facility: 'Research Site 12' }, { facility: 'Anna (Site 13)' }),
    ];
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(new Set(costs).size).toBe(costs.length);
    expect(cost({}, { ...anna, zip: '99999' })).toBeGreaterThan(cost({}, { ...anna, zip: '05999' }));
    const renumbered = cost(
      { facility: 'Severance Hospital (Site 12)' },
      { facility: 'Department of Severance Hospital (Site 13)' },
    );
    expect(renumbered).toBeGreaterThan(
      cost({ facility: 'Severance Hospital' }, { facility: 'Severance Clinic' }),
    );
  });
});
