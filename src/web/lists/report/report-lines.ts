import { blocksOf, headingLevel, type ReportLine } from '../../../core/wording/report/report-lines.ts';
import { type ListReport, reportLines } from '../../../core/wording/report/report-words.ts';
import { speakIn } from '../../../languages.ts';
import { createMarkingWording } from '../../../mail/catalogue.ts';
import { customOf } from '../../../mail/custom/custom.ts';
import type { WebDeps } from '../../http/web-deps.ts';

/** The lines of a report in a language. `listPath`: the public page of the list, which it links; null for no link. */
export function linesIn(
  { config, actions }: WebDeps,
  report: ListReport,
  language: string,
  listPath: string | null,
): ReportLine[] {
  const base = config.baseUrl.replace(/\/+$/, '');
  const page = (path: string) => speakIn(base + path, language, config.defaultLanguage);
  return reportLines(createMarkingWording(language, customOf(config)), report, {
    trials: { page, record: actions.recordUrl },
    list: listPath === null ? null : page(listPath),
  });
}

/** What a page shows of a report, below its own heading. */
export function articleOf(lines: readonly ReportLine[], language: string): object {
  return {
    reportLanguage: language,
    blocks: lines.length === 0 ? null : blocksOf(lines),
    tagOf: (line: ReportLine) => {
      const level = headingLevel(line, lines);
      return level === null ? 'p' : `h${level + 2}`;
    },
  };
}
