import { addMs, hourMs } from '../core/instants.ts';
import type { Instant } from '../core/trial.ts';
import { addAdminToken } from '../db/admin/admin-sessions.ts';
import type { Context } from '../jobs/context.ts';
import { runRound } from '../jobs/round.ts';
import { subscribe } from '../jobs/subscribers/subscribe.ts';
import { makeToken } from '../keys.ts';
import { adults, sitesOf, trial } from './made-up-facts.ts';
import type { RecordedDay } from './recorded-registry.ts';
import { registryPlace, type StoryParts } from './story.ts';
import { type DemoStudy, toRecord } from './study.ts';
import { dayIn, plural } from './tell.ts';

/** Who decides in the demonstration. */
export const demoAdmin = 'admin@example.org';
const leader = 'noor@example.org';
const mistakeDay = '2026-11-10';
const noonThen: Instant = `${mistakeDay}T12:00:00.000Z`;

const ways = ['Drops', 'A spray', 'Tablets', 'A mask', 'Breathing exercises', 'An app that counts pollen'];
const whom = [
  ...['students', 'gardeners', 'bakers', 'singers', 'bus drivers', 'teachers', 'runners', 'farm workers'],
  ...['people over 65', 'night workers'],
];

/** 60 made-up trials of one condition. */
const hayFeverTrials: DemoStudy[] = ways.flatMap((way, row) =>
  whom.map((people, column) => ({
    ...{ ...trial, ...adults },
    id: `NCT99000${100 + row * whom.length + column}`,
    title: `${way} against hay fever in ${people}`,
    status: column === 9 && row < 3 ? 'NOT_YET_RECRUITING' : 'RECRUITING',
    summary: 'One group uses it for a season of pollen, the other waits.',
    conditions: ['Hay Fever'],
    meshes: [['D006255', 'Rhinitis, Allergic, Seasonal']] as [string, string][],
    phases: ['NA'],
    enrollment: [60, 'ESTIMATED'] as const,
    sponsor: ['Meadow University', 'OTHER'] as const,
    verified: '2026-08',
    sites: sitesOf('Meadow Clinic, Groningen, Netherlands'),
  })),
);

/** On the day of the mistake nearly all of them are paused at once; a few change as on other days. */
function mistaken(study: DemoStudy, at: number): DemoStudy {
  const updated = mistakeDay;
  if (study.status === 'NOT_YET_RECRUITING') return { ...study, status: 'RECRUITING', updated };
  if (at < 2) return { ...study, status: 'COMPLETED', updated };
  return at < 5 ? study : { ...study, status: 'SUSPENDED', updated };
}

/** The recorded days with these trials in each, and the day of the mistake after them. */
export function withMistake(days: readonly RecordedDay[]): RecordedDay[] {
  const add = (day: RecordedDay, studies: DemoStudy[], holder: string): RecordedDay => ({
    ...day,
    studies: [...day.studies, ...studies.map((study) => toRecord(study, holder))],
  });
  const before = days.map((day) => add(day, hayFeverTrials, day.timestamp.slice(0, 10)));
  const last = days.at(-1);
  if (!last) return before;
  const then = { ...last, timestamp: `${mistakeDay}T09:00:05` };
  return [...before, add(then, hayFeverTrials.map(mistaken), mistakeDay)];
}

/**
 * Lets somebody follow those trials, and the registry make its mistake, which is held. Returns the path that signs the
 * admin in: once, and for an hour.
 */
export async function tellMistake(parts: StoryParts, day: number): Promise<string> {
  const { context, print, registries, setNow } = parts;
  context.config.adminEmails.push(demoAdmin);
  const wish = {
    email: leader,
    conditions: ['hay fever'],
    trials: [],
    facets: null,
    timezone: 'Europe/Amsterdam',
  };
  await subscribe(context, {
    ...wish,
    frequency: 'daily',
    hour: 9,
    consent: 'made up for the demonstration',
  });
  setNow(noonThen);
  registries.setDay(day);
  const { registries: read } = (await runRound(context, [])).result;
  print.heading(`${dayIn(noonThen, registryPlace)}: an error in the registry’s data?`);
  print.text(
    `Noor, who leads a group of people with hay fever, follows “hay fever” too: ${plural(hayFeverTrials.length, 'trial')}. ` +
      `Now the registry lists nearly all of them as paused, at once. That may be an error, so ${plural(read.ctgov?.held ?? 0, 'change')} are held: nobody is told before an admin decides.`,
  );
  return signInPath(context, noonThen);
}

async function signInPath({ db }: Context, now: Instant): Promise<string> {
  const { token, hash } = makeToken();
  const link = { hash, purpose: 'link', email: demoAdmin, role: null, createdAt: now } as const;
  await addAdminToken(db, { ...link, expiresAt: addMs(now, hourMs) });
  return `/admin/enter/${token}`;
}
