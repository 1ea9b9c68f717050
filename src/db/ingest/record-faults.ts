/** PostgreSQL's classes of errors that a value causes: bad data, a broken constraint, a limit of the program. */
const causedByValues = /^(22|23|54)/;

/** Whether an error of a write comes from what was to be written, not from the server, the connection or a lost lease. */
export function isRecordFault(error: unknown): boolean {
  if (error instanceof TypeError || error instanceof RangeError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.length === 5 && causedByValues.test(code);
}
