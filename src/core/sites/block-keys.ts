import type { SiteCard } from './judge.ts';
import { isTelling } from './similarity.ts';

/** Returns an entry's keys. Only entries that share a key are compared. */
export type BlockKeys = (card: SiteCard) => readonly string[];

/** Keys that identify a site wherever it is listed: its number, its name, its contacts. */
export const identityKeys: BlockKeys = ({ name, nameKey, place, contacts }) => {
  const keys = contacts.map((hash) => `contact ${hash}`);
  if (name.number !== null) keys.push(`number ${place.country} ${name.number}`);
  if (nameKey !== null) keys.push(nameKey);
  return keys;
};

/** Keys of a site's postcode and city. */
export const placeKeys: BlockKeys = ({ place, town }) => {
  const { country, city, zip } = place;
  const keys = city === '' ? [] : [town.cityKey];
  for (const part of zipKeys(zip)) keys.push(`zip ${country} ${part}`);
  return keys;
};

/**
 * Keys of places that may be the same in another spelling: beginning and end of the city, region, a
 * distinctive word.
 */
export const loosePlaceKeys: BlockKeys = (card) => {
  const { country, looseKeys } = card.town;
  if (card.name.anonymous) return looseKeys;
  const beginnings = new Set(tellingWords(card).map((word) => word.slice(0, 4)));
  return [...looseKeys, ...[...beginnings].map((word) => `word ${country} ${word}`)];
};

/**
 * Keys of a postcode: itself, and the beginning of its longest number. Postcodes that relate as `same` share
 * one.
 */
export function zipKeys(zip: string): string[] {
  if (zip === '') return [];
  const digits = /\d{4,}/.exec(zip)?.[0].slice(0, 5);
  return digits === undefined || digits === zip ? [zip] : [zip, digits];
}

function tellingWords({ name }: SiteCard): string[] {
  return name.words.tokens.filter((word) => isTelling(word) && !name.local.has(word));
}
