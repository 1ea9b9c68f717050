import sax from 'sax';

/** An element: attributes as `@name`, its text as `#text`, and its children by name, each a list. */
export type XmlNode = { [key: string]: string | XmlNode[] };

/** What one answer holds: its own count, and its records. */
export type XmlAnswer = { total: number; records: XmlNode[] };

/** An answer that is not the registry's XML, or not the whole of it. Nothing may be taken from it. */
export class XmlFault extends Error {}

const namespace = 'http://www.67bricks.com/isrctn';
const root = 'allTrials';
// The published types lag behind the options.
const options = { xmlns: true, strictEntities: true, position: false } as sax.SAXOptions;
/** The registry nests eight elements. */
const depthAtMost = 32;
const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads an answer of the ISRCTN registry: a document `allTrials` with a `fullTrial` for each record, in the
 * registry's namespace. Chunks may be split anywhere. Elements of other namespaces are left out with all they
 * hold. Document types are refused, so that no entity can be declared. Throws XmlFault.
 */
export function readXml(chunks: Iterable<string>): XmlAnswer {
  const answer: { total: number | null; records: XmlNode[] } = { total: null, records: [] };
  const open: XmlNode[] = [];
  let foreign = 0;
  const parser = sax.parser(true, options);
  // The parser looks entities up in a plain object, whose inherited names (`&constructor;`) would be found.
  Object.assign(parser, { ENTITIES: Object.assign(Object.create(null), entities) });
  parser.onerror = (error) => {
    throw new XmlFault(`broken or cut-off XML (${error.message.split('\n')[0]})`);
  };
  parser.ondoctype = () => {
    throw new XmlFault('XML with a document type');
  };
  parser.onopentag = (tag) => {
    const { uri, local } = tag as sax.QualifiedTag;
    if (open.length === 0 && (answer.total !== null || uri !== namespace || local !== root)) {
      throw new XmlFault(`XML of another kind (${local})`);
    }
    if (foreign > 0 || uri !== namespace) foreign += 1;
    if (foreign > 0) return;
    if (open.length >= depthAtMost) throw new XmlFault('XML that is nested too deep');
    const node: XmlNode = { '#text': '' };
    for (const { uri: of, local: name, value } of Object.values((tag as sax.QualifiedTag).attributes)) {
      if (of === '') node[`@${name}`] = value;
    }
    if (open.length === 0) answer.total = readTotal(node['@totalCount']);
    else if (open.length === 1) answer.records.push(node);
    else append(open.at(-1), local, node);
    open.push(node);
  };
  parser.onclosetag = () => {
    if (foreign > 0) foreign -= 1;
    else open.pop();
  };
  const addText = (text: string) => {
    const node = open.at(-1);
    if (node !== undefined && foreign === 0) node['#text'] += text;
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  for (const chunk of chunks) parser.write(chunk);
  parser.close();
  if (answer.total === null) throw new XmlFault('an empty document');
  return { total: answer.total, records: answer.records };
}

function append(parent: XmlNode | undefined, name: string, node: XmlNode): void {
  const siblings = parent?.[name];
  if (Array.isArray(siblings)) siblings.push(node);
  else if (parent !== undefined) Object.defineProperty(parent, name, { value: [node], enumerable: true });
}

function readTotal(value: XmlNode[string] | undefined): number {
  if (typeof value === 'string' && /^\d{1,9}$/.test(value)) return Number(value);
  throw new XmlFault('a list without its count');
}
