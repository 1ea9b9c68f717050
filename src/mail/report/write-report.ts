import { dropMarks, showMarks } from '../../core/wording/registry-text.ts';
import {
  blocksOf,
  headingLevel,
  type ReportLine,
  type ReportRun,
  type ReportStyle,
} from '../../core/wording/report/report-lines.ts';
import { builtInTemplates } from '../view-tools.ts';
import { wrapText } from '../wrap.ts';

/** A report as plain text, folded. Links stand behind their words. */
export function writeReportText(lines: readonly ReportLine[]): string {
  return wrapText(dropMarks(reportText(lines)));
}

/** A report as plain text, with the marks of registry text, not folded. */
export function reportText(lines: readonly ReportLine[]): string {
  return lines.map(textOf).join('');
}

/**
 * A report as an HTML file that needs nothing else. Its looks stand in its elements, without colors of text, so that
 * they survive being pasted into a newsletter and take its colors.
 */
export function writeReportHtml(lines: readonly ReportLine[], language: string): string {
  const view = { language, ...reportView(lines) };
  return showMarks(builtInTemplates.html.render('partials/report-document', view));
}

/** What the templates of a report show. */
export function reportView(lines: readonly ReportLine[]): object {
  return {
    heading: dropMarks(lines[0]?.runs.map(({ text }) => text).join('') ?? ''),
    reportBlocks: blocksOf(lines),
    tagOf: (line: ReportLine) => {
      const level = headingLevel(line, lines);
      return level === null ? 'p' : `h${level + 1}`;
    },
    styleOf: (style: ReportStyle) => styles[style],
  };
}

const styles: Record<ReportStyle, string> = {
  title: 'margin:0 0 8px;font-size:22px;line-height:1.3',
  kind: 'margin:24px 0 0;padding:12px 0 0;border-top:2px solid #767676;font-size:19px;line-height:1.3',
  trial: 'margin:20px 0 4px;padding:12px 0 0;border-top:1px solid #b9b9b9;font-size:17px;line-height:1.35',
  plain: 'margin:0 0 8px',
  own: 'margin:0 0 8px;padding:0 0 0 12px;border-left:3px solid #b9b9b9',
  change: 'margin:0 0 6px',
  quote: 'margin:4px 0 0;padding:0 0 0 12px;border-left:3px solid #b9b9b9',
  quiet: 'margin:0 0 8px;font-size:14px',
};

const before: Partial<Record<ReportStyle, string>> = {
  kind: `\n${'='.repeat(74)}\n`,
  trial: `\n${'-'.repeat(74)}\n`,
  own: '> ',
  change: '* ',
  quote: '  ',
};

function textOf({ style, runs }: ReportLine): string {
  const words = runs.map(runText).join('');
  return `${before[style] ?? ''}${words}\n${style === 'change' || style === 'quote' ? '' : '\n'}`;
}

const runText = ({ text, href }: ReportRun) => (href === undefined ? text : `${text}:\n${href}`);
