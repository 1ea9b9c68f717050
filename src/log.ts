import { pino, stdTimeFunctions } from 'pino';
import { runFigureNames } from './core/run-figures.ts';
import { withoutAddresses } from './errors.ts';

/** Every field of a log line besides time, level and msg; docs/runbook.md explains each. */
export const logFields = [
  'alarm',
  'ambiguous',
  'attempt',
  'attempts',
  'circuit',
  'delivery',
  'failed',
  'faults',
  'job',
  'kind',
  'lane',
  'message',
  'of',
  'outcome',
  'phase',
  'queue',
  'reason',
  'registry',
  'replanned',
  'reply',
  'request',
  'run',
  'stack',
  'subscriber',
  'suppressed',
  'taken',
  'tick',
  'times',
  'trial',
  'until',
  'webhook',
  'where',
  'pause',
  ...runFigureNames,
] as const;

type Fields = { [name in (typeof logFields)[number]]?: unknown };
type WriteLine = { (fields: Fields, message: string): void; (message: string): void };

/** The log. Never log an address, a token, a path, or a condition beside an IP (P12). */
export type Log = { [level in 'debug' | 'info' | 'warn' | 'error']: WriteLine };

/**
 * Writes structured log lines, one JSON object each, to standard error. Removes e-mail addresses that are
 * left in them.
 */
export function createLog(level: string, to: { write(line: string): void } = process.stderr): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: clean },
    },
    to,
  );
}

function clean(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? withoutAddresses(value) : value,
    ]),
  );
}
