import { slugOf } from '../matching/condition-names.ts';
import type { ResolvedCondition } from '../matching/understood.ts';
import { normaliseText } from '../text/text.ts';
import { findWebAddress } from '../text/web-address.ts';

/** Most trials and conditions on a list. */
export const entriesAtMost = 500;
/** Most lists of one owner. */
export const listsAtMost = 20;
/** Longest name of a list and of its organization, and longest reason, in characters. */
export const nameAtMost = 80;
export const reasonAtMost = 300;
/** Below this number of followers, the owner learns only that there are fewer. */
export const followersShownFrom = 10;

/** What a list says of itself. */
export type ListTexts = { name: string; organization: string };

/** A trial or condition for a list, with its owner's reason. */
export type NewEntry = { understood: ResolvedCondition; reason: string };

/** Cleans a text that an owner typed, to one line. */
export function cleanText(typed: string): string {
  return normaliseText(typed.toWellFormed());
}

/**
 * What is wrong with the texts of a list; null if nothing. Followers get them and the reasons by email, where a web
 * address would be a link of the owner's in a message of ours.
 */
export function findTextFault({
  name,
  organization,
}: ListTexts): 'name' | 'name-long' | 'name-address' | 'organization' | 'organization-address' | null {
  if (!/[\p{L}\p{N}]/u.test(name)) return 'name';
  if (name.length > nameAtMost) return 'name-long';
  if (findWebAddress(name) !== null) return 'name-address';
  if (organization.length > nameAtMost) return 'organization';
  return findWebAddress(organization) === null ? null : 'organization-address';
}

/** What is wrong with a reason; null if nothing. */
export function findReasonFault(reason: string): 'reason-long' | 'reason-address' | null {
  if (reason.length > reasonAtMost) return 'reason-long';
  return findWebAddress(reason) === null ? null : 'reason-address';
}

const longestSlug = 60;

/** The beginning of a list's address, from its name. Never empty. */
export function slugOfList(name: string): string {
  const slug = slugOf(name)
    .replace(/[^a-z0-9-]+/g, '')
    .replace(/-+/g, '-');
  return slug.slice(0, longestSlug).replace(/^-|-$/g, '') || 'list';
}

/** The number of followers as the owner may know it; null if they are too few to say. */
export function followersToShow(count: number): number | null {
  return count < followersShownFrom ? null : count;
}
