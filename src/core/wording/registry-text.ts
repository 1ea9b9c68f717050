/** What registries write in. Ours may be another language: theirs is then told apart, for screen readers above all. */
export const registryLanguage = 'en';

/** Noncharacters (Unicode, section 23.7): no text may hold them, so they can stand around registry text inside a program. */
const opens = '\u{FDD0}';
export const closingMark = '\u{FDD1}';
const marks = new RegExp(`[${opens}${closingMark}]`, 'g');
const marked = new RegExp(`${opens}([^${opens}${closingMark}]+)${closingMark}`, 'g');

/** Where HTML takes no element: inside tags, and in what holds text alone. */
const textOnly = /<(title|option|textarea|script|style)\b[\s\S]*?<\/\1>|<[^>]*>|[^<]+/g;

/** Registry text between marks, for `showMarks` or `dropMarks`. */
export function markRegistryText(text: string): string {
  return text === '' ? '' : `${opens}${text.replace(marks, '')}${closingMark}`;
}

/** Whether a text holds marked registry text. */
export function hasMarks(text: string): boolean {
  return text.includes(opens);
}

/** A text without marks. */
export function dropMarks(text: string): string {
  return hasMarks(text) || text.includes(closingMark) ? text.replace(marks, '') : text;
}

/** Escaped HTML whose marks have become `<span lang="en">`; where no element can stand, they are gone. */
export function showMarks(html: string): string {
  if (!hasMarks(html)) return dropMarks(html);
  return html.replace(textOnly, (part) =>
    dropMarks(
      part.startsWith('<') ? part : part.replace(marked, `<span lang="${registryLanguage}">$1</span>`),
    ),
  );
}
