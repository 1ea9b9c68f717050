/** Numbers as the text of a PostgreSQL array: the driver would quote each of thousands. */
export function numberArray(numbers: readonly (number | null | undefined)[]): string {
  return `{${numbers.map((one) => one ?? 'NULL').join()}}`;
}
