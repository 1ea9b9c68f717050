/** Dashes that people and programs write for a hyphen. */
const dashes = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g;

/**
 * An EU number anywhere in a text: year, five digits after a 5, two check digits, and usually the number of
 * the resubmission. Spaces around hyphens are accepted. A EudraCT number never has the 5.
 */
const euNumber = /(?<!\d)(20\d{2})\s*-\s*(5\d{5})\s*-\s*(\d{2})(?:\s*-\s*(\d{2}))?(?![\dA-Za-z])/g;

/**
 * Finds the EU numbers in a text in their canonical form. One without its last block stands for the newest
 * resubmission; `trial` looks that up.
 */
export function findEuNumbers(text: string): string[] {
  const found = text.normalize('NFKC').replace(dashes, '-').matchAll(euNumber);
  return [...new Set([...found].map((match) => match.slice(1).filter(Boolean).join('-')))];
}

/** Whether a text is a complete EU number, such as `2024-510663-34-00`. */
export function isEuNumber(text: string): boolean {
  return /^20\d{2}-5\d{5}-\d{2}-\d{2}$/.test(text);
}

/** Whether a text is an EU number without the block of its resubmission. */
export function isEuNumberBase(text: string): boolean {
  return /^20\d{2}-5\d{5}-\d{2}$/.test(text);
}

/** An EU number without the block of its resubmission. */
export function euNumberBase(id: string): string {
  return id.slice(0, 14);
}

/** Whether a text is a EudraCT number, the older number of a trial that moved to this register. */
export function isEudraCtNumber(text: string): boolean {
  return /^(?:19|20)\d{2}-[0-4]\d{5}-\d{2}$/.test(text);
}

/**
 * Other numbers under which a trial is known: the EU number without its last block, those of the
 * applications that were resubmitted, and the EudraCT number. Sorted.
 */
export function aliasesOf(id: string, eudraCt: string | null): string[] {
  const base = euNumberBase(id);
  const earlier = Array.from(
    { length: Number(id.slice(15)) },
    (_, at) => `${base}-${String(at).padStart(2, '0')}`,
  );
  return [base, ...earlier, ...(eudraCt !== null && isEudraCtNumber(eudraCt) ? [eudraCt] : [])].sort();
}
