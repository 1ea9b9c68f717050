import { readFileSync } from 'node:fs';
import { RelaxNGValidator, XmlDocument, XmlElement, XmlValidateError } from 'libxml2-wasm';

const schema = readFileSync(new URL('../fixtures/atom/atom.rng', import.meta.url), 'utf8');
const names = { a: 'http://www.w3.org/2005/Atom' };

/** An entry of a feed. */
export type SeenEntry = {
  id: string;
  title: string;
  updated: string;
  href: string;
  content: string;
  category: string;
};

/** A feed and its faults according to RFC 4287: its grammar, and the rules beyond the grammar. */
export type SeenFeed = {
  faults: string[];
  id: string;
  title: string;
  updated: string;
  next: string;
  entries: SeenEntry[];
};

/** All entries of a feed, from its first page to its last (RFC 5005). */
export async function readWholeFeed(
  get: (path: string) => Promise<string>,
  path: string,
): Promise<SeenEntry[]> {
  const entries: SeenEntry[] = [];
  let at = path;
  for (let pages = 0; at !== '' && pages < 20; pages++) {
    const feed = readFeed(await get(at));
    if (feed.faults.length > 0) throw new Error(`${at}: ${feed.faults.join()}`);
    entries.push(...feed.entries);
    const next = feed.next === '' ? null : new URL(feed.next);
    at = next ? next.pathname + next.search : '';
  }
  return entries;
}

/** Reads a feed. Throws if it is not well-formed XML. */
export function readFeed(xml: string): SeenFeed {
  using document = XmlDocument.fromString(xml);
  const root = document.root;
  const faults = [...grammarFaults(document)];
  const text = (of: XmlElement, path: string) => of.get(path, names)?.content ?? '';
  const entries = root.find('a:entry', names).flatMap((node) => (node instanceof XmlElement ? [node] : []));

  // Section 4.1.1: an author of the feed, or one of each entry.
  if (!root.get('a:author', names) && entries.some((entry) => !entry.get('a:author', names)))
    faults.push('an entry without an author');
  const selves = root.find("a:link[@rel='self']", names);
  if (selves.length !== 1) faults.push(`${selves.length} links to itself`);
  for (const one of [root, ...entries]) {
    // Section 4.2.6: an absolute IRI, lasting and unique.
    if (!/^[a-z][a-z0-9+.-]*:\S+$/.test(text(one, 'a:id')))
      faults.push(`no absolute IRI: ${text(one, 'a:id')}`);
    // Section 3.3: RFC 3339, T and Z in capitals, and a zone.
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text(one, 'a:updated')))
      faults.push(`no date: ${text(one, 'a:updated')}`);
    // Section 4.1.1 and 4.1.2: at most one alternate of a type and language.
    if (one.find("a:link[@rel='alternate']", names).length > 1) faults.push('two alternates');
  }
  for (const entry of entries)
    if (!entry.get('a:content', names) && !entry.get("a:link[@rel='alternate']", names))
      faults.push('an entry without content or alternate');
  const ids = entries.map((entry) => text(entry, 'a:id'));
  if (new Set(ids).size < ids.length) faults.push('an id twice');

  return {
    faults,
    id: text(root, 'a:id'),
    title: text(root, 'a:title'),
    updated: text(root, 'a:updated'),
    next: text(root, "a:link[@rel='next']/@href"),
    entries: entries.map((entry) => ({
      id: text(entry, 'a:id'),
      title: text(entry, 'a:title'),
      updated: text(entry, 'a:updated'),
      href: text(entry, "a:link[@rel='alternate']/@href"),
      content: text(entry, 'a:content'),
      category: text(entry, 'a:category/@label'),
    })),
  };
}

function grammarFaults(document: XmlDocument): string[] {
  using grammar = XmlDocument.fromString(schema);
  using validator = RelaxNGValidator.fromDoc(grammar);
  try {
    validator.validate(document);
    return [];
  } catch (error) {
    if (!(error instanceof XmlValidateError)) throw error;
    return [error.message];
  }
}
