/** A fault in an operator's own file: its place, and why the built-in part is used instead. A warning is not urgent. */
export type CustomFault = { file: string; key: string | null; reason: string; isWarning: boolean };

/** A fault in one sentence, with its file and key. */
export function sayCustomFault({ file, key, reason }: CustomFault): string {
  return `${file}${key === null ? '' : `, ${key}`}: ${reason}`;
}
