import { z } from 'zod';

/** Parses a database id; null if the text is not a positive whole number. */
export function parseId(text: string): number | null {
  return /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

const Email = z.email().max(254);

/** Whether a text is a mail address that the forms accept. */
export function isMailAddress(text: string): boolean {
  return Email.safeParse(text).success;
}
