import { describe, expect, it } from 'vitest';
import { cityKey } from '../../../src/core/sites/geography.ts';
import { readPlace, relatePlaces, relateZips, type SitePlace } from '../../../src/core/sites/place.ts';
import { someSite } from '../../support/arbitrary-trial.ts';

const place = (over: Partial<SitePlace> = {}): SitePlace => ({
  country: 'italy',
  city: 'rome',
  state: '',
  zip: '',
  lat: null,
  lon: null,
  ...over,
});
const at = (lat: number | null, lon: number | null) => ({ lat, lon });

describe('C3: two postcodes', () => {
  it.each([
    ['', '12345', 'unknown'],
    ['', '', 'unknown'],
    ['00168', '00168', 'same'],
    ['1629', 'B1629WWA', 'same'],
    ['77030', '770301234', 'same'],
    ['12345', '2345', 'same'],
    ['123', '12345', 'alike'],
    ['345', '12345', 'different'],
    ['12345', '12999', 'alike'],
    ['12345', '92345', 'different'],
    ['12', '12345', 'alike'],
  ])('%j and %j are %s', (a, b, relation) => {
    expect(relateZips(place({ zip: a }), place({ zip: b }))).toBe(relation);
    expect(relateZips(place({ zip: b }), place({ zip: a }))).toBe(relation);
  });

  it('are read without the marks and spaces that registrants put in', () => {
    expect(readPlace(someSite({ zip: ' b1629-wwa' })).zip).toBe('B1629WWA');
  });
});

describe('C3: two places', () => {
  const oregon = { country: 'US', city: 'portland', state: 'oregon', zip: '97201' };
  const maine = { ...oregon, state: 'maine', zip: '04101' };

  it.each<[string, Partial<SitePlace>, Partial<SitePlace>, string]>([
    ['one city', {}, {}, 'same'],
    ['a city of another country', {}, { country: 'peru' }, 'far'],
    ['a city without a country', { country: '' }, {}, 'same'],
    ['no city, one postcode', { city: '', zip: '00168' }, { city: '', zip: '00168' }, 'same'],
    ['no city on either side', { city: '' }, { city: '' }, 'near'],
    ['no city on one side', { city: '' }, {}, 'near'],
    ['other city, one postcode', { city: 'ostia', zip: '00168' }, { zip: '00168' }, 'same'],
    [
      'other city, one postcode, 50 km',
      { city: 'ostia', zip: '00168', ...at(42, 12) },
      { zip: '00168', ...at(42.45, 12) },
      'same',
    ],
    [
      'other city, one postcode, 110 km',
      { city: 'ostia', zip: '00168', ...at(42, 12) },
      { zip: '00168', ...at(43, 12) },
      'near',
    ],
    ['other city', { city: 'ostia' }, {}, 'far'],
    ['other city, 50 km', { city: 'ostia', ...at(42, 12) }, at(42.45, 12), 'near'],
    ['other city, 67 km', { city: 'ostia', ...at(42, 12) }, at(42.6, 12), 'far'],
    ['the city within the name', { city: 'romenord' }, {}, 'similar'],
    ['the city at the end of the name', { city: 'nuovarome' }, {}, 'similar'],
    ['three letters of the name', { city: 'romenord' }, { city: 'rom' }, 'far'],
    ['the city in the midst of the name', { city: 'laromenord' }, {}, 'far'],
    ['one letter of five', { city: 'milan' }, { city: 'mulan' }, 'similar'],
    ['two letters of five', { city: 'milan' }, { city: 'mulon' }, 'far'],
    ['one letter more than four', { city: 'roame' }, {}, 'far'],
    [
      'spelled alike, 30 km',
      { city: 'milan', ...at(42, 12) },
      { city: 'mulan', ...at(42.27, 12) },
      'similar',
    ],
    ['spelled alike, 67 km', { city: 'milan', ...at(42, 12) }, { city: 'mulan', ...at(42.6, 12) }, 'far'],
    ['a namesake in another state', oregon, maine, 'far'],
    ['a namesake whose postcode is not known', oregon, { ...maine, zip: '' }, 'same'],
    ['a namesake with an alike postcode', oregon, { ...maine, zip: '97999' }, 'same'],
    ['one state in two spellings', oregon, { ...maine, state: 'oregone' }, 'same'],
    ['one state', oregon, { ...maine, state: 'oregon' }, 'same'],
    ['no state', oregon, { ...maine, state: '' }, 'same'],
    [
      'another state of another country',
      { ...oregon, country: 'italy' },
      { ...maine, country: 'italy' },
      'same',
    ],
    ['another state, 110 km', { state: 'a', ...at(42, 12) }, { state: 'b', ...at(43, 12) }, 'far'],
    ['another state, 50 km', { ...oregon, ...at(42, 12) }, { ...maine, ...at(42.45, 12) }, 'same'],
    ['one state, 110 km', { state: 'a', ...at(42, 12) }, { state: 'a', ...at(43, 12) }, 'same'],
    ['no state, 110 km', at(42, 12), { state: 'b', ...at(43, 12) }, 'same'],
  ])('%s', (_name, a, b, relation) => {
    expect(relatePlaces(place(a), place(b))).toBe(relation);
    expect(relatePlaces(place(b), place(a))).toBe(relation);
  });

  it.each<[string, Partial<SitePlace>, Partial<SitePlace>, string]>([
    ['on two sides of the equator', at(10, 0), at(-10, 0), 'far'],
    ['on two sides of Greenwich', at(0, 10), at(0, -10), 'far'],
    ['two degrees of longitude apart at the equator', at(0, 2), at(0, 0), 'far'],
    ['one degree of longitude apart in Oslo’s latitude', at(60, 10), at(60, 11), 'near'],
    ['without a latitude', at(null, 0.1), at(0.1, 0.1), 'far'],
    ['without a longitude', at(0.1, null), at(0.1, 0.1), 'far'],
  ])('two towns %s', (_name, a, b, relation) => {
    expect(relatePlaces(place({ city: 'alfa', ...a }), place({ city: 'ostia', ...b }))).toBe(relation);
    expect(relatePlaces(place({ city: 'alfa', ...b }), place({ city: 'ostia', ...a }))).toBe(relation);
  });
});

describe('C3: one name of a city or a country', () => {
  it.each([
    ['napoli', 'naples'],
    ['praha 5', 'prague'],
    ['praha 10', 'prague'],
    ['den haag', 'thehague'],
    ['den 2 haag', 'thehague'],
    ['kaohsiung city', 'kaohsiung'],
    ['mexico city', 'mexicocity'],
    ['new york', 'newyork'],
    ['saint ouen', 'stouen'],
    ['st ouen', 'stouen'],
    ['chang hua', 'changhua'],
    ['75013', '75013'],
    ['city', 'city'],
    ['', ''],
  ])('%j is %j', (words, key) => {
    expect(cityKey(words)).toBe(key);
  });
});
