/**
 * The language of registry text. If the wording has another language, registry text is marked, above all for
 * screen readers.
 */
export const registryLanguage = 'en';

/** Whether a wording speaks the language of registry text, in whichever regional form. */
export function isRegistryLanguage(language: string): boolean {
  return language.split('-')[0] === registryLanguage;
}

/**
 * Noncharacters (Unicode, section 23.7) never occur in text, so they can enclose registry text inside the
 * program.
 */
const opens = '\u{FDD0}';
/** The mark after registry text. */
export const closingMark = '\u{FDD1}';
const marks = new RegExp(`[${opens}${closingMark}]`, 'g');
const marked = new RegExp(`${opens}([^${opens}${closingMark}]+)${closingMark}`, 'g');

/** Where HTML allows no element: inside tags, and in elements that contain only text. */
const textOnly = /<(title|option|textarea|script|style)\b[\s\S]*?<\/\1>|<[^>]*>|[^<]+/g;

/** Encloses registry text in marks, for `showMarks` or `dropMarks`. */
export function markRegistryText(text: string): string {
  return text === '' ? '' : `${opens}${text.replace(marks, '')}${closingMark}`;
}

/** Whether a text contains marked registry text. */
export function hasMarks(text: string): boolean {
  return text.includes(opens);
}

/** Removes the marks from a text. */
export function dropMarks(text: string): string {
  return hasMarks(text) || text.includes(closingMark) ? text.replace(marks, '') : text;
}

/** Replaces the marks in escaped HTML with `<span lang="en">`; removes them where no element is allowed. */
export function showMarks(html: string): string {
  if (!hasMarks(html)) return dropMarks(html);
  return html.replace(textOnly, (part) =>
    dropMarks(
      part.startsWith('<') ? part : part.replace(marked, `<span lang="${registryLanguage}">$1</span>`),
    ),
  );
}
