/** The present IANA name of each zone that the Unicode CLDR, and so Node, still lists by an older one. */
const presentNames: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
};

/** What a browser may call an offered zone. */
const otherNames = new Map([
  ...Object.entries(presentNames).map(([older, present]) => [present, older] as const),
  ['UTC', 'Etc/UTC'],
]);

/** A zone of a select box. `also`: the other name that a browser may report for it. */
export type OfferedTimezone = { name: string; also: string | null };

const offered: readonly OfferedTimezone[] = [
  ...new Set([...Intl.supportedValuesOf('timeZone').map((name) => presentNames[name] ?? name), 'UTC']),
]
  .sort()
  .map((name) => ({ name, also: otherNames.get(name) ?? null }));

const read = new Map<string, string | null>();
const readAtMost = 2_000;

/**
 * The zone that a name means, in the letters of the IANA database; older names are understood and stay as
 * they are. Null for an unknown name, and for a mere offset, which knows no daylight saving time.
 */
export function readTimezone(name: string): string | null {
  const known = read.get(name);
  if (known !== undefined) return known;
  const zone = findTimezone(name.trim());
  if (read.size < readAtMost && name.length <= 100) read.set(name, zone);
  return zone;
}

function findTimezone(name: string): string | null {
  if (!/^[A-Za-z]/.test(name)) return null;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return null;
  }
}

/**
 * A stored zone, or UTC if this version does not know it: a row from a newer version must not stop other
 * people's mail.
 */
export function usableTimezone(stored: string): string {
  return readTimezone(stored) ?? 'UTC';
}

/** The zones to choose from, by their present names. The stored or typed one is always among them. */
export function offerTimezones(chosen: string): readonly OfferedTimezone[] {
  if (chosen === '' || offered.some(({ name }) => name === chosen)) return offered;
  return [...offered, { name: chosen, also: null }].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
