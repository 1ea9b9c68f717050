/** An error a person can act on: its message names the thing and the way out, and is shown without a stack. */
export class TrialbellError extends Error {
  override name = 'TrialbellError';
  /** Exit code of the command line: 1 something failed, 2 wrong usage. */
  readonly exitCode: 1 | 2;
  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The registry could not be read now; nothing is said about any trial. Worth trying again. */
export class RegistryUnavailable extends TrialbellError {
  override name = 'RegistryUnavailable';
  /** How long the registry asked us to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  constructor(message: string, options: { retryAfterMs?: number | null; cause?: unknown } = {}) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The registry turned this client away (403). Waiting does not help: an alarm of its own, and no reason to ask again soon. */
export class RegistryRefused extends RegistryUnavailable {
  override name = 'RegistryRefused';
}

/** What went wrong, for a person and a log field. A connection tried at several addresses fails without words of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Whether something like a mail address is in a text. */
export function holdsAddress(text: string): boolean {
  return withoutAddresses(text) !== text;
}

/** A text without the mail addresses in it: what is kept and logged names nobody, and mail servers repeat addresses. */
export function withoutAddresses(text: string): string {
  return text.replace(/(?<![^\s<>"'(),;:])[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, '[address]');
}

/** Says an error in a sentence and sets the exit code: 1, or what the error asks for. */
export function reportError(error: unknown): void {
  const isForeseen = error instanceof TrialbellError;
  const sentence = isForeseen ? error.message : `Something unforeseen went wrong: ${messageOf(error)}`;
  process.stderr.write(`${sentence}\n`);
  process.exitCode = isForeseen ? error.exitCode : 1;
}
