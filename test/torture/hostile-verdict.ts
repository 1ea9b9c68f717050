import type { HostileStory, Mark } from './hostile-days.ts';

/** How a day of the story was read. */
export type DayRead = { name: string; isRead: boolean; kills: number; runs: number; ends: string[] };

type Told = { trial: string; kind: string; after: string | null };

/** What a hostile run is judged by. */
export type HostileEvidence = {
  story: HostileStory;
  read: DayRead[];
  followers: number[];
  /** What stands in the digests that were sent. */
  told: (Told & { follower: number })[];
  changes: (Told & { state: string })[];
  quarantined: { trial: string; reason: string; isRecovered: boolean }[];
  stored: string[];
  /** Why readings of endless lists were ended. */
  endless: string[];
};

/** The figures of the hostile days, and the promises that were broken. */
export type HostileVerdict = {
  days: (DayRead & { became: string })[];
  owed: number;
  missing: number;
  falselyTold: number;
  breaches: string[];
};

const keyOf = ({ trial, kind, after }: Told) => `${trial} ${kind} ${after}`;

/** Judges the hostile days: every real change told to each follower, nothing else told, every strange record accounted for. */
export function judgeHostile(evidence: HostileEvidence): HostileVerdict {
  const { story, read, followers, told, changes } = evidence;
  const breaches: string[] = [];
  const real = new Set(story.days.flatMap((day) => day.real.map(keyOf)));
  const followed = new Set(story.followed);
  const toldTo = Map.groupBy(told, ({ follower }) => follower);
  const owed = followers.length * real.size;
  let missing = 0;
  for (const follower of followers) {
    const heard = new Set(toldTo.get(follower)?.map(keyOf));
    for (const key of real) {
      if (heard.has(key)) continue;
      missing += 1;
      breaches.push(`${key}: follower ${follower} was not told`);
    }
  }
  const isFalse = (one: Told) => followed.has(one.trial) && !real.has(keyOf(one));
  const released = changes.filter((one) => one.state === 'released');
  const falselyTold = told.filter(isFalse).length;
  for (const one of released.filter(isFalse)) breaches.push(`${keyOf(one)}: released, and not so`);
  for (const one of told.filter(isFalse)) breaches.push(`${keyOf(one)}: told, and not so`);
  if (followers.length === 0) breaches.push('nobody follows the story');
  const days = story.days.map(({ name, mark }, n) => {
    const one = read[n] ?? { name, isRead: false, kills: 0, runs: 0, ends: [] };
    const became = findMark(mark, evidence);
    if (!one.isRead) breaches.push(`${name}: never read whole; its runs: ${one.ends.join(', ')}`);
    if (became === null) breaches.push(`${name}: no trace of ${JSON.stringify(mark)}`);
    return { ...one, became: became ?? 'no trace' };
  });
  return { days, owed, missing, falselyTold, breaches };
}

/** What became of a day's strange records, in words; null when it is not what it has to be. */
function findMark(mark: Mark, { changes, quarantined, stored, endless }: HostileEvidence): string | null {
  switch (mark.kind) {
    case 'held': {
      const states = changes.filter(({ trial }) => mark.trials.includes(trial)).map(({ state }) => state);
      return states.includes('held') && !states.includes('released')
        ? `${states.filter((state) => state === 'held').length} changes held`
        : null;
    }
    case 'quarantined': {
      const found = quarantined.filter(({ trial }) => mark.trials.includes(trial));
      const recovered = found.filter(({ isRecovered }) => isRecovered).length;
      return found.length === mark.trials.length
        ? `${found.length} quarantined, ${recovered} recovered since`
        : null;
    }
    case 'stored':
      return mark.trials.every((trial) => stored.includes(trial)) ? 'stored' : null;
    case 'partial':
      return endless.length > 0 ? `${endless.length} readings ended as partial` : null;
    case 'nothing':
      return 'only what is real was told';
  }
}
