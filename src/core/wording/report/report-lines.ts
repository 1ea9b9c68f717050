/** A part of a line. `href` makes it a link. Its text may hold marks of registry text. */
export type ReportRun = { text: string; href?: string; isStrong?: true };

/**
 * The kinds of lines: a title, a heading for trials with the same kind of news, the heading of a trial, a paragraph, a
 * paragraph in the owner's words, a change, the registry's words about a change, and small print.
 */
export type ReportStyle = 'title' | 'kind' | 'trial' | 'plain' | 'own' | 'change' | 'quote' | 'quiet';

/** A line of a report, which every form of it (page, text, HTML, DOCX) writes in its own way. */
export type ReportLine = { style: ReportStyle; runs: ReportRun[] };

/** A line of texts and other parts. */
export function lineWith(style: ReportStyle, ...parts: (string | ReportRun)[]): ReportLine {
  return { style, runs: parts.map((part) => (typeof part === 'string' ? { text: part } : part)) };
}

/** A part that is a link. */
export function link(text: string, href: string): ReportRun {
  return { text, href };
}

/** A part that stands out. */
export function strong(text: string): ReportRun {
  return { text, isStrong: true };
}

/** What stands together: a line, or the changes of a trial, each with the registry's words about it. */
export type ReportBlock = { line: ReportLine } | { changes: { change: ReportLine; quotes: ReportLine[] }[] };

/** The lines of a report in blocks, so that changes can be items of one list. */
export function blocksOf(lines: readonly ReportLine[]): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (const one of lines) {
    const last = blocks.at(-1);
    const changes = last && 'changes' in last ? last.changes : null;
    if (one.style === 'quote' && changes) changes.at(-1)?.quotes.push(one);
    else if (one.style !== 'change') blocks.push({ line: one });
    else if (changes) changes.push({ change: one, quotes: [] });
    else blocks.push({ changes: [{ change: one, quotes: [] }] });
  }
  return blocks;
}

/** The level of a line's heading below the report's title, which is 0; null if it is none. */
export function headingLevel({ style }: ReportLine, lines: readonly ReportLine[]): 0 | 1 | 2 | null {
  if (style === 'title') return 0;
  if (style === 'kind') return 1;
  if (style === 'trial') return lines.some((one) => one.style === 'kind') ? 2 : 1;
  return null;
}
