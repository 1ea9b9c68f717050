import { type Logger, pino, stdTimeFunctions } from 'pino';

export type Log = Logger;

/** Structured log lines to standard error, one JSON object each. Never given an address, a token, or a condition beside an IP. */
export function createLog(level: string): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    process.stderr,
  );
}
