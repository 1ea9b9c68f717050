import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { giveUpAfter, type RefusedMail } from '../../../src/core/refusals/streak.ts';

type Outcome = 'taken' | 'three' | 'row';
type Mail = { day: number; outcome: Outcome };

const instantOf = (day: number) => new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString();

/** On which mail it stops, counted from 0; null when it never does. */
type Run = (mails: Mail[]) => number | null;

const ours: Run = (mails) => {
  let refused: RefusedMail[] = [];
  for (const [n, { day, outcome }] of mails.entries()) {
    if (outcome === 'taken') refused = [];
    else refused.push({ isDoubtful: outcome === 'three', writtenAt: instantOf(day) });
    if (giveUpAfter(refused) !== null) return n;
  }
  return null;
};

/** The rule as it is written down, over the whole past of each mail. */
const plain: Run = (mails) => {
  for (let n = 0; n < mails.length; n += 1) {
    const past = mails.slice(0, n + 1);
    const row = past.slice(past.findLastIndex(({ outcome }) => outcome === 'taken') + 1);
    const days = (row.at(-1)?.day ?? 0) - (row[0]?.day ?? 0);
    if (row.filter(({ outcome }) => outcome === 'three').length >= 3) return n;
    if ((row.length >= 5 && days >= 14) || (row.length >= 3 && days >= 56)) return n;
  }
  return null;
};

const mailsOf = (everyDays: number, outcomes: Outcome[]) =>
  outcomes.map((outcome, n): Mail => ({ day: n * everyDays, outcome }));
const refused = (everyDays: number, outcome: Outcome, count = 60) =>
  ours(mailsOf(everyDays, new Array<Outcome>(count).fill(outcome)));

describe('how many refused mails stop mail to an address', () => {
  it('B3: as a plain model has it, whatever the interval and the outcomes', () => {
    const outcomes = fc.array(fc.constantFrom<Outcome>('taken', 'three', 'row', 'row'), { maxLength: 40 });
    const holds = (run: Run) =>
      fc.assert(
        fc.property(fc.constantFrom(1, 7, 30, 91, 365), outcomes, (everyDays, list) => {
          const mails = mailsOf(everyDays, list);
          expect(run(mails)).toBe(plain(mails));
        }),
      );
    holds(ours);
    // Within a fortnight, as it once was: a weekly reader never reaches it.
    const withinFortnight: Run = (mails) => {
      const at = mails.findIndex(
        ({ day }, n) =>
          mails.slice(0, n + 1).filter((one) => one.outcome !== 'taken' && one.day > day - 14).length >= 5,
      );
      return at < 0 ? null : at;
    };
    expect(() => holds(withinFortnight)).toThrow('Property failed');
  });

  it('B3: a mailbox in trouble is given up after weeks, by readers of every interval', () => {
    expect([1, 7, 30, 365].map((days) => refused(days, 'row'))).toEqual([14, 4, 2, 2]);
  });

  it('B3: one that is hardly alive after three mails', () => {
    expect([1, 7, 30, 365].map((days) => refused(days, 'three'))).toEqual([2, 2, 2, 2]);
  });

  it('B2: never one that takes a mail now and then', () => {
    for (const everyDays of [1, 7, 30, 365])
      expect(ours(mailsOf(everyDays, new Array(20).fill(['row', 'three', 'taken']).flat()))).toBeNull();
  });

  it('reports may come in any order', () => {
    const refused = [30, 0, 90].map((day) => ({ isDoubtful: false, writtenAt: instantOf(day) }));
    expect(giveUpAfter(refused)).toBe(
      '3 emails in a row were refused, written from 2026-01-01 to 2026-04-01.',
    );
    expect(giveUpAfter([])).toBeNull();
  });
});
