/**
 * An error that a person can act on. Its message names the problem and the remedy, and is shown without a
 * stack trace.
 */
export class TrialbellError extends Error {
  override name = 'TrialbellError';
  /** Exit code of the command line: 1 for a failure, 2 for wrong usage. */
  readonly exitCode: 1 | 2;
  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The registry cannot be read now. That says nothing about any trial, and a retry may succeed. */
export class RegistryUnavailable extends TrialbellError {
  override name = 'RegistryUnavailable';
  /** The delay that the registry asked for, in milliseconds; null if it named none. */
  readonly retryAfterMs: number | null;
  constructor(message: string, options: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The registry refused this client (403). Retrying soon does not help, so this has its own alarm. */
export class RegistryRefused extends RegistryUnavailable {
  override name = 'RegistryRefused';
}

/**
 * The message of an error, for people and log fields. Handles connection errors to several addresses, whose
 * own message is empty.
 */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Whether a text contains something like an e-mail address. */
export function holdsAddress(text: string): boolean {
  return withoutAddresses(text) !== text;
}

/**
 * Replaces the e-mail addresses in a text. Mail servers repeat addresses, but logs and stored texts must name nobody.
 */
export function withoutAddresses(text: string): string {
  return text.replace(/(?<![^\s<>"'(),;:])[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]');
}

/** Prints an error as a sentence and sets the exit code: 1, or the error's own. */
export function reportError(error: unknown): void {
  const isExpected = error instanceof TrialbellError;
  const sentence = isExpected ? error.message : `Unexpected error: ${messageOf(error)}`;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = isExpected ? error.exitCode : 1;
}
