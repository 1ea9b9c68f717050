/*
 * Six weeks of news on the virtual clock, the same for any version of the program: what the registry answers each day, and
 * what people do. The released version lived them once (see test/fixtures/released/README.md); this one carries on.
 */

/** The parts of a made-up study that change, as `study` of test/support/study.ts takes them. */
type Parts = {
  status?: string;
  whyStopped?: string;
  conditions?: string[];
  enrollment?: number;
  completion?: string;
  sites?: string[];
  firstPostedOn?: string;
  updatedOn?: string;
};

/** What acts need of a world and its pages; a released version has the same. */
export type Stage = {
  world: {
    setNow(now: string): void;
    refresh(timestamp: string, studies: unknown[]): void;
    round(): Promise<unknown>;
    subscribe(email: string, wish: object): Promise<unknown>;
    mails(to?: string): Promise<{ text?: string | undefined }[]>;
  };
  pages: {
    get(path: string): Promise<{ text: string }>;
    post(path: string, fields: Record<string, string | string[]>): Promise<{ text: string; status: number }>;
  };
  study: (id: string, parts: Parts) => unknown;
  /** Releases everything that is held. */
  release(): Promise<unknown>;
  /** Links that were mailed or shown, by what they are for. */
  links: Record<string, string>;
};

/** The first day, and the one on which the released version stops with its digests planned and not sent. */
export const firstDay = '2026-11-02';
export const middle = 21;
export const last = 41;

/** The date of a day of the six weeks, counted from 0. */
export function dateOf(day: number): string {
  return Temporal.PlainDate.from(firstDay).add({ days: day }).toString();
}

/** The days on which whole records lose their sites, and nothing else happens. */
const emptyDays = [8, 18];
const isWeekday = (day: number) => day % 7 < 5;
const statuses = [
  'SUSPENDED',
  'RECRUITING',
  'ACTIVE_NOT_RECRUITING',
  'RECRUITING',
  'COMPLETED',
  'RECRUITING',
];

/** A trial after the changes up to a day: each has its own rhythm, and the twelfth never changes. */
function partsOn(trial: number, until: number): Parts {
  const parts: Parts = {
    status: 'RECRUITING',
    sites: ['Zeta Clinic, Bergen, Norway'],
    updatedOn: '2026-10-20',
  };
  let moves = 0;
  for (let day = 1; day <= until; day += 1) {
    if (!isWeekday(day) || emptyDays.includes(day) || trial === 12 || (day + trial * 3) % 5 !== 0) continue;
    moves += 1;
    parts.updatedOn = dateOf(day);
    if (moves % 3 === 1) parts.status = statuses[Math.floor(moves / 3) % statuses.length] ?? 'RECRUITING';
    if (moves % 3 === 2) parts.completion = `20${28 + (moves % 5)}-0${1 + (trial % 9)}-15`;
    if (moves % 3 === 0)
      parts.sites = [...(parts.sites ?? []).slice(0, 2), `Clinic ${moves}-${trial}, Oslo, Norway`];
  }
  if (parts.status === 'SUSPENDED') parts.whyStopped = 'Drug supply';
  return parts;
}

/** Six trials about gout that lose all sites at once, twice: both times that is held. */
function goutOn(day: number): Parts {
  const isEmpty = (day >= 8 && day < 15) || day >= 18;
  const updatedOn = [18, 15, 8].find((one) => day >= one);
  return {
    conditions: ['Gout'],
    sites: isEmpty ? [] : ['Zeta Clinic, Bergen, Norway'],
    updatedOn: updatedOn === undefined ? '2026-10-20' : dateOf(updatedOn),
  };
}

const numbered = (number: number) => `NCT099000${String(number).padStart(2, '0')}`;

/** Everything that the registry answers on a day. */
export function studiesOn(day: number, study: Stage['study']): unknown[] {
  const all = Array.from({ length: 12 }, (_, at) => {
    const parts = partsOn(at + 1, day);
    // A record that cannot be trusted for a week.
    return study(
      numbered(at + 1),
      at + 1 === 11 && day >= 16 && day < 23 ? { ...parts, status: 'BOGUS' } : parts,
    );
  });
  for (let at = 21; at <= 26; at += 1) all.push(study(numbered(at), goutOn(day)));
  for (const [number, from] of [
    [31, 10],
    [32, 27],
  ] as const)
    if (day >= from)
      all.push(study(numbered(number), { firstPostedOn: dateOf(from), updatedOn: dateOf(from) }));
  return all;
}

const form = (email: string, follow: string[]) => ({
  ...{ follow, email, zone: 'Europe/Oslo', hour: '9' },
  note: 'for my sister',
});

