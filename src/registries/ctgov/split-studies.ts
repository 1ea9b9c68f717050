/** A page of the list: the JSON of its studies in UTF-8, each apart, and its other members. */
export type SplitPage = { studies?: Buffer[]; [member: string]: unknown };

/**
 * Splits the JSON of a page into its studies, so that each can be parsed when its turn comes: a page parsed whole takes
 * ten times its bytes of memory. Throws SyntaxError if the page is cut off or is no JSON object; a fault inside a study
 * shows when that is parsed. Reads bytes: JSON is divided by ASCII alone, and no byte of another character is like that.
 */
export function splitStudies(json: Buffer): SplitPage {
  const members: [string, unknown][] = [];
  const parse = (from: number, to: number) => JSON.parse(json.toString('utf8', from, to));
  const end = eachMember(json, skipSpace(json, 0), (at, afterKey, from, to) => {
    const key = parse(at, afterKey);
    const isList = key === 'studies' && json[from] === code['['];
    members.push([key, isList ? elementsOf(json, from) : parse(from, to)]);
  });
  if (skipSpace(json, end) !== json.length) throw fault(end);
  // Not by assignment: a member may be called `__proto__`.
  return Object.fromEntries(members);
}

const fault = (at: number) => new SyntaxError(`Unexpected JSON at position ${at}`);

const code = {
  '"': 34,
  '\\': 92,
  ',': 44,
  ':': 58,
  '{': 123,
  '}': 125,
  '[': 91,
  ']': 93,
  ' ': 32,
  '\n': 10,
  '\r': 13,
  '\t': 9,
} as const;

/** Calls `found` with where each member of the object at `at` and its value begin and end; returns where it ends. */
function eachMember(
  json: Buffer,
  at: number,
  found: (key: number, afterKey: number, from: number, to: number) => void,
): number {
  return eachPart(json, at, '{', '}', (start) => {
    if (json[start] !== code['"']) throw fault(start);
    const afterKey = skipString(json, start);
    const colon = skipSpace(json, afterKey);
    if (json[colon] !== code[':']) throw fault(colon);
    const from = skipSpace(json, colon + 1);
    const to = skipValue(json, from);
    found(start, afterKey, from, to);
    return to;
  });
}

function elementsOf(json: Buffer, at: number): Buffer[] {
  const elements: Buffer[] = [];
  eachPart(json, at, '[', ']', (start) => {
    const to = skipValue(json, start);
    elements.push(json.subarray(start, to));
    return to;
  });
  return elements;
}

/** Walks over the parts between two brackets, which commas separate; `skip` returns where a part ends. */
function eachPart(
  json: Buffer,
  at: number,
  open: '{' | '[',
  close: '}' | ']',
  skip: (start: number) => number,
): number {
  if (json[at] !== code[open]) throw fault(at);
  let next = skipSpace(json, at + 1);
  if (json[next] === code[close]) return next + 1;
  for (;;) {
    next = skipSpace(json, skip(next));
    if (json[next] === code[close]) return next + 1;
    if (json[next] !== code[',']) throw fault(next);
    next = skipSpace(json, next + 1);
  }
}

function skipSpace(json: Buffer, at: number): number {
  let next = at;
  for (;;) {
    const byte = json[next];
    if (byte !== code[' '] && byte !== code['\n'] && byte !== code['\r'] && byte !== code['\t']) return next;
    next++;
  }
}

function skipString(json: Buffer, at: number): number {
  for (let next = at + 1; next < json.length; next++) {
    const byte = json[next];
    if (byte === code['"']) return next + 1;
    if (byte === code['\\']) next++;
  }
  throw fault(json.length);
}

/** Where the value at `at` ends. Brackets are counted, whatever their kind. */
function skipValue(json: Buffer, at: number): number {
  let depth = 0;
  for (let next = at; next < json.length; ) {
    const byte = json[next];
    const closes = byte === code['}'] || byte === code[']'];
    if (byte === code['"']) next = skipString(json, next);
    else if ((closes || byte === code[',']) && depth === 0) {
      if (next === at) throw fault(next);
      return next;
    } else next++;
    if (byte === code['{'] || byte === code['[']) depth++;
    if (closes) depth--;
    if (depth === 0 && (closes || byte === code['"'])) return next;
  }
  throw fault(json.length);
}
