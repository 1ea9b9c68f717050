import { IntlMessageFormat } from 'intl-messageformat';
import { hourFormat, milesBeside, zoneForReaders, zoneStyle } from '../text/regional-forms.ts';
import { remember } from '../text/remember.ts';
import { usableTimezone } from '../text/time-zones.ts';
import type { Instant, PartialDate } from '../trial.ts';
import { closingMark, isRegistryLanguage, markRegistryText } from './registry-text.ts';

/** The messages of one language by key, in ICU form. */
export type Catalogue = { readonly [key: string]: string };

/** The units in which registries give ages. */
export type AgeUnit = 'year' | 'month' | 'week' | 'day' | 'hour' | 'minute';

/** Values for a message, by name. */
export type MessageValues = { [name: string]: string | number };

/** Words, numbers and dates in one language. */
export type Wording = {
  language: string;
  /** Returns the message of a key. Throws if it does not exist, or needs a value that is not given. */
  say: (key: string, values?: MessageValues) => string;
  has: (key: string) => boolean;
  /** A day, month or year in the registry's form: `yyyy-MM-dd`, `yyyy-MM` or `yyyy`. */
  date: (date: string | PartialDate) => string;
  /** Day, time and zone of an instant, in that zone. */
  moment: (at: Instant, timezone: string) => string;
  /** The day of an instant, in that zone. */
  dayOf: (at: Instant, timezone: string) => string;
  list: (parts: readonly string[]) => string;
  number: (value: number) => string;
  /** A number of years, months or other units in words. */
  duration: (value: number, unit: AgeUnit) => string;
  /**
   * A distance in kilometers, with miles beside them where the language's region uses miles. Miles are abbreviated in a
   * narrow place.
   */
  distance: (km: number, isNarrow?: boolean) => string;
  /** An hour of the day, 0 to 23: “9:00 AM” or “09:00”. */
  hour: (hour: number) => string;
  /** A time zone's name for readers: “Eastern Time”, never its identifier. */
  zone: (timezone: string) => string;
  /** Registry text, enclosed in marks if the wording marks it. */
  registryText: (text: string) => string;
};

function withYear(parts: Intl.DateTimeFormatPart[], year: string): string {
  return parts.map(({ type, value }) => (type === 'year' ? year : value)).join('');
}

/** Registry text may end with its closing mark. */
const endsTwice = new RegExp(`[^.](?:[.!?…]${closingMark}?|[.!?]${closingMark}?[”»])\\.$`, 'u');

/** Reduces two full stops to one where a sentence ends with a value that has its own (“Acme, Inc.”). */
function oneStop(text: string): string {
  return endsTwice.test(text) ? text.slice(0, -1) : text;
}

/** Whether many messages have such values: numbers, dates and codes, but nobody's own words, nor a title. */
function isCommon(values: MessageValues): boolean {
  const given = Object.entries(values);
  return given.length > 0 && given.every(([name, value]) => Number.isFinite(value) || isShort(name, value));
}

function isShort(name: string, value: string | number): boolean {
  return typeof value === 'string' && value.length <= 30 && !ownWords.has(name);
}

const ownWords: ReadonlySet<string> = new Set(['words', 'match', 'note', 'title', 'name']);

const dateParts = {
  4: { year: 'numeric' },
  7: { year: 'numeric', month: 'long' },
  10: { year: 'numeric', month: 'long', day: 'numeric' },
} as const;

/**
 * Makes the wording of a language from its parsed catalogue. Each message is parsed once, on first use.
 * `marks`: encloses registry text in marks for `showMarks`, if the language is not the registry's own.
 */
export function makeWording(language: string, catalogue: Catalogue, { marks = false } = {}): Wording {
  const locale = catalogue['format.locale'] ?? language;
  const parsed = new Map<string, IntlMessageFormat>();
  const formats = {
    4: new Intl.DateTimeFormat(locale, { ...dateParts[4], timeZone: 'UTC' }),
    7: new Intl.DateTimeFormat(locale, { ...dateParts[7], timeZone: 'UTC' }),
    10: new Intl.DateTimeFormat(locale, { ...dateParts[10], timeZone: 'UTC' }),
  };
  const hours = hourFormat(locale);
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  const numbers = new Intl.NumberFormat(locale);
  const zoned = new Map<string, { moment: Intl.DateTimeFormat; day: Intl.DateTimeFormat }>();

  const messageOf = (key: string): IntlMessageFormat => {
    const known = parsed.get(key);
    if (known) return known;
    const message = catalogue[key];
    if (message === undefined) throw new Error(`the ${language} messages have no “${key}”`);
    // Without tags: `<` in a message is a plain character, and messages never produce markup.
    const format = new IntlMessageFormat(message, locale, undefined, { ignoreTag: true });
    parsed.set(key, format);
    return format;
  };
  const inZone = (stored: string) => {
    const timezone = usableTimezone(stored);
    const known = zoned.get(timezone);
    if (known) return known;
    const made = {
      moment: new Intl.DateTimeFormat(locale, {
        ...dateParts[10],
        ...hours,
        timeZoneName: zoneStyle(locale, timezone),
        timeZone: timezone,
      }),
      day: new Intl.DateTimeFormat(locale, { ...dateParts[10], timeZone: timezone }),
    };
    zoned.set(timezone, made);
    return made;
  };

  const labels = remember((key) => oneStop(String(messageOf(key).format({}))));
  const filled = remember((key) => remember((values) => fill(key, JSON.parse(values) as MessageValues)));
  const fill = (key: string, values: MessageValues) => oneStop(String(messageOf(key).format(values)));
  const days = remember((text) => {
    const format = formats[text.length as 4 | 7 | 10];
    const at = Date.parse(text);
    if (!format || Number.isNaN(at)) return text;
    // An impossible year is shown as recorded: "0016" might otherwise be read as a day.
    if (text < '1000') return withYear(format.formatToParts(at), text.slice(0, 4));
    return format.format(at);
  });
  const moments = remember((timezone) => remember((at) => inZone(timezone).moment.format(Date.parse(at))));
  const durations = remember(
    (unit) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }),
  );
  const clock = new Intl.DateTimeFormat(locale, { ...hours, timeZone: 'UTC' });
  const daysOf = remember((timezone) => remember((at) => inZone(timezone).day.format(Date.parse(at))));

  return {
    language,
    say: (key, values) => {
      if (!values) return labels(key);
      return isCommon(values) ? filled(key)(JSON.stringify(values)) : fill(key, values);
    },
    has: (key) => Object.hasOwn(catalogue, key),
    date: (date) => days(typeof date === 'string' ? date : date.date),
    moment: (at, timezone) => moments(timezone)(at),
    dayOf: (at, timezone) => daysOf(timezone)(at),
    list: (parts) => lists.format(parts),
    number: (value) => numbers.format(value),
    duration: (value, unit) => durations(unit).format(value),
    distance: (km, isNarrow = false) => {
      const miles = milesBeside(locale, km);
      if (miles === null) return fill('distance.km', { km });
      return fill(isNarrow ? 'distance.miles.narrow' : 'distance.miles', { km, miles });
    },
    hour: (hour) => clock.format(hour * 3_600_000),
    zone: (timezone) => zoneForReaders(locale, usableTimezone(timezone)),
    registryText: marks && !isRegistryLanguage(language) ? markRegistryText : (text) => text,
  };
}
