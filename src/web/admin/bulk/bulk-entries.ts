import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Frequency, frequencies } from '../../../core/schedule.ts';
import type { BulkAnswer, BulkColumn, BulkLine } from '../../../core/subscriptions/bulk.ts';
import { isMailAddress, normaliseAddress, suggestAddress } from '../../../core/text/mail-address.ts';
import { readTimezone } from '../../../core/text/time-zones.ts';
import { languagesWithRegions } from '../../../languages.ts';
import { type ListRow, linesAtOnce } from './read-list.ts';

const shownLength = 120;

/** A line being checked. `answer` is null while it has no fault; `key` is the same for all spellings of one mailbox. */
export type Entry = Omit<BulkLine, 'answer'> & {
  answer: BulkAnswer | null;
  key: string;
  /** The subscriber who has this address, if any. */
  owner: number | null;
  frequency: Frequency | null;
  hour: number | null;
  timezone: string | null;
  language: string | null;
};

/** Reads the lines and finds the first fault of each, without looking anything up. */
export async function readEntries(rows: readonly ListRow<BulkColumn>[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const row of rows) {
    if (entries.length % linesAtOnce === 0) await nextTurn();
    entries.push(readEntry(row));
  }
  const first = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.answer !== null) continue;
    const before = first.get(entry.key);
    if (!before) first.set(entry.key, entry);
    else if (
      before.hour !== entry.hour ||
      before.timezone !== entry.timezone ||
      before.language !== entry.language
    ) {
      entry.answer = 'other-settings';
      entry.other = before.line;
    }
  }
  return entries;
}

function readEntry({ line, cells, isTooLong }: ListRow<BulkColumn>): Entry {
  const frequency = frequencies.find((one) => one === cells.frequency.toLowerCase()) ?? null;
  const hour = /^\d{1,2}$/.test(cells.hour) && Number(cells.hour) <= 23 ? Number(cells.hour) : null;
  const timezone = cells.timezone === '' ? null : readTimezone(cells.timezone);
  const language =
    languagesWithRegions.find((one) => one.toLowerCase() === cells.language.toLowerCase()) ?? null;
  const faults: [BulkAnswer, boolean, string?][] = [
    ['cells', isTooLong],
    ['email', !isMailAddress(cells.email)],
    ['nothing', cells.trial === '' && cells.condition === ''],
    ['both', cells.trial !== '' && cells.condition !== ''],
    ['frequency', cells.frequency !== '' && frequency === null, cells.frequency],
    ['hour', cells.hour !== '' && hour === null, cells.hour],
    ['timezone', cells.timezone !== '' && timezone === null, cells.timezone],
    ['language', cells.language !== '' && language === null, cells.language],
  ];
  const fault = faults.find(([, isWrong]) => isWrong);
  const text = fault?.[2]?.slice(0, shownLength);
  const { email, trial, condition } = cells;
  return {
    ...{ line, email, trial: trial.slice(0, 300), condition: condition.slice(0, 300) },
    answer: fault?.[0] ?? null,
    ...(text === undefined ? {} : { text }),
    ...{ key: normaliseAddress(email), owner: null, frequency, hour, timezone, language },
  };
}

/** Answers the lines that will be asked, and points out domains that look mistyped. Remembers each domain. */
export function openAsked(): (email: string) => { answer: 'ask' } | { answer: 'slip'; text: string } {
  const meant = new Map<string, string | null>();
  return (email) => {
    const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
    if (!meant.has(domain)) meant.set(domain, suggestAddress(`x@${domain}`)?.slice(2) ?? null);
    const text = meant.get(domain) ?? null;
    return text === null ? { answer: 'ask' } : { answer: 'slip', text };
  };
}
