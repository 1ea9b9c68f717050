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

/** The first line of what went wrong, for a person and a log field. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
