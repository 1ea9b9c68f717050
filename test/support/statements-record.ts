import { appendFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import pg from 'pg';
import { afterAll, expect, inject } from 'vitest';
import { runsOnBothServers } from './both-servers.ts';

// A setup file: it is read anew for each test file, in a process that several of them share.
type Watched = { seen: Set<string> };
const key = Symbol.for('trialbell.test.statements');
const holder = pg.Client as typeof pg.Client & { [key]?: Watched };

/** What PREPARE takes. The rest (transactions, tables, COPY) is in tests that run on both combinations. */
const preparable = /^\s*(?:\/\*.*?\*\/\s*)?(?:select|insert|update|delete|with|values|merge)\b/i;

/** Keeps the text of every statement that this process sends to PostgreSQL. */
function watch(): Watched {
  const watched: Watched = { seen: new Set() };
  const query = pg.Client.prototype.query as (...parts: unknown[]) => unknown;
  pg.Client.prototype.query = function (this: pg.Client, ...parts: unknown[]) {
    const [asked] = parts as [string | { text?: string } | undefined];
    const text = typeof asked === 'object' ? asked.text : asked;
    if (text && preparable.test(text)) watched.seen.add(text);
    return query.apply(this, parts);
  } as typeof pg.Client.prototype.query;
  return watched;
}

const folder = inject('statements');
holder[key] ??= watch();
const { seen } = holder[key];
afterAll(() => {
  const file = relative(join(import.meta.dirname, '../..'), expect.getState().testPath ?? '');
  const lines = runsOnBothServers(file) ? [] : [...seen].map((text) => `${JSON.stringify(text)}\n`);
  seen.clear();
  if (lines.length > 0) appendFileSync(join(folder, `${process.pid}.jsonl`), lines.join(''));
});
