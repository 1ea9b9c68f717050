import { existsSync } from 'node:fs';
import { hasPython, runPython } from './python.ts';

/** Whether Debian's python3-docx is here. */
export const hasDocumentReader = hasPython && existsSync('/usr/lib/python3/dist-packages/docx');

/** A document as python-docx reads it: each paragraph with the name of its style, and the targets of links. */
export type ReadDocument = { paragraphs: [style: string, text: string][]; links: string[] };

/** Reads a DOCX file with python-docx. */
export function readDocument(docx: Buffer): ReadDocument {
  return JSON.parse(
    runPython(
      `import docx, json, sys
from docx.oxml.ns import qn
document = docx.Document(sys.argv[1])
text = lambda p: ''.join(t.text or '' for t in p._p.iter(qn('w:t')))
print(json.dumps({
  'paragraphs': [[p.style.name, text(p)] for p in document.paragraphs],
  'links': [r.target_ref for r in document.part.rels.values() if r.is_external]}))`,
      'report.docx',
      docx,
    ),
  );
}
