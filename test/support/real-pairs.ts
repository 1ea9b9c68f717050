import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change, Json } from '../../src/core/change.ts';
import { listDelta } from '../../src/core/diff/criteria.ts';
import type { Trial } from '../../src/core/trial.ts';
import { registryRead } from './recorded-trials.ts';

/** The recorded versions beside the project, which most machines lack. */
export const versionsFolder = join(import.meta.dirname, '../../../shared/data/ctgov/versions');
export const hasVersions = existsSync(versionsFolder);

/** One trial on two days. */
export type RealPair = { trial: string; from: string; to: string; before: Trial; after: Trial };

/** Every step of every recorded trial, in order of trials and days. */
export function readRealPairs(): RealPair[] {
  return readdirSync(versionsFolder).flatMap((trial) => {
    const days = readdirSync(join(versionsFolder, trial))
      .map((file) => file.replace('.json', ''))
      .sort();
    const versions = days.map((day) => readVersion(trial, day));
    return days.slice(1).flatMap((to, at) => {
      const [from, before, after] = [days[at], versions[at], versions[at + 1]];
      return from && before && after ? [{ trial, from, to, before, after }] : [];
    });
  });
}

/** Reads one recorded version with the adapter. */
export function readVersion(trial: string, day: string): Trial {
  return registryRead(JSON.parse(readFileSync(join(versionsFolder, trial, `${day}.json`), 'utf8')));
}

/** A change with its key values only: long lists by their removed and added items, hashes left out. */
export function sayBriefly(change: Change): Record<string, Json> {
  const { facet, kind, before, after, site } = change;
  const brief: Record<string, Json> = { facet, kind };
  if (Array.isArray(before) && Array.isArray(after)) {
    const { added, removed } = listDelta(before, after);
    brief.added = added.map(shorten);
    brief.removed = removed.map(shorten);
  } else if (facet !== 'contacts') Object.assign(brief, { before: tell(before), after: tell(after) });
  if (change.whyStopped !== undefined) brief.whyStopped = change.whyStopped;
  if (change.count !== undefined) brief.count = change.count;
  if (change.statuses !== undefined) brief.statuses = change.statuses;
  if (site) brief.site = `${site.facility}, ${site.city}, ${site.country}`;
  return brief;
}

/** A date or an enrollment in one word. */
function tell(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return `${value.date ?? value.count} ${value.type}`;
}

function shorten(item: Json): Json {
  const text = typeof item === 'object' && item !== null && !Array.isArray(item) ? item.text : item;
  return typeof text === 'string' ? text.slice(0, 70) : JSON.stringify(item);
}
