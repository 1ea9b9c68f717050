import { MultiBar, Presets, type SingleBar } from 'cli-progress';

/** Prints a line for a person: on standard output, or on standard error if that is reserved for one JSON value. */
export function say(text: string, options: { json?: boolean | undefined } = {}): void {
  (options.json ? process.stderr : process.stdout).write(`${text}\n`);
}

/** Prints the one JSON value of a `--json` call. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Rows under headings, columns aligned. */
export function formatTable(headings: string[], rows: (string | number)[][]): string {
  const lines = [headings, ...rows.map((row) => row.map(String))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Shows progress with rate and remaining time in a terminal; silent when piped. */
export function startProgress(unit: string): {
  update(done: number, total: number | null): void;
  stop(): void;
} {
  if (!process.stderr.isTTY) return { update() {}, stop() {} };
  const bars = new MultiBar(
    {
      format: `{bar} {percentage} % | {value} of {total} ${unit} | {rate}/s | {left} left`,
      stream: process.stderr,
      clearOnComplete: false,
    },
    Presets.shades_grey,
  );
  const startedAt = performance.now();
  let bar: SingleBar | null = null;
  let first: number | null = null;
  return {
    update(done, total) {
      first ??= done;
      const seconds = (performance.now() - startedAt) / 1000;
      const rate = seconds > 0 ? (done - first) / seconds : 0;
      const left = total !== null && rate > 0 ? formatSeconds((total - done) / rate) : '?';
      bar ??= bars.create(total ?? done, 0);
      bar.setTotal(total ?? done);
      bar.update(done, { rate: Math.round(rate), left });
    },
    stop: () => bars.stop(),
  };
}

function formatSeconds(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes > 0 ? `${minutes} min` : `${Math.ceil(seconds)} s`;
}
