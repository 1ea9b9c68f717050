import { readNumbers } from '../../core/links/registry-numbers.ts';

/** ISRCTN numbers anywhere in a text, in any case, also as a DOI, with spaces or hyphens inside. */
const numbers = /(?<![\p{L}\p{N}])isrctn[\s:#_.\p{Pd}\u2212]*(\d(?:[\s\p{Pd}\u2212]*\d){7})(?!\d)/giu;

/** Whether a text is an ISRCTN number in its canonical form, and no placeholder such as ISRCTN12345678. */
export function isIsrctn(text: string): boolean {
  return /^ISRCTN\d{8}$/.test(text) && readNumbers(text).length === 1;
}

/** Finds the ISRCTN numbers in a text, in their canonical form (M4). */
export function findIsrctns(text: string): string[] {
  return [...text.normalize('NFKC').matchAll(numbers)]
    .map((found) => `ISRCTN${(found[1] ?? '').replace(/\D/g, '')}`)
    .filter(isIsrctn);
}
