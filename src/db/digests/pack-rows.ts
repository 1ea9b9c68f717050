/** The maximum length of a statement's JSON, in characters; one more row may exceed it. */
const longestText = 4_000_000;

/** Rows as texts of JSON arrays, some megabytes each: an array of texts would be escaped and parsed twice. */
export function* packRows(rows: Iterable<unknown>): Generator<string> {
  let parts: string[] = [];
  let length = 0;
  for (const row of rows) {
    const part = JSON.stringify(row);
    parts.push(part);
    length += part.length;
    if (length < longestText) continue;
    yield `[${parts.join()}]`;
    parts = [];
    length = 0;
  }
  if (parts.length > 0) yield `[${parts.join()}]`;
}
