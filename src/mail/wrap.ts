/** The maximum width of a line in a text part, in characters. */
export const textWidth = 78;

/**
 * Folds the lines of a text to `width` characters at spaces. Continuation lines of a list item are indented
 * to its first word. A word wider than a line is cut, unless it is a web address. Removes trailing spaces;
 * several empty lines in a row become one.
 */
export function wrapText(text: string, width = textWidth): string {
  const lines = text.split('\n').map((line) => wrapLine(line.trimEnd(), width));
  const folded = lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd();
  return `${folded}\n`;
}

function wrapLine(line: string, width: number): string {
  if (fits(line, width)) return line;
  const start = /^(\s{0,8}(?:[*>-] )?)/.exec(line)?.[1] ?? '';
  const indent = ' '.repeat(start.length);
  const lines: string[] = [];
  let current = start;
  for (const word of line
    .slice(start.length)
    .split(/\s+/)
    .flatMap((one) => cutWord(one, width - start.length))) {
    const joined = current.trim() === '' || current === start ? current + word : `${current} ${word}`;
    if (fits(joined, width) || current === start || current === indent) current = joined;
    else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current].join('\n');
}

function cutWord(word: string, width: number): string[] {
  if (fits(word, width) || /^https?:\/\//.test(word)) return [word];
  const characters = [...word];
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += width)
    pieces.push(characters.slice(at, at + width).join(''));
  return pieces;
}

/** Whether a text has at most `width` characters. A text never has more characters than UTF-16 units. */
function fits(text: string, width: number): boolean {
  return text.length <= width || [...text].length <= width;
}
