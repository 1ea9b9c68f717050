import { dayMs, hourMs, yearBegins } from './year-calendar.ts';
import type { YearOptions } from './year-run.ts';
import type { Act, Script } from './year-script.ts';

const at = (day: number, hour: number, act: Act) => ({
  at: yearBegins + day * dayMs + hour * hourMs,
  ...act,
});
const turn = (day: number, to: 'RECRUITING' | 'SUSPENDED' | 'COMPLETED') =>
  at(day, 1, { act: 'edit', trial: 'NCT07000001', edit: { what: 'status', to }, dated: 0 });
const enroll = (day: number, to: number) =>
  at(day, 1, { act: 'edit', trial: 'NCT07000004', edit: { what: 'enrollment', to }, dated: 0 });
const follow = (who: number, what: string, frequency: 'immediate' | 'daily' | 'weekly', zone = 0) =>
  at(0, 10, { act: 'follow', who, what, frequency, facets: what === 'asthma' ? 1 : 0, zone, hour: 9 });

/** Five weeks of silence: a note is owed once, and a trial that nobody follows changes. */
export const silentYear: { script: Script; options: YearOptions } = {
  script: {
    everyMinutes: 60,
    refreshHour: 3,
    acts: [follow(0, 'NCT07000001', 'weekly'), follow(1, 'NCT07000001', 'daily', 1), enroll(5, 200)],
  },
  options: { days: 35, lastDays: 2 },
};

/**
 * Twelve days with an event of each kind: the same trial followed in two ways, a chain of two changes reported as one, a
 * pause, a release at night. 2 November 2026 is a Monday.
 */
export const smallYear: { script: Script; options: YearOptions } = {
  script: {
    everyMinutes: 60,
    refreshHour: 3,
    acts: [
      follow(0, 'NCT07000001', 'daily'),
      follow(0, 'asthma', 'weekly'),
      follow(1, 'NCT07000001', 'immediate', 1),
      follow(2, 'NCT07000001', 'daily'),
      follow(3, 'NCT07000001', 'weekly'),
      turn(3, 'SUSPENDED'),
      at(4, 20, { act: 'pause', who: 2, nth: 0 }),
      turn(5, 'COMPLETED'),
      enroll(5, 200),
      at(8, 20, { act: 'resume', who: 2, nth: 0 }),
    ],
  },
  options: { days: 12, lastDays: 3 },
};
