import type { IParagraphOptions, ParagraphChild } from 'docx';
import { dropMarks } from '../../../core/wording/registry-text.ts';
import { headingLevel, type ReportLine, type ReportRun } from '../../../core/wording/report/report-lines.ts';

/** The characters that XML 1.0 forbids. Cleaned texts have none; a file with one would not open at all. */
const notXml =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufdd0-\ufdef\ufffe\uffff]/g;

const clean = (text: string) => dropMarks(text).toWellFormed().replace(notXml, '');

/** A report as a DOCX file with real headings, lists and links. The library is loaded with the first one. */
export async function writeReportDocx(lines: readonly ReportLine[], language: string): Promise<Buffer> {
  const { Document, ExternalHyperlink, HeadingLevel, Packer, Paragraph, TextRun } = await import('docx');
  const headings = [HeadingLevel.HEADING_1, HeadingLevel.HEADING_2, HeadingLevel.HEADING_3];
  const toChild = ({ text, href, isStrong }: ReportRun): ParagraphChild =>
    href === undefined
      ? new TextRun({ text: clean(text), ...(isStrong ? { bold: true } : {}) })
      : new ExternalHyperlink({
          link: href,
          children: [new TextRun({ text: clean(text), style: 'Hyperlink' })],
        });
  const toParagraph = (line: ReportLine) => {
    const level = headingLevel(line, lines);
    const heading = level === null ? undefined : headings[level];
    return new Paragraph({
      children: line.runs.map(toChild),
      spacing: { after: 120 },
      ...(heading === undefined ? {} : { heading }),
      ...looks[line.style],
    });
  };
  const title = clean(lines[0]?.runs.map(({ text }) => text).join('') ?? '');
  const document = new Document({
    title,
    creator: '',
    lastModifiedBy: '',
    styles: { default: { document: { run: { font: 'Arial', size: 22, language: { value: language } } } } },
    sections: [{ children: lines.map(toParagraph) }],
  });
  return Packer.toBuffer(document);
}

const looks: Partial<Record<ReportLine['style'], IParagraphOptions>> = {
  change: { bullet: { level: 0 } },
  own: { indent: { left: 360 } },
  quote: { indent: { left: 720 } },
};
