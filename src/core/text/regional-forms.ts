const kmPerMile = 1.609344;

/** A distance in miles if the readers of a locale's region think in them, else null. */
export function milesBeside(locale: string, km: number): number | null {
  return /-(US|GB)$/.test(locale) ? Math.round(km / kmPerMile) : null;
}

/** Hours and minutes as a locale writes them: two digits for the hour where the day has 24. */
export function hourFormat(locale: string): Intl.DateTimeFormatOptions {
  const { hour12 } = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions();
  return { hour: hour12 ? 'numeric' : '2-digit', minute: '2-digit' };
}

const bareOffset = /^GMT[+-]/;
/** A winter and a summer of present rules: how zones are called, not what time it is. */
const seasons = [Date.UTC(2026, 0, 1), Date.UTC(2026, 6, 1)] as const;

type ZoneStyle = NonNullable<Intl.DateTimeFormatOptions['timeZoneName']>;

/** A zone's name for readers: “Eastern Time”, or where it is (“Japan Time”); never its identifier. */
export function zoneForReaders(locale: string, timeZone: string): string {
  const style = zoneStyle(locale, timeZone);
  const name = zoneName(locale, timeZone, style === 'short' ? 'longGeneric' : style);
  return bareOffset.test(name) ? zoneName(locale, timeZone, 'short') : name;
}

function zoneName(locale: string, timeZone: string, style: ZoneStyle, at: number = seasons[0]): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: style }).formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}

/**
 * How a moment names its zone: by a short name that the locale has in winter and in summer (“EST”), else by
 * where it is (“Japan Time”). A bare “GMT-5” is for readers who count.
 */
export function zoneStyle(locale: string, timeZone: string): ZoneStyle {
  const names = seasons.map((at) => zoneName(locale, timeZone, 'short', at));
  return names.some((name) => bareOffset.test(name)) ? 'shortGeneric' : 'short';
}
