/** UTF-8 that was read as a one-byte encoding (`Ã©`, `â€™`, `cĂȘ`), or a character that was lost. */
const misread =
  /[\u00c2-\u00c5\u00ce-\u00d1][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u2122]|\u00e2[\u0080-\u00bf\u20ac]|\p{Ll}\u0102[\u0080-\uffff]|\ufffd/u;

/** A letter that was replaced by a question mark: `Sk?odowskiej`, `?wi?tokrzyskie`. */
const replaced = /\p{L}\?\p{Ll}|(?:^|[\s/.-])\?\p{Ll}/u;

/** Web addresses contain question marks between letters. */
const address = /:\/\/|www\.|=/;

/** Whether a name looks as if a wrong encoding damaged its letters. */
export function isGarbled(text: string): boolean {
  return misread.test(text) || (replaced.test(text) && !address.test(text));
}
