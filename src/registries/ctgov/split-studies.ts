/** A page of the list: its studies as JSON, each apart, and its other members. */
export type SplitPage = { studies?: string[]; [member: string]: unknown };

/**
 * Splits the JSON of a page into its studies, so that each can be parsed when its turn comes: a page parsed whole takes
 * ten times its bytes of memory. Throws SyntaxError if the page is cut off or is no JSON object; a fault inside a study
 * shows when that is parsed.
 */
export function splitStudies(json: string): SplitPage {
  const page: SplitPage = {};
  const end = eachMember(json, skipSpace(json, 0), (key, from, to) => {
    if (key === 'studies' && json[from] === '[') page.studies = elementsOf(json, from);
    else page[key] = JSON.parse(json.slice(from, to));
  });
  if (skipSpace(json, end) !== json.length) throw fault(end);
  return page;
}

const fault = (at: number) => new SyntaxError(`Unexpected JSON at position ${at}`);

/** Calls `found` with each member of the object at `at`; returns where it ends. */
function eachMember(
  json: string,
  at: number,
  found: (key: string, from: number, to: number) => void,
): number {
  return eachPart(json, at, '{}', (start) => {
    if (json[start] !== '"') throw fault(start);
    const afterKey = skipString(json, start);
    const colon = skipSpace(json, afterKey);
    if (json[colon] !== ':') throw fault(colon);
    const from = skipSpace(json, colon + 1);
    const to = skipValue(json, from);
    found(JSON.parse(json.slice(start, afterKey)), from, to);
    return to;
  });
}

function elementsOf(json: string, at: number): string[] {
  const elements: string[] = [];
  eachPart(json, at, '[]', (start) => {
    const to = skipValue(json, start);
    elements.push(json.slice(start, to));
    return to;
  });
  return elements;
}

/** Walks over the parts between two brackets, which commas separate; `skip` returns where a part ends. */
function eachPart(json: string, at: number, brackets: string, skip: (start: number) => number): number {
  if (json[at] !== brackets[0]) throw fault(at);
  let next = skipSpace(json, at + 1);
  if (json[next] === brackets[1]) return next + 1;
  for (;;) {
    next = skipSpace(json, skip(next));
    if (json[next] === brackets[1]) return next + 1;
    if (json[next] !== ',') throw fault(next);
    next = skipSpace(json, next + 1);
  }
}

function skipSpace(json: string, at: number): number {
  let next = at;
  while (json[next] === ' ' || json[next] === '\n' || json[next] === '\r' || json[next] === '\t') next++;
  return next;
}

function skipString(json: string, at: number): number {
  for (let end = json.indexOf('"', at + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let before = end - 1;
    while (json.charCodeAt(before) === backslash) before--;
    if ((end - before) % 2 === 1) return end + 1;
  }
  throw fault(json.length);
}

/** Where the value at `at` ends. Brackets are counted, whatever their kind. */
function skipValue(json: string, at: number): number {
  let depth = 0;
  for (let next = at; next < json.length; ) {
    const code = json.charCodeAt(next);
    if (code === quote) next = skipString(json, next);
    else if (code === openBrace || code === openBracket) {
      depth++;
      next++;
    } else if (code === closeBrace || code === closeBracket || code === comma) {
      if (depth === 0) {
        if (next === at) throw fault(next);
        return next;
      }
      if (code !== comma) depth--;
      next++;
    } else next++;
    if (depth === 0 && (code === quote || code === closeBrace || code === closeBracket)) return next;
  }
  throw fault(json.length);
}

const [quote, backslash, comma, openBrace, closeBrace, openBracket, closeBracket] = [...'"\\,{}[]'].map(
  (sign) => sign.charCodeAt(0),
);
