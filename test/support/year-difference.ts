import { toInstant } from './year-calendar.ts';

/** A difference between what the program did and what was owed. */
export class YearDifference extends Error {
  override name = 'YearDifference';
  readonly at: number;
  constructor(at: number, what: string) {
    super(`${toInstant(at)}: ${what}`);
    this.at = at;
  }
}

/** Throws a difference if actual and expected values differ as text. */
export function expectSame(year: { now: number }, what: string, actual: unknown, owed: unknown): void {
  const [is, should] = [JSON.stringify(actual, null, 1), JSON.stringify(owed, null, 1)];
  if (is !== should) throw new YearDifference(year.now, `${what}\nis     ${is}\nshould ${should}`);
}
