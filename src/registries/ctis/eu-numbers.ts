import { formsWith, withoutMarks } from '../../core/links/registry-numbers.ts';
import { lazily } from '../../core/text/remember.ts';

const forms = lazily(() => new Map(formsWith(String.raw`[\s\p{Pd}\u2212]+`)));

/**
 * Finds the EU numbers in a text in their canonical form: year, five digits after a 5, two check digits, and
 * usually the number of the resubmission. One without its last block stands for the newest resubmission;
 * `trial` looks that up.
 */
export function findEuNumbers(text: string): string[] {
  const form = forms().get('ctis');
  const found = form ? withoutMarks(text.normalize('NFKC')).match(form) : null;
  const digits = (found ?? []).map((number) => number.replace(/\D/g, ''));
  return [...new Set(digits.map((all) => all.replace(/^(.{4})(.{6})(..)(..)?$/, spell)))];
}

function spell(_: string, ...blocks: (string | undefined)[]): string {
  return blocks.slice(0, 4).filter(Boolean).join('-');
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
