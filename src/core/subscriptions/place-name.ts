import { countryCode } from '../countries.ts';

/** Splits a place's name into the city with its state, and the country after the last comma, as typed. */
export function splitPlace(name: string): { city: string; country: string | null } {
  const parts = name.split(',').map((part) => part.trim());
  // A country may contain commas: "Korea, Republic of".
  const from = parts.findIndex((_, n) => n > 0 && countryCode(parts.slice(n).join(', ')) !== null);
  const at = from > 0 ? from : parts.length - 1;
  return at < 1
    ? { city: name, country: null }
    : { city: joined(parts.slice(0, at)), country: joined(parts.slice(at)) };
}

/** Parts of a place's name as one. */
export const joined = (parts: readonly string[]) => parts.join(', ');