async function mailedLink(stage: Stage, email: string, path: RegExp): Promise<string> {
  const texts = (await stage.world.mails(email)).map(({ text = '' }) => text);
  return texts.flatMap((text) => path.exec(text)?.[0] ?? []).at(-1) ?? '';
}

const unsubscribe = async (stage: Stage, email: string, fields: Record<string, string | string[]>) =>
  stage.pages.post(
    (await mailedLink(stage, email, /\/unsubscribe\/[\w.-]+/)) || (stage.links[email] ?? ''),
    fields,
  );

/** The number of somebody's only subscription, as the page behind their link shows it. */
async function onlySubscription(stage: Stage, email: string): Promise<string> {
  const { text } = await stage.pages.get(await mailedLink(stage, email, /\/unsubscribe\/[\w.-]+/));
  return /name="subscription" value="(\d+)"/.exec(text)?.[1] ?? '';
}

const daily = { frequency: 'daily', timezone: 'UTC' } as const;

/** What people do at noon of a day, before the round. */
const acts: Record<number, (stage: Stage) => Promise<unknown>> = {
  0: async ({ world }) => {
    await world.subscribe('ann@example.net', { trials: [numbered(1)], ...daily });
    await world.subscribe('ann@example.net', { conditions: ['asthma'], timezone: 'UTC' });
    await world.subscribe('bob@example.net', { conditions: ['asthma'], ...daily });
    await world.subscribe('cleo@example.net', {
      trials: [numbered(2)],
      frequency: 'immediate',
      timezone: 'UTC',
    });
    await world.subscribe('dan@example.net', { trials: [numbered(3)], ...daily });
    await world.subscribe('eve@example.net', { trials: [numbered(4)], ...daily });
    await world.subscribe('gus@example.net', { trials: [numbered(21)], ...daily });
    await world.subscribe('hal@example.net', { trials: [numbered(5)], timezone: 'UTC', frequency: 'weekly' });
  },
  1: async ({ world, pages }) => {
    await world.subscribe('jon@example.net', { trials: [numbered(12)], ...daily });
    await pages.post('/subscriptions', form('lea@example.net', [`trial:${numbered(6)}`]));
  },
  2: async (stage) => stage.pages.post(await mailedLink(stage, 'lea@example.net', /\/confirm\/[\w-]+/), {}),
  10: async (stage) =>
    unsubscribe(stage, 'dan@example.net', {
      ...{ act: 'pause', days: '30' },
      subscription: await onlySubscription(stage, 'dan@example.net'),
    }),
  11: ({ release }) => release(),
  17: ({ pages }) => pages.post('/subscriptions', form('pat@example.net', [`trial:${numbered(7)}`])),
  18: async (stage) => {
    await stage.pages.post('/confirm', { email: 'pat@example.net' });
    const { text } = await unsubscribe(stage, 'eve@example.net', {});
    stage.links.undo = /name="undo" value="([\w-]+)"/.exec(text)?.[1] ?? '';
  },
  19: async ({ pages }) => {
    await pages.post('/confirm', { email: 'pat@example.net' });
    await pages.post('/subscriptions', form('fay@example.net', [`trial:${numbered(8)}`]));
  },
  // The released version ends here.
  22: async ({ pages, links }) => {
    await pages.post('/confirm', { email: 'pat@example.net' });
    await pages.post(links.fay ?? '', {});
  },
  24: ({ pages, links }) => pages.post('/unsubscribe/undo', { undo: links.undo ?? '' }),
  25: ({ release }) => release(),
  30: (stage) => stage.pages.post(stage.links.hal ?? '', {}),
};

/** Keeps the links that are used after the middle. */
export async function keepLinks(stage: Stage): Promise<void> {
  stage.links.fay = await mailedLink(stage, 'fay@example.net', /\/confirm\/[\w-]+/);
  stage.links.hal = await mailedLink(stage, 'hal@example.net', /\/unsubscribe\/[\w.-]+/);
}

/** Moves the clock and the registry to noon of a day, and lets people act. */
export async function beginDay(stage: Stage, day: number): Promise<void> {
  stage.world.setNow(`${dateOf(day)}T12:00:00Z`);
  if (isWeekday(day)) stage.world.refresh(`${dateOf(day)}T09:00:04`, studiesOn(day, stage.study));
  await acts[day]?.(stage);
}

/** Lives the days from one to another, with a round on each; the last is included. */
export async function liveDays(stage: Stage, from: number, to: number): Promise<void> {
  for (let day = from; day <= to; day += 1) {
    await beginDay(stage, day);
    await stage.world.round();
  }
}
