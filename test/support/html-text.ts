/** The visible words of an HTML mail, block by block, with entities resolved. */
export function visibleBlocks(html: string): string[] {
  return (
    html
      .replace(/<!doctype[^>]*>|<head>[\s\S]*?<\/head>/gi, '')
      .replace(/<\/?(?:table|tr|td|div|p|h[1-6]|ul|li|br)\b[^>]*>/gi, '\n')
      .replace(/<\/a>/gi, '\n')
      .replace(/<[^>]+>/g, '')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&#39;/g, "'")
      .replace(/&amp;/g, '&')
      .split('\n')
      .map((line) => line.replace(/\s+/g, ' ').trim())
      // A dot between two links is no word.
      .filter((line) => line !== '' && line !== '·')
  );
}

/** All words of a page or mail in one line. */
export function readWords(html: string): string {
  return visibleBlocks(html).join(' ');
}

/** The URLs that an HTML mail links to. */
export function linksOf(html: string): string[] {
  return [...html.matchAll(/<a\b[^>]*\bhref="([^"]*)"/g)].map(([, href]) =>
    (href ?? '').replace(/&amp;/g, '&'),
  );
}

/** Text without line breaks and list markers, to search for sentences. */
export function unwrapText(text: string): string {
  return text.replace(/^ *[*-] /gm, '').replace(/\s+/g, ' ');
}
