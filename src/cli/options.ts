import { InvalidArgumentError } from 'commander';
import { type App, type AppOptions, openApp } from '../app.ts';
import { readConfig } from '../config.ts';
import type { Facet } from '../core/change.ts';
import { facets } from '../core/change.ts';
import { isMailAddress } from '../core/text/mail-address.ts';
import { readTimezone } from '../core/text/time-zones.ts';
import type { Instant } from '../core/trial.ts';
import { createLog } from '../log.ts';

/** Longer than the lease of a killed process, in milliseconds: a command after a crash waits until it can continue. */
const patienceMs = 45_000;

/** Few registry attempts, so that a person at a terminal soon sees that a registry is unavailable. */
export const attemptsWhileWaiting = 2;

/** Opens the program for one command, and always closes it. Logs only errors by default. */
export async function withApp<T>(work: (app: App) => Promise<T>, options: AppOptions = {}): Promise<T> {
  const config = readConfig();
  // `exit` releases the embedded database. Unfinished work is rolled back and stays due.
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
  const app = await openApp(config, { log: createLog(config.logLevel ?? 'error'), patienceMs, ...options });
  if (app.notice) process.stderr.write(`${app.notice}\n`);
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** Option parser: collects a repeated option. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** Option parser: an instant in ISO 8601 with its offset. */
export function parseInstant(text: string): Instant {
  try {
    return new Date(Temporal.Instant.from(text).epochMilliseconds).toISOString();
  } catch {
    throw new InvalidArgumentError(
      'Expected an instant in ISO 8601 with an offset, such as 2026-11-20T09:00:00+01:00.',
    );
  }
}

/** Argument parser: the number of a row. */
export function parseIdArgument(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1.');
  return Number(text);
}

/** Option and argument parser: an e-mail address. */
export function parseAddress(text: string): string {
  const address = text.trim();
  if (!isMailAddress(address)) throw new InvalidArgumentError('Expected an e-mail address.');
  return address;
}

/** Option parser: a whole hour of the day. */
export function parseHour(text: string): number {
  const hour = Number(text);
  if (!/^\d{1,2}$/.test(text) || hour > 23) throw new InvalidArgumentError('Expected an hour from 0 to 23.');
  return hour;
}

/** Option parser: an IANA time zone. */
export function parseTimezone(text: string): string {
  const zone = readTimezone(text);
  if (zone === null) throw new InvalidArgumentError('Expected an IANA time zone, such as Europe/Berlin.');
  return zone;
}

/** Option parser: a comma list of facets. */
export function parseFacets(text: string): Facet[] {
  return text.split(',').map((part) => {
    const facet = facets.find((known) => known === part.trim());
    if (!facet)
      throw new InvalidArgumentError(
        `There is no facet "${part.trim()}". Choose from: ${facets.join(', ')}.`,
      );
    return facet;
  });
}
