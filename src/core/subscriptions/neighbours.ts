/**
 * For each European country those within 200 km of it, over land or sea (ISO 3166-1, each pair once). Of
 * other countries nothing is known here.
 */
const neighbours: Readonly<Record<string, string>> = {
  AT: 'CH CZ DE HR HU IT LI PL SI SK',
  BE: 'DE FR GB LU NL',
  BG: 'GR MK RO RS TR',
  CH: 'DE FR IT LI',
  CY: 'LB SY TR',
  CZ: 'DE HU PL SK',
  DE: 'DK FR IT LI LU NL PL SE SI',
  DK: 'NO PL SE',
  EE: 'FI LV RU SE',
  ES: 'AD FR GI MA PT',
  FI: 'NO RU SE',
  FR: 'AD GB IT LI LU MC NL',
  GB: 'IE NL',
  GR: 'AL IT MK TR',
  HR: 'BA HU IT ME RS SI',
  HU: 'BA RO RS SI SK UA',
  IE: '',
  IS: '',
  IT: 'LI MC MT SI SM VA',
  LI: '',
  LT: 'BY LV PL RU',
  LU: 'NL',
  LV: 'BY PL RU SE',
  MT: 'TN',
  NL: '',
  NO: 'RU SE',
  PL: 'BY RU SE SK UA',
  PT: 'MA',
  RO: 'MD RS SK UA',
  SE: '',
  SI: 'SK',
  SK: 'UA',
};

const byCountry = new Map<string, Set<string>>();
for (const [one, others] of Object.entries(neighbours))
  for (const other of others.split(' ').filter((code) => code !== ''))
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      byCountry.set(from, (byCountry.get(from) ?? new Set()).add(to));

/** The countries within 200 km of another, by its code; null if this table does not say. */
export function neighboursOf(home: string): string[] | null {
  return Object.hasOwn(neighbours, home) ? [...(byCountry.get(home) ?? [])] : null;
}

/** Whether one country is within 200 km of another, by their codes; true if this table does not say. */
export function isNeighbour(one: string, home: string): boolean {
  return !Object.hasOwn(neighbours, home) || (byCountry.get(home)?.has(one) ?? false);
}
