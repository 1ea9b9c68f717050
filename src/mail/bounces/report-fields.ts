/** Header or report fields by lower-case name. */
export type Fields = Map<string, string[]>;

/** Reads groups of fields, separated by empty lines. */
export function readBlocks(text: string): Fields[] {
  return toLines(text)
    .join('\n')
    .split(/\n(?:[ \t]*\n)+/)
    .map(readFields)
    .filter((fields) => fields.size > 0);
}

/** Reads the fields of a header, which may be cut off. */
export function readHeader(text: string): Fields {
  return readBlocks(text.slice(0, mostRead))[0] ?? new Map();
}

/** The first value of a field; undefined if there is none. */
export function firstValue(fields: Fields, name: string): string | undefined {
  return fields.get(name)?.[0];
}

/** Splits at CRLF, LF or CR. */
export function toLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** Characters read of each part of a report. */
export const mostRead = 64_000;

/** Unfolds lines that begin with white space. */
function readFields(block: string): Fields {
  const fields: Fields = new Map();
  for (const line of block.replace(/\n[ \t]+/g, ' ').split('\n')) {
    const [, name, value] = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line) ?? [];
    if (!name) continue;
    const values = fields.get(name.toLowerCase()) ?? [];
    values.push((value ?? '').trim());
    fields.set(name.toLowerCase(), values);
  }
  return fields;
}
