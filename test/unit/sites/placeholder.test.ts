import { describe, expect, it } from 'vitest';
import { compareTrials } from '../../../src/core/diff/diff.ts';
import { readSiteName } from '../../../src/core/sites/name.ts';
import { readListing } from '../../../src/core/sites/placeholder.ts';
import type { Site } from '../../../src/core/trial.ts';
import { someSite, someTrial } from '../../support/arbitrary-trial.ts';

const seoul = { city: 'Seoul', state: '', country: 'South Korea' };
const isAlone = (facility: string) => readSiteName({ ...seoul, facility }).anonymous;
const isBeside = (facility: string, own: string[], others: Partial<Site>[] = []) =>
  readSiteName({ ...seoul, facility }, readListing([others.map(someSite)], own)).anonymous;

describe('C3: a name that names nobody', () => {
  it.each([
    'Clinical Site',
    'Study Center',
    'Study Centre',
    'Clinical Trial Center',
    'Clinical Research Center',
    'Local Study Location',
    'Seoul Study Center',
    'Clinical Site Seoul',
    'Participating Site, South Korea',
    'Acme Investigational Trial Site',
    'Acme Pharma Investigational Clinical Study Center',
    'Study Site No',
  ])('is known by its words: %s', (facility) => {
    expect(isAlone(facility)).toBe(true);
  });

  it.each([
    'Clinical Center',
    'Medical Center',
    'Seoul Research Center',
    'Seoul Clinical Center',
    'Acme Study Center',
    'Wits Bara Clinical Trial Site',
  ])('words that a hospital may have are none by themselves: %s', (facility) => {
    expect(isAlone(facility)).toBe(facility === 'Clinical Center');
  });

  it('is known by the sponsor, the trial or the drug in it', () => {
    expect(isBeside('CT-155 Study Center', ['CT-155'])).toBe(true);
    expect(isBeside('Takeda selected site', ['Takeda'])).toBe(true);
    expect(isBeside('Acme Pharma Study Site', ['Acme Pharma Inc.'])).toBe(true);
    expect(isBeside('Acme Study Site', ['Zenith'])).toBe(false);
    expect(isBeside('Mayo Clinic Study Site', ['Mayo Clinic'])).toBe(false);
    expect(isBeside('Mayo Clinic', ['Mayo Clinic'])).toBe(false);
  });

  it('is known by standing at several places of one record', () => {
    const at = (facility: string, ...cities: string[]) => cities.map((city) => ({ facility, city }));
    const name = 'XR-17 Study Center';
    expect(isBeside(name, [], at(name, 'Seoul', 'Busan', 'Ulsan'))).toBe(true);
    expect(isBeside('XR-18 Study center', [], at(name, 'Seoul', 'Busan', 'Ulsan'))).toBe(true);
    expect(isBeside(name, [], at(name, 'Seoul', 'Busan'))).toBe(true);
    expect(isBeside(name, [], at(name, 'Seoul'))).toBe(false);
    const rest = at('Anna Hospital', 'Seoul', 'Busan', 'Ulsan', 'Jeju');
    expect(isBeside(name, [], [...at(name, 'Seoul', 'Busan'), ...rest])).toBe(false);
    expect(isBeside(name, [], [...at(name, 'Seoul', 'Busan', 'Ulsan'), ...rest])).toBe(true);
  });

  it('is not: a hospital’s chain, however many cities it stands in', () => {
    const cities = ['Seoul', 'Busan', 'Ulsan', 'Jeju', 'Daegu'];
    for (const facility of [
      'Mayo Clinic',
      'Texan Sinus Center',
      'Velocity Clinical Research',
      'Rocky Mountain Cancer Centers',
    ])
      expect(
        isBeside(
          facility,
          [],
          cities.map((city) => ({ facility, city })),
        ),
      ).toBe(false);
  });

  it('one of many that gets its name is one site', () => {
    const places = ['Seoul', 'Busan', 'Ulsan'].map((city, at) =>
      someSite({ city, zip: `1000${at}`, lat: null, lon: null }),
    );
    const before = places.map((site) => ({ ...site, facility: 'CT-155 Study Center' }));
    const after = before.with(1, { ...places[1], facility: 'Tongji Institute', zip: '20000' } as Site);
    expect(compareTrials(someTrial({ sites: before }), someTrial({ sites: after })).changes).toEqual([]);
  });

  it('a remark about a site’s part in the trial is not its name', () => {
    const compact = (facility: string) => readSiteName({ ...seoul, facility }).compact;
    for (const remark of [
      '(Consent Only)',
      '(Limited Protocol Activities)',
      '(All Protocol Activities)',
      '(Follow-up only)',
    ])
      expect(compact(`Anna Hospital ${remark}`)).toBe('annahospital');
    expect(compact('Anna Hospital (Data Science Building)')).not.toBe('annahospital');
    expect(compact('Anna Hospital (North)')).not.toBe('annahospital');
  });
});
