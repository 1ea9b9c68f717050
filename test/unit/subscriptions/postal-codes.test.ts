import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CityOfArea, centresOf } from '../../../src/core/subscriptions/postal-centre.ts';
import { areaOfCode, readPostalCode } from '../../../src/core/subscriptions/postal-code.ts';

const read = (typed: string) => {
  const code = readPostalCode(typed);
  if (!code) return null;
  const areas = code.areas.map(({ country, code: area }) => `${country}${country && ' '}${area}`).join(', ');
  return [areas, code.city, code.country].filter((part) => part !== '').join(' | ');
};

describe('a typed postal code', () => {
  it.each([
    ['SW1A 1AA', 'GB SW1A'],
    ['sw1a1aa', 'GB SW1A'],
    ['M13 9PL', 'GB M13'],
    ['K1A 0B1', 'CA K1A'],
    ['D04 V1W8', 'IE D04'],
    ['1011 AB', 'NL 1011'],
    ['B1629WWA', 'AR 1629'],
    ['90210-1234', 'US 90210'],
    ['CH-8001', 'CH 8001'],
    ['113 65', '11365, TW 113'],
    ['541-0001', '5410001, IL 54100, PT 5410, JP 541'],
  ])('%s is of the area %s', (typed, area) => {
    expect(read(typed)).toBe(area);
  });

  it('may be its first part only, of any country', () => {
    expect(['SW1A', 'K1A', 'M1', '2000', '541'].map(read)).toEqual(['SW1A', 'K1A', 'M1', '2000', '541']);
  });

  it.each([
    ['2000 Sydney', '2000 | Sydney'],
    ['Sydney NSW 2000', '2000 | Sydney'],
    ['Beverly Hills, CA 90210', '90210, TW 902 | Beverly Hills'],
    ['CA 90210', '90210, TW 902'],
    ['28013, España', '28013, TW 280 | ES'],
    ['90210 USA', '90210, TW 902 | US'],
    ['SW1A, UK', 'SW1A | GB'],
  ])('may stand beside a city, a state or a country: %s', (typed, meaning) => {
    expect(read(typed)).toBe(meaning);
  });

  it.each(['London', 'Praha 2', 'Paris 14', '00000', '45.764, 4.8357', 'Taizhou (28.7 121.4), China', ''])(
    'is not seen in “%s”',
    (typed) => {
      expect(read(typed)).toBeNull();
    },
  );

  it('is seen in whatever way a site writes it', () => {
    const letter = fc.constantFrom(...'ABEHNPRSW');
    const digit = fc.constantFrom(...'123456789');
    const all = fc.tuple(letter, digit, letter, digit, digit, digit, digit).map(([a, d, b, e, f, g, h]) => [
      ['GB', `${a}${b}${d} ${e}${a}${b}`],
      ['CA', `${a}${d}${b} ${e}${a}${f}`],
      ['NL', `${d}${e}${f}${g} ${a}${b}`],
      ['SE', `${d}${e}${f} ${g}${h}`],
      ['PL', `${d}${e}-${f}${g}${h}`],
      ['JP', `${d}${e}${f}-${g}${h}${d}${e}`],
      ['BR', `${d}${e}${f}${g}${h}-${d}${e}${f}`],
      ['US', `${d}${e}${f}${g}${h}`],
      ['IN', `${d}${e}${f} ${g}${h}${d}`],
    ]);
    fc.assert(
      fc.property(all, (codes) => {
        for (const [country = '', code = ''] of codes) {
          const area = areaOfCode(country, code);
          expect(area).not.toBe('');
          for (const typed of [code, code.replace(/[ -]/, ''), code.toLowerCase()])
            expect(
              readPostalCode(typed)?.areas.filter(
                (one) => one.code === area && (one.country === '' || one.country === country),
              ),
            ).toHaveLength(1);
        }
      }),
    );
  });
});

describe("the area of a site's postal code", () => {
  it.each([
    ['GB', 'SE5 9RS', 'SE5'],
    ['CA', 'ON M3M 0B2', ''],
    ['DE', 'D-52074', '52074'],
    ['DE', '1307', '01307'],
    ['FR', '75014 Cedex', '75014'],
    ['US', '00000', ''],
    ['CL', 'DUMMY_VALUE', ''],
    ['GB', 'London', ''],
  ])('%s %s is “%s”', (country, code, area) => {
    expect(areaOfCode(country, code)).toBe(area);
  });
});

describe('the city of an area', () => {
  const at = (
    code: string,
    country: string,
    city: string,
    lat: number,
    lon: number,
    votes = 1,
  ): CityOfArea => {
    return { code, country, city, lat, lon, votes };
  };
  const cities = (areas: string, ...known: CityOfArea[]) =>
    centresOf([{ country: '', code: areas }], known).map(
      ({ city, code, isExact }) => `${city}: ${code}${isExact ? '' : '…'}`,
    );
  const london = at('SW1A', 'GB', 'London', 51.5, -0.13, 9);
  const madrid = at('28013', 'ES', 'Madrid', 40.42, -3.7, 5);

  it('is where its sites are, whatever one record says', () => {
    expect(cities('SW1A', london, at('SW1A', 'GB', 'Aberdeen', 57.15, -2.1))).toEqual(['London: SW1A']);
    // The usual spelling, and the middle of three towns.
    expect(cities('SW1A', london, at('SW1A', 'GB', 'Londres', 51.5, -0.13))).toEqual(['London: SW1A']);
    expect(
      cities(
        '90210',
        at('90210', 'US', 'A', 34, -118.4),
        at('90210', 'US', 'B', 34, -118.3),
        at('90210', 'US', 'C', 34, -118.2),
      ),
    ).toEqual(['B: 90210']);
  });

  it('is one for each country that has the code, those with more sites first', () => {
    const mexico = at('28013', 'MX', 'Colima', 19.2, -103.7, 2);
    expect(cities('28013', mexico, madrid)).toEqual(['Madrid: 28013', 'Colima: 28013']);
  });

  it('is found by the beginning of the code, where its sites are near one another', () => {
    const near = at('28040', 'ES', 'Madrid', 40.42, -3.7);
    expect(cities('28019', near)).toEqual(['Madrid: 280…']);
    expect(cities('28019', near, at('28099', 'ES', 'Vigo', 42.2, -8.7))).toEqual([]);
    expect(cities('28119', near)).toEqual([]);
    expect(cities('2801', near)).toEqual([]);
    expect(cities('SW1Y', london)).toEqual(['London: SW1…']);
    expect(cities('S10', london)).toEqual([]);
    expect(cities('SW1', london)).toEqual(['London: SW1']);
    expect(cities('SW11', at('SW1', 'GB', 'London', 51.5, -0.13))).toEqual(['London: SW…']);
    // A country that has the code itself comes before one that has it nearly.
    expect(cities('28013', at('28015', 'US', 'Charlotte', 35.2, -80.8, 60), madrid)).toEqual([
      'Madrid: 28013',
      'Charlotte: 2801…',
    ]);
  });

  it('is measured across the date line', () => {
    const fiji = ['East', 'Middle', 'West'].map((city, n) =>
      at('101', 'FJ', city, -17, [-179.9, 180, 179.9][n] ?? 0),
    );
    expect(cities('101', ...fiji)).toEqual(['Middle: 101']);
  });
});
