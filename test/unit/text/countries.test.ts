import { describe, expect, it } from 'vitest';
import { countryCode, countryKey, nameCountry, toCountry } from '../../../src/core/countries.ts';

/** Spellings of ClinicalTrials.gov over the years, of other registries, and of people. */
const spellings = `
KR: South Korea/Korea, Republic of/Republic of Korea/Korea (South)/Corea del Sur/KR
KP: North Korea/Korea, Democratic People's Republic of
TR: Turkey/Turkey (Türkiye)/Türkiye/turkiye
RU: Russia/Russian Federation
CZ: Czechia/Czech Republic
VN: Vietnam/Viet Nam
IR: Iran/Iran, Islamic Republic of
MD: Moldova/Moldova, Republic of
MK: North Macedonia/Macedonia, The Former Yugoslav Republic of
CD: Congo, The Democratic Republic of the/Democratic Republic of the Congo/Zaire/ZR
CG: Congo/Republic of the Congo
SY: Syria/Syrian Arab Republic
LY: Libya/Libyan Arab Jamahiriya
LA: Laos/Lao People's Democratic Republic
CI: Côte D'Ivoire/Côte d’Ivoire/Ivory Coast
PS: Palestinian Territory, occupied/Palestinian Territories, Occupied
VA: Holy See (Vatican City State)
VI: Virgin Islands (U.S.)/U.S. Virgin Islands
GM: Gambia/The Gambia/Gambia, The
BA: Bosnia and Herzegovina
LC: Saint Lucia/St. Lucia
SZ: Swaziland/Eswatini
MM: Burma/Myanmar/Myanmar (Burma)/Birmania/BU
TL: East Timor/Timor-Leste/TP
LK: Ceylon/Sri Lanka
BF: Upper Volta/Burkina Faso
DE: East Germany/DD/Alemania
MO: Macau/Macao
TW: Taiwan/Taiwan, Province of China
TZ: Tanzania/Tanzania, United Republic of
VE: Venezuela/Venezuela, Bolivarian Republic of
US: United States/USA/U.S./United States of America/Estados Unidos
GB: United Kingdom/UK/England/Scotland/Wales/Northern Ireland
NE: Niger
NG: Nigeria
DM: Dominica
DO: Dominican Republic
GN: Guinea
GW: Guinea-Bissau
GQ: Equatorial Guinea
DE: Germany
`;

/** Every spelling in 1,165 full records of 2026. */
const recorded =
  'Argentina/Australia/Austria/Bangladesh/Belgium/Bosnia and Herzegovina/Brazil/' +
  'Brunei Darussalam/Bulgaria/Burkina Faso/Canada/Chile/China/Colombia/Costa Rica/Croatia/' +
  "Cyprus/Czechia/Côte D'Ivoire/Côte d’Ivoire/Denmark/Ecuador/Egypt/Estonia/Finland/" +
  'France/Georgia/Germany/Ghana/Greece/Guatemala/Hong Kong/Hungary/Iceland/India/' +
  'Indonesia/Iran, Islamic Republic of/Iraq/Ireland/Israel/Italy/Japan/Jordan/Kazakhstan/' +
  'Kenya/Korea, Republic of/Kyrgyzstan/Latvia/Lebanon/Lithuania/Luxembourg/Malaysia/Mali/' +
  'Mexico/Morocco/Netherlands/New Zealand/Nigeria/Niue/North Macedonia/Norway/Oman/' +
  'Pakistan/Palestinian Territory, occupied/Panama/Peru/Philippines/Poland/Portugal/' +
  'Puerto Rico/Qatar/Romania/Russia/Russian Federation/Saudi Arabia/Serbia/Singapore/' +
  'Slovakia/Slovenia/South Africa/South Korea/Spain/Sweden/Switzerland/Taiwan/Tanzania/' +
  'Thailand/Turkey/Turkey (Türkiye)/Uganda/Ukraine/United Arab Emirates/United Kingdom/' +
  'United States/Vietnam/Zimbabwe';

describe('a country by any of its names', () => {
  it.each(spellings.trim().split('\n'))('%s', (row) => {
    const [code = '', names = ''] = row.split(': ');
    expect(names.split('/').map(countryCode)).toEqual(names.split('/').map(() => code));
  });

  it('that was divided, or that nobody knows, has no code and stays as it stands', () => {
    const names = ['Former Yugoslavia', 'Former Serbia and Montenegro', 'Ruritania', 'constructor', ''];
    expect(names.map(countryCode)).toEqual(names.map(() => null));
    expect(names.map(toCountry)).toEqual(names);
    expect(countryKey('  RURITANIA ')).toBe(countryKey('Ruritania'));
  });

  it('is named by its code in English and in Spanish, and every name leads back to it', () => {
    const letters = Array.from({ length: 26 }, (_, n) => String.fromCharCode(65 + n));
    const codes = letters
      .flatMap((one) => letters.map((other) => one + other))
      .filter((code) => countryCode(code) === code);
    expect(codes.length).toBeGreaterThan(240);
    for (const code of codes)
      for (const language of ['en', 'es'])
        expect([code, countryCode(nameCountry(code, language) ?? '')]).toEqual([code, code]);
  });

  it('is known as 1,165 recorded trials spell it', () => {
    expect(recorded.split('/').filter((name) => countryCode(name) === null)).toEqual([]);
  });
});
