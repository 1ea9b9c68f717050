/** PostgreSQL's error classes caused by values: invalid data, a violated constraint, a program limit. */
const causedByValues = /^(22|23|54)/;

/**
 * Whether a write failed because of its values, not because of the server, the connection or a lost lease.
 */
export function isRecordFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && causedByValues.test(code);
}
