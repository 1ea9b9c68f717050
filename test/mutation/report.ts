import { dirname } from 'node:path';

/** What Stryker's JSON report says of one mutant. */
type Mutant = {
  replacement?: string;
  status: string;
  location: { start: Position; end: Position };
};
type Position = { line: number; column: number };

/** The report of one group, with the commit and the day it was measured. */
export type Report = {
  group: string;
  commit: string;
  day: string;
  files: Record<string, { source: string; mutants: Mutant[] }>;
};

/** A mutant no test noticed. */
type Survivor = { file: string; place: string; line: number; column: number; change: string };

/** Reads Stryker's JSON report as the run of one group stored it; `own` are the files that are the group's now. */
export function readReport(group: string, json: string, own: readonly string[]): Report {
  const report = JSON.parse(json) as Omit<Report, 'group'>;
  const files = Object.entries(report.files).filter(([file]) => own.includes(file));
  return { ...report, files: Object.fromEntries(files), group };
}

/** Killed, timed out, survived and uncovered mutants per folder and in all, as a Markdown table; `others` were not measured. */
export function writeTable(reports: Report[], others: readonly string[]): string {
  const folders = new Map<string, { statuses: string[]; measured: Set<string> }>();
  for (const { files, commit, day } of reports) {
    for (const [file, { mutants }] of Object.entries(files)) {
      const row = folders.get(dirname(file)) ?? { statuses: [], measured: new Set() };
      row.statuses.push(...mutants.map(({ status }) => status));
      folders.set(dirname(file), { ...row, measured: row.measured.add(`${commit}, ${day}`) });
    }
  }
  const rows = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    '| folder | killed | timeout | survived | no coverage | did not load | kept out | caught | measured at |',
    '|---|---:|---:|---:|---:|---:|---:|---:|---|',
    ...rows.map(([folder, { statuses, measured }]) => writeRow(folder, statuses, [...measured].join('; '))),
    writeRow(
      'in all',
      rows.flatMap(([, { statuses }]) => statuses),
      '',
    ),
    ...(others.length > 0 ? ['', `Not measured: ${others.toSorted().join(', ')}.`] : []),
  ].join('\n');
}

function writeRow(name: string, statuses: string[], measured: string): string {
  const count = (status: string): number => statuses.filter((each) => each === status).length;
  const caught = count('Killed') + count('Timeout');
  const all = caught + count('Survived') + count('NoCoverage');
  const figures = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'RuntimeError', 'Ignored'].map(count);
  const share = `${((100 * caught) / Math.max(all, 1)).toFixed(1)} %`;
  return `| ${[name, ...figures, share, measured].join(' | ')} |`;
}

/** The survivors as Markdown, each on a line with the word an earlier list had on the same mutation, or `?`. */
export function writeSurvivors(table: string, reports: Report[], earlier: string): string {
  const words = readWords(earlier);
  const intro = earlier.includes('\n| folder')
    ? earlier.slice(0, earlier.indexOf('| folder'))
    : '# Survivors\n\n';
  const survivors = reports.flatMap(listSurvivors);
  const files = [...new Set(survivors.map(({ file }) => file))].sort();
  const sections = files.map((file) => {
    const lines = survivors
      .filter((survivor) => survivor.file === file)
      .sort((a, b) => a.line - b.line || a.column - b.column)
      .map(({ place, change }) => `- ${place} ${change}: ${words.get(`${file} ${change}`)?.shift() ?? '?'}`);
    return `## ${file}\n\n${lines.join('\n')}\n`;
  });
  return `${intro}${table}\n\n${sections.join('\n')}`;
}

/** The words of an earlier list by file and mutation: line numbers move, the mutation stays. */
function readWords(list: string): Map<string, string[]> {
  const words = new Map<string, string[]>();
  let file = '';
  for (const line of list.split('\n')) {
    file = /^## (.+)$/.exec(line)?.[1] ?? file;
    const [, change, word] = /^- \S+ (``.*?`` → ``.*?``[^:]*): (.+)$/.exec(line) ?? [];
    if (change === undefined || word === undefined || word === '?') continue;
    words.set(`${file} ${change}`, [...(words.get(`${file} ${change}`) ?? []), word]);
  }
  return words;
}

function listSurvivors({ files }: Report): Survivor[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map(({ location, replacement, status }) => {
        const change = `\`\`${cut(source, location)}\`\` → \`\`${shorten(replacement ?? '')}\`\``;
        const { line, column } = location.start;
        const suffix = status === 'NoCoverage' ? ' (no coverage)' : '';
        return {
          file,
          line,
          column,
          place: `${file.split('/').at(-1)}:${line}:${column}`,
          change: change + suffix,
        };
      }),
  );
}

function cut(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  return shorten(
    lines
      .map((line, n) => line.slice(n === 0 ? start.column - 1 : 0, n === last ? end.column - 1 : undefined))
      .join(' '),
  );
}

/** On one line, and no longer than a reader of a list wants; backticks would end the code they stand in. */
function shorten(code: string): string {
  const flat = code.replaceAll(/\s+/g, ' ').replaceAll('`', "'");
  return flat.length > 90 ? `${flat.slice(0, 60)} … ${flat.slice(-25)}` : flat;
}
